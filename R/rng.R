# The key of a call's random numbers: two draws from R's stream, so that
# set.seed() governs them, and R's stream moves by two whatever is done.
draw_key <- function() {
  floor(stats::runif(2L) * 2^32)
}
