# Environments that ask for odd numbers of threads: a fit must have the bits it
# has here on a sane number of them, or the variable of our own must be refused
# in words.
#
#   Rscript tests/faults/threads.R
for (part in c("child", "memory", "threads")) {
  source(file.path("tests", "testthat", paste0("helper-", part, ".R")))
}
values <- c("0", "-1", "abc", "1e3", "10000", "99999999999999999999", "", "1")
settings <- c(
  as.list(outer(c("OMP_NUM_THREADS=", "OMP_THREAD_LIMIT=",
                  "HARMONIUM_NUM_THREADS="), values, paste0)),
  list(c("OMP_NUM_THREADS=10000", "HARMONIUM_NUM_THREADS=10000"),
       c("OMP_NUM_THREADS=4,3,2", "HARMONIUM_NUM_THREADS=9"),
       c("OMP_DYNAMIC=true", "HARMONIUM_NUM_THREADS=2"),
       c("OMP_MAX_ACTIVE_LEVELS=0", "HARMONIUM_NUM_THREADS=2"),
       c("OMP_PROC_BIND=true", "OMP_PLACES=cores"),
       "OMP_WAIT_POLICY=active")
)
found <- with_odd_threads(settings)
refused <- grepl("HARMONIUM_NUM_THREADS=(0|-1|abc|9{20})$", found$setting)
found$right <- found$status == 0L & found$limit >= 1L &
  found$limit <= parallel::detectCores() &
  found$tasks <= parallel::detectCores() + 8L &
  found$found == ifelse(refused, "harmonium_error_count", memory_probe())
print(found, row.names = FALSE)
cat(sprintf("%d environments: %d right, at most %d threads\n", nrow(found),
            sum(found$right %in% TRUE), max(found$tasks)))
quit(status = as.integer(!all(found$right %in% TRUE)))
