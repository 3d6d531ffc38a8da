# The key of a call's random numbers: two draws from R's stream, so that
# set.seed() governs them, and R's stream moves by two whatever is done.
draw_key <- function() {
  floor(stats::runif(2L) * 2^32)
}

# A key of its own for a part of a call that is made from `key`: `number` tells
# parts for the same purpose apart.
sub_key <- function(key, purpose, number = 0) {
  by <- switch(
    purpose,
    part = c(0, number),
    pilot = c(0, 2^28 + number),
    split = c(0, 2^29),
    probe = c(0, 2^30),
    look = c(number, 2^30),
    log_z = c(number, 2^31)
  )
  (key + by) %% 2^32
}
