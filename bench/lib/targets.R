# What an epoch is held to. Each row: ours over theirs, by their medians, and
# the ratio that it should not pass.

against <- function(what, ours, theirs, target, threads = 1:2,
                    our_blas = "OpenBLAS", their_blas = "OpenBLAS",
                    their_threads = threads) {
  data.frame(what, ours, our_blas, threads, theirs, their_blas, their_threads,
             target)
}

epoch_targets <- rbind(
  against("PyTorch float32", "harmonium", "PyTorch float32", c(0.38, 0.38)),
  against("five products float32", "harmonium", "five products float32",
          c(0.45, 0.45)),
  against("scikit-learn float32", "harmonium", "scikit-learn float32",
          c(0.28, 0.28)),
  against("deepnet, OpenBLAS", "harmonium", "deepnet", 0.09, 1L),
  against("deepnet, reference BLAS", "harmonium", "deepnet", 0.025, 1L,
          "reference", "reference"),
  against("ours with reference BLAS over OpenBLAS", "harmonium", "harmonium",
          c(1.1, 1.1), our_blas = "reference"),
  against("ours on intensities over five products float64",
          "harmonium intensities", "five products float64", c(1.25, 1.3)),
  against("ours, 2 threads over 1", "harmonium", "harmonium", 0.6, 2L,
          their_threads = 1L)
)

# The targets with the ratios that `times`, a table as bench/results/epoch.csv,
# gives; NA where a side is missing.
hold_epoch <- function(times, targets = epoch_targets) {
  seconds <- function(program, blas, threads) {
    row <- match(paste(program, blas, threads),
                 paste(times$program, times$blas, times$threads))
    times$median[row]
  }
  ratio <- seconds(targets$ours, targets$our_blas, targets$threads) /
    seconds(targets$theirs, targets$their_blas, targets$their_threads)
  data.frame(
    what = targets$what, threads = targets$threads, ratio = ratio,
    target = targets$target,
    verdict = ifelse(is.na(ratio), "not measured",
                     ifelse(ratio <= targets$target, "met", "missed"))
  )
}
