# The least time that this machine could take for an epoch of CD-1 (784 x 500,
# batches of 100), beside the time it takes: the additions of rows that the sums
# of such lists need, at the rate at which a core adds up rows one after
# another, and the passes of the weights through memory; nothing for draws,
# exponentials, lists, centring and all else. Then an epoch on one core while
# another goes through memory beyond its caches, and how fast one core reads
# what another wrote, by which two threads are to be judged.
library(harmonium)
source(file.path("bench", "lib", "common.R"))

source_file <- file.path("bench", "lib", "roofline.c")
built <- file.path(tempdir(), "roofline.so")
Sys.setenv(PKG_CFLAGS = "-O3 -march=native -pthread", PKG_LIBS = "-pthread")
copy <- file.path(tempdir(), "roofline.c")
invisible(file.copy(source_file, copy, overwrite = TRUE))
status <- system2(file.path(R.home("bin"), "R"),
                  c("CMD", "SHLIB", "-o", shQuote(built), shQuote(copy)),
                  stdout = FALSE)
stopifnot(status == 0L)
dyn.load(built)
measure <- function(name, ...) {
  as.numeric(rev(do.call(".C", list(name, ..., rate = 0)))[[1L]])
}
rows_a_second <- c(near = measure("sum_rows", 200L),
                   far = measure("sum_rows", 784L))
pass <- measure("pass_over", 784L * 512L)
across <- measure("read_across")

nv <- 784
nh <- 500
batch <- 100
x <- digits_like(10000L)
fit <- function(threads = 1L) {
  rbm_fit(x, nh, estimator = "cd", epochs = 1, batch_size = batch,
          threads = threads, verbose = FALSE, keep_x = FALSE)
}
set.seed(1)
model <- fit()
h <- rbm_hidden(model, x[1:500, ], type = "sample")
v <- rbm_visible(model, h, type = "sample")
density <- c(data = mean(x == 1), hidden = mean(h), draws = mean(v))

# Rows of 32 numbers for one case: lists where few are on, and otherwise the
# tables of all subsets of four rows, which cost eleven sums a batch.
sum_of <- function(units, density) {
  pmin(units * density, units / 4 + units / 4 * 11 / batch)
}
panels <- function(units) ceiling(units / 32)
rows <- c(
  "h given the data" = sum_of(nv, density[["data"]]) * panels(nh),
  "v given h" = sum_of(nh, density[["hidden"]]) * panels(nv),
  "h given v" = sum_of(nv, density[["draws"]]) * panels(nh),
  "gradient" = nv * (density[["data"]] + density[["draws"]]) * panels(nh)
)
floor_rows <- sum(rows) * nrow(x) / rows_a_second[["far"]]
floor_step <- nrow(x) / batch * nv * 512 * 4 * 4 / pass
seconds <- function(threads = 1L) {
  system.time(fit(threads), gcFirst = FALSE)[["elapsed"]]
}
count <- count_rounds(7L)
taken <- vapply(seq_len(count), function(i) seconds(), 0)
inner <- vapply(seq_len(count), function(i) {
  fit()$training$history$seconds
}, 0)
hog <- if (.Platform$OS.type == "unix") {
  job <- parallel::mcparallel(.C("crowd", as.double(60)))
  Sys.sleep(1)
  beside <- vapply(seq_len(count), function(i) seconds(), 0)
  tools::pskill(job$pid, tools::SIGKILL)
  suppressWarnings(parallel::mccollect(job))
  stats::median(beside)
} else {
  NA_real_
}
table <- data.frame(
  what = c("rows added, s", "weights through memory, s", "both, s",
           "epoch, whole call, s", "epoch, training alone, s",
           "floor over training", "whole call beside a full memory, s",
           "beside it over alone", "rows a second, 25 kB", "the same, 100 kB",
           "pass over 3.2 MB, GB/s", "read of the other core's, GB/s"),
  value = signif(c(floor_rows, floor_step, floor_rows + floor_step,
                   stats::median(taken), stats::median(inner),
                   (floor_rows + floor_step) / stats::median(inner), hog,
                   hog / stats::median(taken), rows_a_second,
                   pass / 1e9, across / 1e9), 3L)
)
describe_machine()
print_table(table)
write_result(table, "roofline")
