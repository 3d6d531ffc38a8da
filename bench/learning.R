# Whether this build learns what another one learns, where their bits differ:
# exact mean log-likelihoods of 2000 test digits under machines of 16 hidden
# units, trained on 10 000 binarised digits for 20 epochs, seed by seed, in
# nats. The argument is a library folder in which the other build is installed.
# ROUNDS in the environment sets how many seeds, 24 unless set.
source("bench/lib/common.R")
source("bench/lib/workers.R")

other <- other_library()
seeds <- count_rounds(24L)
learned <- function(library, estimator) {
  command <- c(rscript_command("bench/lib/learning-worker.R"), library,
               estimator, seeds)
  as.numeric(system2(command[1L], shQuote(command[-1L]), stdout = TRUE))
}
mine <- dirname(system.file(package = "harmonium"))
table <- do.call(rbind, lapply(c("pcd", "cd"), function(estimator) {
  before <- learned(other, estimator)
  now <- learned(mine, estimator)
  data.frame(estimator, seeds, before = mean(before), now = mean(now),
             difference = mean(now - before),
             se = stats::sd(now - before) / sqrt(seeds),
             sd_of_a_seed = stats::sd(before))
}))
table[-(1:2)] <- round(table[-(1:2)], 3L)
print(table, row.names = FALSE)
write_result(table, "learning")
