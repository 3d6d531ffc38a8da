# Run by tools/mutate: mutants of the C core against its tests without R.
#
#   Rscript tests/mutation/core.R SCRATCH BLAS WANTED SEED ONLY
#
# A mutant is compiled with what includes it, linked with each test program, and
# run until one fails: the program of the changed file's noun first, then the
# others that have its code in them, those with the least of the core first. A
# program that takes five times the processor time that it takes with the true
# core is held to be without end. What is left meets the program of its noun
# once more, under sanitizers.

source("tests/mutation/mutants.R")

arguments <- commandArgs(TRUE)
scratch <- arguments[1L]
blas <- arguments[2L]
wanted <- as.integer(arguments[3L])
seed <- as.integer(arguments[4L])
only <- arguments[5L]

cc <- Sys.getenv("CC", "cc")
flags <- paste("-std=c99 -O1 -w -Wno-psabi -DHM_WITHOUT_R -Isrc/core",
               "-Itests/core")

# The sites of C ---------------------------------------------------------------

# Comments, strings and the preprocessor's lines are tokens as well, of which
# nothing is made.
tokens_of <- paste0(
  "(?s)/[*].*?[*]/|//[^\n]*|\"(?:\\\\.|[^\"\\\\])*\"|'(?:\\\\.|[^'\\\\])*'|",
  "(?m:^[ \t]*#(?:\\\\\n|[^\n])*)|",
  "(?:0[xX][0-9A-Fa-f]+(?:[.][0-9A-Fa-f]*)?(?:[pP][+-]?[0-9]+)?|",
  "[0-9]+[.]?[0-9]*(?:[eE][+-]?[0-9]+)?)[uUlLfF]*|[A-Za-z_][A-Za-z0-9_]*|",
  "<<=|>>=|[+][+]|--|->|<<|>>|&&|[|][|]|[-+*/%&|^<>=!]=|[^ \t\n]"
)

read_tokens <- function(text) {
  found <- gregexpr(tokens_of, text, perl = TRUE)[[1L]]
  length <- attr(found, "match.length")
  from <- as.integer(found)
  token <- substring(text, from, from + length - 1L)
  breaks <- gregexpr("\n", text, fixed = TRUE)[[1L]]
  tokens <- data.frame(
    token = token, from = from, to = from + length - 1L,
    line = findInterval(from, breaks, left.open = TRUE) + 1L
  )
  tokens[!grepl("^(/[*]|//|[ \t]*#)", token), ]
}

# Where the bracket that opens at token i closes.
closing <- function(token, i) {
  depth <- cumsum((token == "(") - (token == ")"))
  after <- seq_along(token) >= i
  which(after & depth == depth[i] - 1L)[1L]
}

statement_start <- c(";", "{", "}", ")", "else")
second_of_statement <- c("(", "=", "[", "->", ".", "++", "--", "+=", "-=", "*=",
                         "/=", "|=", "&=", "^=", "<<=", ">>=")

# The statements that an expression makes, and breaks: what is left is `;`.
statement_sites <- function(tokens) {
  token <- tokens$token
  n <- length(token)
  depth <- cumsum((token == "(") - (token == ")"))
  before <- c("", token[-n])
  after <- c(token[-1L], "")
  word <- grepl("^[A-Za-z_]", token) &
    !token %in% c("if", "for", "while", "switch", "return", "do", "sizeof")
  starts <- which(depth == 0L & before %in% statement_start & (
    (word & after %in% second_of_statement) | token %in% c("break", "continue")
  ))
  ends <- vapply(starts, function(i) {
    stops <- which(token %in% c(";", "{", "}") & seq_len(n) > i)
    if (length(stops) && token[stops[1L]] == ";") stops[1L] else NA_integer_
  }, 1L)
  starts <- starts[!is.na(ends)]
  ends <- ends[!is.na(ends)]
  data.frame(from = tokens$from[starts], to = tokens$to[ends],
             line = tokens$line[starts],
             options = I(rep(list(";"), length(starts))))
}

condition_sites <- function(tokens) {
  starts <- which(tokens$token == "if") + 1L
  ends <- vapply(starts, closing, 1L, token = tokens$token)
  data.frame(from = tokens$from[starts], to = tokens$from[starts],
             line = tokens$line[starts],
             options = I(rep(list("(!"), length(starts))),
             end = tokens$to[ends])
}

# An operator has blanks on both sides where it takes two operands, as
# clang-format lays it out; so `*` is not a pointer.
token_sites <- function(text, tokens) {
  left <- grepl("^[ \n]$", substring(text, tokens$from - 1L, tokens$from - 1L))
  right <- grepl("^[ \n]$", substring(text, tokens$to + 1L, tokens$to + 1L))
  token <- tokens$token
  options <- lapply(seq_along(token), function(i) {
    if (grepl("^[0-9]", token[i])) {
      number_options(token[i])
    } else if (token[i] == "!") {
      ""
    } else if (token[i] %in% c("++", "--") || (left[i] && right[i])) {
      unname(swaps[token[i]])
    } else {
      NA_character_
    }
  })
  sites <- tokens[c("from", "to", "line")]
  sites$options <- I(options)
  sites[!vapply(options, anyNA, NA), ]
}

read_sites <- function(file) {
  text <- read_text(file)
  tokens <- read_tokens(text)
  if (nrow(tokens) == 0L) {
    return(list(sites = NULL, lines = 0L))
  }
  conditions <- condition_sites(tokens)
  # if (x) to if (!(x)): the whole condition is the site.
  conditions$options <- I(lapply(seq_len(nrow(conditions)), function(i) {
    paste0("(!", substr(text, conditions$from[i], conditions$end[i]), ")")
  }))
  conditions$to <- conditions$end
  conditions$end <- NULL
  sites <- rbind(token_sites(text, tokens), statement_sites(tokens), conditions)
  if (nrow(sites)) {
    sites$file <- file
  }
  list(sites = sites, lines = length(unique(tokens$line)))
}

# Building ---------------------------------------------------------------------

# Processor seconds and status of a command, of which `most` are allowed. No
# limit is set on time by the clock, in which the machine may do other things.
run <- function(command, most = Inf, limits = character()) {
  limits <- c("ulimit -c 0", limits,
              if (is.finite(most)) sprintf("ulimit -t %d", ceiling(most)))
  line <- sprintf("%s; exec %s >%s 2>&1", paste(limits, collapse = "; "),
                  command, shQuote(file.path(scratch, "output")))
  status <- 0L
  time <- system.time(
    status <- system2("sh", c("-c", shQuote(line)), stderr = FALSE)
  )
  list(status = status, seconds = sum(time[4:5], na.rm = TRUE))
}

# Two builds, each of the true core and of one mutant at a time.
builds <- c(plain = "-fopenmp",
            sanitize = "-fsanitize=address,undefined -fno-sanitize-recover=all")
Sys.setenv(ASAN_OPTIONS = "detect_leaks=0:hard_rss_limit_mb=4000")

object_of <- function(source, build, core) {
  file.path(scratch, build, core, sub("[.]c$", ".o", basename(source)))
}

compile <- function(source, build, core) {
  run(paste(cc, flags, builds[[build]], "-c", source, "-o",
            object_of(source, build, core)))$status
}

# What a source is made of: files below src/core and tests/core.
parts_of <- function(source) {
  rule <- system2(cc, c(flags, "-MM", source), stdout = TRUE)
  words <- sub("^[^:]*:", "", gsub("\\", "", paste(rule, collapse = " "),
                                   fixed = TRUE))
  words <- strsplit(words, " +")[[1L]]
  words[nzchar(words)]
}

# The status of linking: what there is of the mutant, and the rest.
link_test <- function(test, build, core = "mutant") {
  sources <- c(test, cores)
  objects <- object_of(sources, build, core)
  is_true <- !file.exists(objects)
  objects[is_true] <- object_of(sources[is_true], build, "true")
  run(paste(c(cc, builds[[build]], objects, blas, "-lm -o", program),
            collapse = " "))$status
}

stop_unless <- function(status, what) {
  if (status != 0L) {
    writeLines(readLines(file.path(scratch, "output")))
    stop(what, ", of the true core", call. = FALSE)
  }
}

build_true <- function(build) {
  dir.create(file.path(scratch, build, "true"), recursive = TRUE)
  for (source in c(cores, tests)) {
    stop_unless(compile(source, build, "true"), source)
  }
}

# Seconds of a program with the true core, run when they are first asked for.
known_seconds <- new.env()
true_seconds <- function(test, build) {
  key <- paste(test, build)
  if (is.null(known_seconds[[key]])) {
    stop_unless(link_test(test, build, "true"), test)
    done <- run(program)
    stop_unless(done$status, test)
    known_seconds[[key]] <- done$seconds
  }
  known_seconds[[key]]
}

# The symbols of an object that `nm` says to be of these types.
symbols_of <- function(object, types) {
  lines <- strsplit(trimws(system2("nm", object, stdout = TRUE)), " +")
  type <- vapply(lines, function(words) words[length(words) - 1L], "")
  name <- vapply(lines, function(words) words[length(words)], "")
  name[type %in% types]
}

# The files of the core that each program needs.
find_needs <- function() {
  objects <- object_of(c(cores, tests), "plain", "true")
  gives <- lapply(objects, symbols_of, c("T", "D", "R", "B", "V", "W"))
  takes <- lapply(objects, symbols_of, "U")
  own <- seq_along(cores)
  lapply(length(cores) + seq_along(tests), function(program) {
    needed <- program
    repeat {
      wants <- unlist(takes[needed])
      more <- own[vapply(gives[own], function(x) any(x %in% wants), NA)]
      if (all(more %in% needed)) {
        return(cores[intersect(needed, own)])
      }
      needed <- union(needed, more)
    }
  })
}

program <- file.path(scratch, "program")
cores <- list.files("src/core", "[.]c$", full.names = TRUE)
tests <- list.files("tests/core", "^test-.*[.]c$", full.names = TRUE)
parts <- lapply(c(cores, tests), parts_of)
names(parts) <- c(cores, tests)
build_true("plain")
needs <- find_needs()
names(needs) <- tests

# Trying -----------------------------------------------------------------------

noun_of <- function(file) {
  sub("-kernel$", "", sub("[.][ch]$", "", basename(file)))
}

# How well each program fits a file: by the length of the noun's beginning that
# they share.
fits <- function(file) {
  noun <- noun_of(file)
  nouns <- sub("^test-", "", noun_of(tests))
  ifelse(startsWith(noun, nouns), nchar(nouns), 0L)
}

# The programs that have the file's code in them.
choose_tests <- function(file) {
  has <- vapply(tests, function(test) {
    file %in% unlist(parts[c(test, needs[[test]])])
  }, NA)
  includes <- vapply(tests, function(test) file %in% parts[[test]], NA)
  order <- order(-fits(file), !includes, lengths(needs))
  tests[order][has[order]]
}

# Compiles what of `sources` the mutant changes; true where all of it compiles.
compile_changed <- function(mutant, sources, build) {
  dir.create(file.path(scratch, build, "mutant"), showWarnings = FALSE)
  for (source in sources) {
    changed <- mutant$file %in% parts[[source]]
    if (changed && compile(source, build, "mutant") != 0L) {
      return(FALSE)
    }
  }
  TRUE
}

# Whether the compiler makes of the mutant what it makes of the true core.
is_no_change <- function(build) {
  objects <- list.files(file.path(scratch, build, "mutant"), full.names = TRUE)
  true <- file.path(scratch, build, "true", basename(objects))
  all(tools::md5sum(objects) == tools::md5sum(true))
}

# The first of `programs` that fails, "" if none does. A program that includes a
# mutated header sees it too.
first_to_fail <- function(mutant, programs, build) {
  for (test in programs) {
    most <- 5 * true_seconds(test, build) + 2
    if (!compile_changed(mutant, test, build) ||
          link_test(test, build) != 0L) {
      return(paste(basename(test), "does not build"))
    }
    # Sanitizers need more addresses than there is memory.
    limits <- if (build == "plain") "ulimit -v 4000000"
    status <- run(program, most, limits)$status
    if (status != 0L) {
      how <- c(if (build != "plain") build,
               if (status != 1L) paste("status", status))
      return(toString(c(basename(test), how)))
    }
  }
  ""
}

killer_of <- function(mutant) {
  if (!compile_changed(mutant, cores, "plain") || is_no_change("plain")) {
    return(NULL)
  }
  programs <- choose_tests(mutant$file)
  killer <- first_to_fail(mutant, programs, "plain")
  # What reads or writes out of bounds may go unseen so far.
  own <- tests[fits(mutant$file) > 0L]
  if (nzchar(killer) || length(own) == 0L) {
    return(killer)
  }
  if (!dir.exists(file.path(scratch, "sanitize", "true"))) {
    build_true("sanitize")
  }
  compile_changed(mutant, cores, "sanitize")
  first_to_fail(mutant, own, "sanitize")
}

try_one <- function(mutant, text) {
  true <- readLines(mutant$file)
  on.exit({
    writeLines(true, mutant$file)
    unlink(file.path(scratch, names(builds), "mutant"), recursive = TRUE)
  })
  cat(text, file = mutant$file)
  killer_of(mutant)
}

found <- lapply(list.files("src/core", full.names = TRUE), read_sites)
sites <- do.call(rbind, lapply(found, `[[`, "sites"))
lines <- vapply(found, `[[`, 1L, "lines")
names(lines) <- list.files("src/core", full.names = TRUE)
lines <- lines[names(lines) %in% sites$file]
try_all("core", sites, lines, wanted, seed, only, try_one)
