# Interrupts a child R at random times in every kind of long work, a thousand
# times in all, each as Esc or Ctrl-C does. Each time it must answer within half
# a second, 99 times in 100; the next fit must have the bits of a fresh R; and
# memory, open files, threads and temporary files must not grow:
#
#   Rscript tests/faults/interrupt.R [times [seed [part of a name]]]
#
# makes so many interrupts of each kind of work. test-fit-interrupt.R makes a
# few.
for (part in c("child", "memory", "interrupt")) {
  source(file.path("tests", "testthat", paste0("helper-", part, ".R")))
}
given <- commandArgs(trailingOnly = TRUE)
times <- if (length(given)) as.integer(given[1L]) else 22L
set.seed(if (length(given) > 1L) as.integer(given[2L]) else 1L)
work <- names(long_work())
if (length(given) > 2L) {
  work <- grep(given[3L], work, value = TRUE)
}
found <- interrupt_work(work, times)
late <- found$table$late
by_work <- do.call(rbind, lapply(work, function(name) {
  some <- late[found$table$work == name]
  data.frame(work = name, median = stats::median(some), most = max(some),
             kept = sum(found$table$how[found$table$work == name] == "kept"))
}))
print(by_work, row.names = FALSE, digits = 2L)
odd <- !found$table$how %in% c("kept", "left")
if (any(odd)) {
  print(found$table[odd, ], row.names = FALSE)
}

# What grew while one kind of work was interrupted, between its second interrupt
# and its last one; and what is there in the end.
signs <- found$signs
early <- signs[match(work, signs$work), ]
end <- signs[nrow(signs) + 1L - match(work, rev(signs$work)), ]
grown <- end$heap - early$heap
percentile <- stats::quantile(late, 0.99, names = FALSE)
bits <- all(signs$probe == memory_probe())
sound <- c(
  answered = !any(odd), prompt = percentile < 0.5, bits = bits,
  heap = max(grown) < 1,
  resident = max(end$resident) < max(early$resident) + 30,
  open = max(signs$open) <= signs$open[1L],
  threads = max(signs$threads) <= max(2L, signs$threads[1L]),
  files = max(end$files - early$files) <= 0L
)
if (!all(sound)) {
  print(signs, row.names = FALSE, digits = 4L)
  cat("NOT AS IT SHOULD BE:", names(sound)[!sound], "\n")
}
cat(sprintf(paste(
  "%d interrupts in %d kinds of work: answered in %.3f s (median), %.3f s",
  "(99th percentile), %.3f s (most); heap grew by %.2f MB at most\n"
), length(late), length(work), stats::median(late), percentile, max(late),
max(grown)))
quit(status = as.integer(!all(sound)))
