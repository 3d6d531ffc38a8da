# Kills a child R at random times while it saves models to one file. After each
# kill the file must load, and be one of the models that the child meant to
# write:
#
#   Rscript tests/faults/kill-while-saving.R [kills [seed]]
#
# in the checkout's top folder makes 200 kills, prints what was found, and fails
# where one was not as it should be. tests/testthat/test-save.R makes a few.
source("tests/testthat/helper-kill.R")
given <- as.integer(commandArgs(trailingOnly = TRUE))
kills <- if (length(given)) given[1L] else 200L
set.seed(if (length(given) > 1L) given[2L] else 1L)
found <- kill_while_saving(kills)
cat(sprintf(paste(
  "%d kills: %d loaded, %d right; %d during a save (temporary file left",
  "behind); models numbered %.0f to %.0f\n"
), sum(found$killed), sum(found$loaded), sum(found$right),
sum(found$left > 0L), min(found$number), max(found$number)))
quit(status = as.integer(!all(found$killed, found$right)))
