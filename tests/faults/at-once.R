# Four Rs write checkpoints at the same time, two of them to one file: the
# helper of that name among the tests says how.
#
#   Rscript tests/faults/at-once.R [rounds [epochs]]
for (part in c("child", "at-once")) {
  source(file.path("tests", "testthat", paste0("helper-", part, ".R")))
}
coef <- stats::coef
given <- as.integer(commandArgs(trailingOnly = TRUE))
rounds <- if (length(given)) given[1L] else 3L
epochs <- if (length(given) > 1L) given[2L] else 100L
found <- lapply(seq_len(rounds), function(round) fit_at_once(epochs))
right <- vapply(found, function(one) {
  all(one$status == 0L) && one$broken == 0L && length(one$left) == 0L &&
    all(one$own) && one$shared %in% 1:2
}, NA)
if (!all(right)) {
  print(found[!right])
}
cat(sprintf("%d rounds of 4 fits at once: %d right; %d loads, %d of them bad\n",
            rounds, sum(right), sum(vapply(found, `[[`, 0L, "loads")),
            sum(vapply(found, `[[`, 0L, "broken"))))
quit(status = as.integer(!all(right)))
