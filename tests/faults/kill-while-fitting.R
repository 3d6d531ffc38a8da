# Kills a child R at random times while it trains and writes a checkpoint after
# every epoch. After each kill the checkpoint must load, and go on to the very
# end of a fit that was left alone:
#
#   Rscript tests/faults/kill-while-fitting.R [kills [seed]]
#
# in the checkout's top folder makes 200 kills, prints what was found, and fails
# where one was not as it should be. test-resume-checkpoint.R makes a few.
source("tests/testthat/helper-kill.R")
coef <- stats::coef
given <- as.integer(commandArgs(trailingOnly = TRUE))
kills <- if (length(given)) given[1L] else 200L
found <- kill_while_fitting(kills, seed = if (length(given) > 1L) given[2L])
cat(sprintf(paste(
  "%d kills: %d checkpoints loaded, %d right; %d during a write (temporary",
  "file left behind); killed in epochs %.0f to %.0f, %d after the last\n"
), sum(found$killed), sum(found$loaded), sum(found$right),
sum(found$left > 0L), min(found$epoch), max(found$epoch),
sum(found$epoch == 60)))
quit(status = as.integer(!all(found$killed, found$right)))
