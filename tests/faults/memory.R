# Large work in a child R that has too little memory for it, by the system's
# limit and by R's own: each must end in R's words for that or in an error of
# ours, R must go on, and a fit must then have the bits that it has here.
#
#   Rscript tests/faults/memory.R
for (part in c("child", "memory")) {
  source(file.path("tests", "testthat", paste0("helper-", part, ".R")))
}
limits <- list(
  list(before = "ulimit -v 300000"), list(before = "ulimit -v 450000"),
  list(before = "ulimit -v 700000"), list(environment = "R_MAX_VSIZE=100Mb"),
  list(environment = "R_MAX_VSIZE=200Mb")
)
probe <- memory_probe()
counts <- vapply(limits, function(limit) {
  found <- do.call(with_little_memory, limit)
  work <- found$work != "probe"
  refused <- is_memory_error(found$how)
  right <- attr(found, "status") == 0L && sum(work) == length(large_work()) &&
    identical(found$how[!work], probe) &&
    all(refused[work] | found$how[work] == "ok")
  cat(sprintf("%-20s %2d of %d refused, %s\n", unlist(limit), sum(refused),
              sum(work), if (right) "sound after that" else "NOT SOUND"))
  if (!right) {
    print(found)
    print(utils::tail(attr(found, "output"), 5L))
  }
  c(sum(work), sum(refused), right)
}, c(0, 0, 0))
cat(sprintf("%d pieces of work under %d limits: %.0f refused, %d of %d sound\n",
            sum(counts[1L, ]), ncol(counts), sum(counts[2L, ]),
            sum(counts[3L, ]), ncol(counts)))
quit(status = as.integer(!all(counts[3L, ] == 1)))
