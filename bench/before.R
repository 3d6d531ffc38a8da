# Seconds of an epoch of this build over those of another, in generated 0/1 data
# of several sizes: both in processes of their own, by turns, medians of rounds.
# The argument is a library folder in which the other build is installed, made
# for example from an older commit by `R CMD INSTALL -l`. Without it there is
# nothing to compare with.
source("bench/lib/common.R")
source("bench/lib/workers.R")

other <- other_library()
shapes <- data.frame(
  nv = c(784, 784, 784, 2048, 784, 4096),
  nh = c(500, 500, 500, 2048, 4096, 4096),
  batch = c(100, 20, 100, 100, 100, 100),
  estimator = c("cd", "cd", "pcd", "cd", "cd", "cd"),
  k = c(1, 1, 5, 1, 1, 1),
  density = c(0.13, 0.13, 0.13, 0.3, 0.13, 0.3)
)
shapes$cases <- ifelse(shapes$nv * shapes$nh > 1e6, 2000, 10000)
shapes <- merge(shapes, data.frame(threads = 1:2), sort = FALSE)

seconds <- function(library, shape) {
  values <- vapply(shape, as.character, "")
  command <- c(rscript_command("bench/lib/before-worker.R"), library, values)
  says <- system2(command[1L], shQuote(command[-1L]), stdout = TRUE)
  as.numeric(says[length(says)])
}
mine <- dirname(system.file(package = "harmonium"))
times <- lapply(seq_len(count_rounds(5L)), function(round) {
  vapply(seq_len(nrow(shapes)), function(row) {
    c(before = seconds(other, shapes[row, ]),
      now = seconds(mine, shapes[row, ]))
  }, numeric(2L))
})
middle <- function(what) {
  apply(vapply(times, function(round) round[what, ], numeric(nrow(shapes))),
        1L, stats::median)
}
table <- cbind(shapes, before = signif(middle("before"), 3),
               now = signif(middle("now"), 3))
table$ratio <- round(table$now / table$before, 3)
print_table(table)
write_result(table, "before")
