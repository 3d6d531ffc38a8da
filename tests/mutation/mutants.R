# What tests/mutation/core.R and package.R share: which mutants are made, and
# what is said of them.
#
# A site is a row of a data frame: `file`; `from` and `to`, the characters of
# the file's text that it stands for; `line`; and `options`, a list of what may
# stand there instead. A mutant is a site with one of its options as `new`.

read_text <- function(file) paste0(readLines(file), "\n", collapse = "")

# The options of a number: 0 and 1 for each other, and one more.
number_options <- function(text) {
  whole <- grepl("^[01]L?$|^[01][.]0f?$", text)
  one_more <- paste0("(", text, " + 1", if (grepl("L$", text)) "L", ")")
  swapped <- if (whole) chartr("01", "10", substr(text, 1L, 1L))
  # As in 1.0f: what follows the first digit stays.
  swapped <- if (whole) paste0(swapped, substring(text, 2L))
  if (startsWith(text, "0") && whole) swapped else c(swapped, one_more)
}

swaps <- c(
  "<" = "<=", "<=" = "<", ">" = ">=", ">=" = ">", "==" = "!=", "!=" = "==",
  "+" = "-", "-" = "+", "*" = "/", "/" = "*", "&&" = "||", "||" = "&&",
  "&" = "|", "|" = "&", "<<" = ">>", ">>" = "<<", "+=" = "-=", "-=" = "+=",
  "*=" = "/=", "/=" = "*=", "++" = "--", "--" = "++"
)

# How many mutants each file gives, of `wanted`: by its lines of code.
share_out <- function(wanted, lines) {
  exact <- wanted * lines / sum(lines)
  count <- floor(exact)
  more <- order(exact - count, decreasing = TRUE)[seq_len(wanted - sum(count))]
  count[more] <- count[more] + 1
  count
}

# The mutants of one file in the order in which they are tried: one for each
# line, lines in random order.
shuffle_mutants <- function(sites) {
  sites <- sites[sample.int(nrow(sites)), ]
  sites <- sites[!duplicated(sites$line), ]
  sites$new <- vapply(sites$options, function(options) {
    options[sample.int(length(options), 1L)]
  }, "")
  sites
}

mutate <- function(text, mutant) {
  paste0(substr(text, 1L, mutant$from - 1L), mutant$new,
         substring(text, mutant$to + 1L))
}

# The code around a mutant before and after, in a line each.
show_code <- function(text, mutant) {
  breaks <- c(0L, gregexpr("\n", text, fixed = TRUE)[[1L]])
  start <- max(breaks[breaks < mutant$from]) + 1L
  end <- min(breaks[breaks >= mutant$to]) - 1L
  tail <- substr(text, mutant$to + 1L, end)
  code <- c(
    old = substr(text, start, end),
    new = paste0(substr(text, start, mutant$from - 1L), mutant$new, tail)
  )
  vapply(code, function(x) trimws(gsub("[ \n]+", " ", x)), "")
}

label <- function(mutant) sprintf("%s:%d", mutant$file, mutant$line)

# Whether survivors.md has an item under the file's heading for the new code.
is_listed <- function(file, code) {
  lines <- readLines("tests/mutation/survivors.md")
  heading <- cummax(ifelse(startsWith(lines, "## "), seq_along(lines), 0L))
  under <- heading > 0L
  under[under] <- lines[heading[under]] == paste("##", file)
  any(under & startsWith(lines, paste0("- `", code, "`")))
}

# Tries mutants until each file has given its share, files in turn, so that a
# run that is broken off has seen all of them. `try_one` takes a mutant and the
# file's text with it, and returns what killed it, "" where nothing did, and
# NULL where it is no mutant: it does not compile, or not to something else.
# `only`, a regular expression on `file:line`, picks some.
try_all <- function(what, sites, lines, wanted, seed, only, try_one) {
  set.seed(seed)
  files <- names(lines)
  quota <- share_out(wanted, lines)
  queues <- lapply(files, function(file) {
    mutants <- shuffle_mutants(sites[sites$file == file, ])
    mutants[grepl(only, label(mutants)), ]
  })
  given <- numeric(length(files))
  counts <- c(killed = 0L, listed = 0L, survived = 0L)
  repeat {
    open <- which(given < quota & vapply(queues, nrow, 1L) > 0L)
    if (length(open) == 0L) {
      break
    }
    i <- open[which.min((given[open] + 0.5) / quota[open])]
    mutant <- queues[[i]][1L, ]
    queues[[i]] <- queues[[i]][-1L, ]
    text <- read_text(files[i])
    killer <- try_one(mutant, mutate(text, mutant))
    if (!is.null(killer)) {
      given[i] <- given[i] + 1
      fate <- tell(mutant, text, killer)
      counts[[fate]] <- counts[[fate]] + 1L
    }
  }
  report(what, counts)
}

tell <- function(mutant, text, killer) {
  code <- show_code(text, mutant)
  fate <- if (nzchar(killer)) {
    "killed"
  } else if (is_listed(mutant$file, code[["new"]])) {
    "listed"
  } else {
    "survived"
  }
  cat(sprintf("%s %s%s\n  %s\n  %s\n", fate, label(mutant),
              if (nzchar(killer)) paste(" by", killer) else "",
              code[["old"]], code[["new"]]))
  fate
}

report <- function(what, counts) {
  total <- sum(counts)
  rate <- 100 * counts[["killed"]] / total
  rest <- 100 * counts[["killed"]] / (total - counts[["listed"]])
  cat(sprintf(paste(
    "%s: %d mutants, %d killed: %.1f %%;",
    "%d survivors are in survivors.md and %d are not: %.1f %% of the others\n"
  ), what, total, counts[["killed"]], rate, counts[["listed"]],
  counts[["survived"]], rest))
  quit(status = as.integer(total == 0L || rate < 85))
}
