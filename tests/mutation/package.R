# Run by tools/mutate: mutants of R/ against the R suite, on the package as
# installed.
#
#   Rscript tests/mutation/package.R SCRATCH WANTED SEED ONLY
#
# First each test file is run on the true functions, which shows what it calls
# and how long it takes. A mutant then meets the files of its noun, and after
# them those others that call the changed function, quickest first, each in an R
# of its own (trial.R), until a test fails, or files that take `most_seconds`
# have been run.

source("tests/mutation/mutants.R")

arguments <- commandArgs(TRUE)
scratch <- arguments[1L]
wanted <- as.integer(arguments[2L])
seed <- as.integer(arguments[3L])
only <- arguments[4L]
most_seconds <- 150
looks_at_all <- "test-check.R"

# The sites of R ---------------------------------------------------------------

token_kinds <- c("LT", "GT", "LE", "GE", "EQ", "NE", "'+'", "'-'", "'*'", "'/'",
                 "AND", "AND2", "OR", "OR2")

# Options for one token of the parser's, none where nothing is made of it.
options_of <- function(token, text) {
  if (token == "NUM_CONST" && text %in% c("TRUE", "FALSE")) {
    if (text == "TRUE") "FALSE" else "TRUE"
  } else if (token == "NUM_CONST" && grepl("^[0-9]", text)) {
    number_options(text)
  } else if (token == "'!'") {
    ""
  } else if (token %in% token_kinds) {
    unname(swaps[text])
  }
}

# Conditions of if, turned round; and the calls and ifs that stand as statements
# before a block's last, which become NULL.
expression_sites <- function(parsed) {
  children <- split(seq_len(nrow(parsed)), parsed$parent)
  of <- function(token) {
    parents <- unique(parsed$parent[parsed$token == token])
    children[as.character(parents[parents > 0L])]
  }
  conditions <- unlist(lapply(of("IF"), function(rows) {
    rows[parsed$token[rows] == "expr"][1L]
  }))
  statements <- unlist(lapply(of("'{'"), function(rows) {
    rows <- rows[parsed$token[rows] == "expr"]
    Filter(function(row) {
      inside <- parsed$token[parsed$parent == parsed$id[row]]
      any(inside %in% c("'('", "IF")) &&
        !any(inside %in% c("LEFT_ASSIGN", "FOR"))
    }, rows[-length(rows)])
  }))
  list(conditions = unname(conditions), statements = unname(statements))
}

read_sites <- function(file) {
  text <- read_text(file)
  parsed <- utils::getParseData(parse(file, keep.source = TRUE))
  starts <- c(0L, gregexpr("\n", text, fixed = TRUE)[[1L]])
  place <- function(rows, options) {
    data.frame(
      file = rep(file, length(rows)),
      from = starts[parsed$line1[rows]] + parsed$col1[rows],
      to = starts[parsed$line2[rows]] + parsed$col2[rows],
      line = parsed$line1[rows],
      options = I(options)
    )
  }
  options <- Map(options_of, parsed$token, parsed$text)
  tokens <- which(lengths(options) > 0L & parsed$terminal)
  larger <- expression_sites(parsed)
  code <- function(row) {
    substr(text, starts[parsed$line1[row]] + parsed$col1[row],
           starts[parsed$line2[row]] + parsed$col2[row])
  }
  turned <- lapply(larger$conditions, function(row) {
    paste0("!(", code(row), ")")
  })
  sites <- rbind(
    place(tokens, unname(options[tokens])),
    place(larger$conditions, turned),
    place(larger$statements, rep(list("NULL"), length(larger$statements)))
  )
  code_rows <- parsed$terminal & parsed$token != "COMMENT"
  list(sites = sites, lines = length(unique(parsed$line1[code_rows])))
}

# Running ----------------------------------------------------------------------

# Processor seconds and status of a trial, of which `most` are allowed.
run_trial <- function(r_folder, file, seen = "", most = Inf) {
  folder <- file.path(scratch, "tests")
  unlink(folder, recursive = TRUE)
  dir.create(folder)
  file.copy(list.files("tests/testthat", full.names = TRUE), folder,
            recursive = TRUE)
  limit <- if (is.finite(most)) sprintf("ulimit -t %d;", ceiling(most)) else ""
  line <- paste(
    limit, "exec Rscript --no-init-file tests/mutation/trial.R",
    shQuote(r_folder), shQuote(folder), shQuote(seen), file, ">",
    shQuote(file.path(scratch, "output")), "2>&1"
  )
  status <- 0L
  time <- system.time(
    status <- system2("sh", c("-c", shQuote(line)), stderr = FALSE)
  )
  list(status = status, seconds = sum(time[4:5], na.rm = TRUE))
}

Sys.setenv(NOT_CRAN = "true")
tests <- list.files("tests/testthat", "^test-.*[.]R$")
seen <- lapply(tests, function(test) {
  file <- file.path(scratch, "seen")
  done <- run_trial("R", test, file)
  if (done$status == 0L) {
    return(list(called = readLines(file), seconds = done$seconds))
  }
  # Some tests look at the functions themselves.
  done <- run_trial("R", test)
  if (done$status == 0L) {
    return(list(called = NULL, seconds = done$seconds))
  }
  writeLines(readLines(file.path(scratch, "output")))
  stop(test, " fails on the true package", call. = FALSE)
})
called <- lapply(seen, `[[`, "called")
seconds <- vapply(seen, `[[`, 1, "seconds")
names(called) <- names(seconds) <- tests
cat(sprintf("package: the true package passes, in %.0f s\n", sum(seconds)))

# The name that the code around a mutant is given at the top of its file.
top_name <- function(mutant) {
  code <- parse(mutant$file, keep.source = TRUE)
  ends <- vapply(getSrcref(code), function(x) as.integer(x)[3L], 1L)
  top <- code[[which(ends >= mutant$line)[1L]]]
  if (is.call(top) && is.name(top[[2L]])) as.character(top[[2L]]) else ""
}

# The files of the noun, then others that call the function, and the one that
# looks at all functions and their help; every file, where it is no function, or
# none is seen to call it.
choose_tests <- function(mutant) {
  noun <- sub("[.]R$", "", basename(mutant$file))
  own <- startsWith(tests, paste0("test-", noun))
  name <- top_name(mutant)
  calls <- tests == looks_at_all |
    vapply(called, function(x) is.null(x) || name %in% x, NA)
  rest <- !own & (calls | !name %in% unlist(called))
  by_time <- function(chosen) tests[chosen][order(seconds[chosen])]
  files <- c(by_time(own), by_time(rest))
  files[cumsum(seconds[files]) <= most_seconds | files %in% tests[own]]
}

try_one <- function(mutant, text) {
  folder <- file.path(scratch, "R")
  unlink(folder, recursive = TRUE)
  dir.create(folder)
  file.copy(list.files("R", full.names = TRUE), folder)
  cat(text, file = file.path(folder, basename(mutant$file)))
  for (test in choose_tests(mutant)) {
    status <- run_trial(folder, test, most = 5 * seconds[[test]] + 5)$status
    if (status != 0L) {
      return(paste0(test, if (status != 1L) sprintf(", status %d", status)))
    }
  }
  ""
}

files <- list.files("R", full.names = TRUE)
found <- lapply(files, read_sites)
sites <- do.call(rbind, lapply(found, `[[`, "sites"))
lines <- vapply(found, `[[`, 1L, "lines")
names(lines) <- files
try_all("package", sites, lines[names(lines) %in% sites$file], wanted, seed,
        only, try_one)
