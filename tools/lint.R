# Run by tools/lint: lintr on every folder with R files; a line for each remark.

folders <- c("R", "tests/testthat", "tests/faults", "tests/fuzz",
             "tests/mutation", "tools", "bench", "data-raw")
bad <- 0
for (folder in folders[dir.exists(folders)]) {
  lints <- as.data.frame(lintr::lint_dir(folder))
  with(lints, writeLines(sprintf(
    "%s/%s:%d:%d: %s [%s]",
    folder, filename, line_number, column_number, message, linter
  )))
  bad <- bad + nrow(lints)
}
quit(status = min(bad, 1))
