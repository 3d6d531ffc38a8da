# Run by tools/coverage on the folder of sources that is its argument.

# Kernels without optimisation are slow, and so are counters that threads take
# in turn. That some counts are lost turns no line that was run into one that
# was not.
options(covr.flags = c(
  CFLAGS = "-O2 --coverage -fprofile-update=single", LDFLAGS = "--coverage"
))
# An R that is killed while it writes its counts leaves a file that covr cannot
# read: this runs after the tests.
drop_broken <- '
  folder <- dirname(find.package("harmonium"))
  for (file in list.files(folder, "^covr_trace_", full.names = TRUE)) {
    tryCatch(readRDS(file), error = function(error) unlink(file))
  }
'
found <- covr::package_coverage(commandArgs(TRUE)[1L], type = "tests",
                                quiet = TRUE, code = drop_broken)
lines <- as.data.frame(covr::tally_coverage(found, by = "line"))
lines$c <- grepl("^src/", lines$filename)
share <- function(values) 100 * mean(values > 0)
files <- sort(tapply(lines$value, lines$filename, share))
cat("Files below 95 %:\n")
print(round(files[files < 95], 1L))
bare <- lines[lines$value == 0, ]
for (file in unique(bare$filename)) {
  cat(file, ": ", paste(bare$line[bare$filename == file], collapse = " "),
      "\n", sep = "")
}
reached <- c(R = share(lines$value[!lines$c]), C = share(lines$value[lines$c]))
cat(sprintf("%s: %.1f %% of lines\n", names(reached), reached), sep = "")
quit(status = as.integer(any(reached < c(95, 90))))
