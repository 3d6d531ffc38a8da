# What the user, the system or another package has set must not change results,
# nor raise errors.

differences <- function(one, other) {
  names(one)[one != other[names(one)]]
}

test_that("options of R change no result, and raise no error", {
  skip_on_cran()
  base <- everyday()
  expect_false("no error" %in% base$said)
  expect_true(all(startsWith(base$said, "harmonium_error")))
  settings <- list(
    list(warn = 2, warnPartialMatchDollar = TRUE, warnPartialMatchArgs = TRUE,
         warnPartialMatchAttr = TRUE),
    list(warn = 2, OutDec = ","),
    list(warn = 2, digits = 3, scipen = -20),
    list(warn = 2, digits = 15, scipen = 100, width = 40),
    list(warn = 2, keep.source = TRUE, deparse.cutoff = 20,
         contrasts = c("contr.sum", "contr.poly"), na.action = "na.fail",
         max.print = 5, expressions = 500)
  )
  for (setting in settings) {
    old <- options(setting)
    now <- everyday()
    options(old)
    expect_identical(differences(base$results, now$results), character())
    expect_identical(sub(" .*", "", now$said), sub(" .*", "", base$said))
  }
  options(OutDec = ",")
  on.exit(options(OutDec = "."))
  expect_identical(harmonium:::counted(1234567, "case"), "1,234,567 cases")
})

test_that("a Turkish, a C and a comma locale change no result", {
  skip_on_cran()
  skip_on_os("windows")
  base <- everyday()
  script <- c(
    "everyday <-", deparse(everyday),
    "options(warn = 2)",
    "found <- everyday()",
    "cat(paste0('result=', found$results, '\\n'), sep = '')",
    "cat(paste0('said=', sub('[ \\n].*', '', found$said), '\\n'), sep = '')",
    "cat('hint=', grepl('`epochs`', found$said[1]), '\\n', sep = '')",
    "cat('hint=', grepl('`learning_rate`', found$said[2]), '\\n', sep = '')"
  )
  there <- system2("locale", "-a", stdout = TRUE, stderr = FALSE)
  wanted <- intersect(c("C", "tr_TR.utf8", "de_DE.utf8"), there)
  for (name in wanted) {
    output <- run_child(script, paste0("LC_ALL=", name))$output
    of <- function(what) {
      line <- grep(paste0("^", what, "="), output, value = TRUE)
      sub("^[^=]*=", "", line)
    }
    expect_identical(of("result"), unname(base$results))
    expect_identical(of("said"), sub("[ \n].*", "", base$said))
    expect_identical(of("hint"), c("TRUE", "TRUE"))
  }
  expect_true(length(wanted) > 0L)
})

test_that("a comma for decimals in C itself changes no file and no result", {
  skip_on_cran()
  skip_on_os("windows")
  old <- Sys.getlocale("LC_NUMERIC")
  set <- suppressWarnings(Sys.setlocale("LC_NUMERIC", "de_DE.utf8"))
  skip_if(set == "", "no such locale here")
  on.exit(suppressWarnings(Sys.setlocale("LC_NUMERIC", old)))
  with_comma <- everyday()
  suppressWarnings(Sys.setlocale("LC_NUMERIC", old))
  base <- everyday()
  expect_identical(differences(base$results, with_comma$results), character())
})
