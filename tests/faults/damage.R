# A saved model of some hundred kilobytes, with data and without, cut short at
# every kilobyte and around its first line, and with bits flipped at random:
# each must be told as damaged, or as no file of ours, and none be loaded.
#
#   Rscript tests/faults/damage.R [flips [seed]]
given <- as.integer(commandArgs(trailingOnly = TRUE))
flips <- if (length(given)) given[1L] else 20000L
set.seed(if (length(given) > 1L) given[2L] else 1L)
x <- matrix(as.raw(stats::runif(4000 * 100) < 0.3), 4000)
fit <- harmonium::rbm_fit(x, 40, epochs = 2, verbose = FALSE)
told_as <- function(bytes) {
  tryCatch(
    {
      harmonium:::read_content(bytes, "m.rbm")
      "loaded"
    },
    error = function(error) class(error)[1L]
  )
}
accepted <- c("harmonium_error_load_foreign", "harmonium_error_load_damaged",
              "harmonium_error_load_future")
bad <- tried <- 0L
for (keep_x in c(TRUE, FALSE)) {
  path <- harmonium::rbm_save(fit, tempfile(), keep_x = keep_x)
  bytes <- readBin(path, "raw", file.size(path))
  unlink(path)
  cuts <- unique(c(0:200, seq(0, length(bytes) - 1, by = 1024)))
  cut <- vapply(cuts, function(n) told_as(bytes[seq_len(n)]), "")
  at <- sample.int(length(bytes), flips / 2, replace = TRUE)
  flipped <- vapply(at, function(i) {
    told_as(replace(bytes, i, xor(bytes[i], as.raw(2^sample(0:7, 1L)))))
  }, "")
  told <- c(cut, flipped)
  cat(sprintf("%.0f bytes: %s\n", length(bytes),
              paste(names(table(told)), table(told), collapse = ", ")))
  bad <- bad + sum(!told %in% accepted)
  tried <- tried + length(told)
}
cat(sprintf("%d damaged files: %d told, %d taken for a model\n", tried,
            tried - bad, bad))
quit(status = as.integer(bad > 0L))
