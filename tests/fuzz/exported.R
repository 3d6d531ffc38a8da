# Throws random R objects at each exported function and each S3 method:
#
#   Rscript tests/fuzz/exported.R [calls [seed [name [number]]]]
#
# in the checkout's top folder, with harmonium installed: `calls` for each one,
# or for those whose name matches `name`; with `number` that call alone, with
# its traceback. A call may work, with warnings of our own, or end in a
# condition of class harmonium_error, or in any error of R where an object of
# ours was changed by hand. Anything else is printed as a call to copy
# after source("tests/fuzz/exported.R") with no arguments, and makes the script
# fail: other errors and warnings, and whatever is not as it was afterwards.
# A call that takes longer than half a second is cut off, and counted.

suppressPackageStartupMessages(library(harmonium))
source("tests/fuzz/values.R")

# The world that calls are made in ---------------------------------------------

folder <- tempfile("fuzz-")
dir.create(folder)
new_file <- function() tempfile("new-", folder, ".rbm")

set.seed(1)
x <- matrix(as.integer(runif(72) < 0.5), 12L, 6L)
x_named <- x
dimnames(x_named) <- list(letters[1:12], paste0("v", 1:6))
x_real <- matrix(runif(72), 12L, 6L)
x_raw <- x
storage.mode(x_raw) <- "raw"
x_frame <- as.data.frame(x_named)
if (requireNamespace("Matrix", quietly = TRUE)) {
  x_sparse <- methods::as(x + 0, "CsparseMatrix")
  x_row <- methods::as(x_sparse, "RsparseMatrix")
  x_pattern <- methods::as(x_sparse, "nMatrix")
  hostile <- c(hostile, hostile_sparse)
  sparse <- c("x_sparse", "x_row", "x_pattern")
} else {
  sparse <- character()
}
for (package in c("posterior", "coda", "tibble", "cli")) {
  requireNamespace(package, quietly = TRUE)
}
h <- x[, 1:3]
m <- rbm(matrix(c(1, -1, 0.5, 0, 2, -2), 6L, 3L), b = -2:3 / 4, c = 1:3 / 3)
m_named <- rbm(matrix(1:18 / 9 - 1, 6L, 3L,
                      dimnames = list(paste0("v", 1:6), letters[1:3])),
               image_dim = c(2, 3))
m_one <- rbm(matrix(1, 1L, 1L))
m_wide <- rbm(matrix(-1:1, 6L, 30L))
m_tall <- rbm(matrix(-1:1, 30L, 26L) / 2)
fit <- rbm_fit(x, hidden = 3, epochs = 2, batch_size = 5)
fit_named <- rbm_fit(x_named, 3, epochs = 1, image_dim = c(3, 2),
                     evaluate_every = 1)
fit_frame <- rbm_fit(x_frame, 3, epochs = 1, schedule = function(e) 0.1)
fit_real <- rbm_fit(x_real, 2, epochs = 1, optimiser = "adam")
fit_lean <- rbm_fit(x, 3, epochs = 1, keep_x = FALSE)
fit_valid <- rbm_fit(x, 3, epochs = 2, validation = 0.25, patience = 1,
                     control = NULL)
fit_pt <- rbm_fit(x, 3, epochs = 1, estimator = "pt", temperatures = 3,
                  chains = 4, batch_size = 4)
fit_fpcd <- rbm_fit(x, 3, epochs = 1, estimator = "fpcd")
fit_ucd <- rbm_fit(x, 3, epochs = 1, estimator = "ucd", max_sweeps = 5)
fit_control <- rbm_fit(x, 3, control = rbm_control(epochs = 1))
fit_no <- rbm_fit(x, 3, epochs = 1, callback = function(i) FALSE)
models <- c("m", "m_named", "m_one", "fit", "fit_named", "fit_frame",
            "fit_real", "fit_lean", "fit_valid", "fit_pt", "fit_fpcd",
            "fit_ucd", "fit_control", "fit_no", "m_wide")
if (length(sparse)) {
  fit_sparse <- rbm_fit(x_sparse, 3, epochs = 1)
  models <- c(models, "fit_sparse")
}
# A table with cells missing, and one with Gaussian hidden units.
people <- data.frame(
  a = factor(rep_len(c("x", "y", "z"), 12L)), n = c(NA, round(rnorm(11), 2)),
  o = factor(rep_len(1:4, 12L), ordered = TRUE), k = rep_len(0:3, 12L)
)
fit_table <- rbm_fit(people, 2, units = c(k = "poisson"), starts = 1,
                     weight_decay = 0.1, epochs = 5)
fit_table_real <- rbm_fit(people[1:3], list(gaussian = 1), estimator = "pcd",
                          epochs = 1)
models <- c(models, "fit_table", "fit_table_real")
imputed <- rbm_impute(fit_table, m = 2)
coefficients_of <- coef(fit)
coded <- rbm_units(people)
draws <- rbm_sample(m, 8, chains = 2, steps = 4)
draws_named <- rbm_sample(m_named, 4, steps = 8)
draws_one <- rbm_sample(m, 5, chains = 1, steps = 3, thin = 2)
draws_exact <- rbm_sample(m, 4, method = "exact",
                          given = c(1, NA, 0, NA, NA, 1))
draws_pt <- rbm_sample(m, 8, chains = 2, steps = 6, method = "pt",
                       temperatures = 3, type = "probability")
log_z <- rbm_log_z(m)
log_z_ais <- rbm_log_z(m, method = "ais", runs = 4, budget = 1e4, tol = 9)
log_lik <- logLik(fit)
log_lik_ais <- logLik(fit, method = "ais", runs = 4, budget = 1e4, tol = 9)
summary_fit <- summary(fit)
summary_m <- summary(m)
estimators <- rbm_estimators()
info <- harmonium_info()
compared <- rbm_compare(fit, m, x)
tuned <- rbm_tune(x, 1:2, folds = 2, epochs = 1)
tuned_valid <- rbm_tune(x, 1, validation = 0.3, epochs = 1, refit = FALSE)
aligned <- rbm_align(m, m_named)
bootstrapped <- rbm_bootstrap(fit, 2)
checked <- rbm_check(m, x, times = 19)
coupled <- rbm_couplings(m_named)
coupled_many <- rbm_couplings(m_tall, draws = 100)
control <- rbm_control(epochs = 1)
saved <- rbm_save(fit, file.path(folder, "saved.rbm"))
saved_lean <- rbm_save(fit_lean, file.path(folder, "lean.rbm"))
broken <- file.path(folder, "broken.rbm")
writeBin(c(head(readBin(saved, "raw", 1e6), -5L), raw(5L)), broken)
text_file <- file.path(folder, "text.txt")
writeLines("no model", text_file)

# Sound values by the name of an argument --------------------------------------

data <- c("x", "x_named", "x_real", "x_raw", "x == 1", "x_frame", sparse,
          "x[1, , drop = FALSE]", "x_real[1:2, ]", "x + 0", "people",
          "people[1:3]")
binary <- setdiff(data, c("x_real", "x_real[1:2, ]"))
sound <- list(
  object = models, x = data, v = binary, newdata = binary, against = binary,
  h = c("h", "h == 1", "h[1:2, ]", "h / 2"),
  start = c("NULL", "x[1, , drop = FALSE]", "x", "x[1:4, ]"),
  given = c("c(1, NA, 0, NA, NA, 1)", "c(v1 = 1)", "x", "NULL",
            "matrix(c(1, NA, 0), 4, 6)", "rep(NA, 6)"),
  W = c("m$W", "m_named$W", "matrix(0, 2, 2)", "matrix(1:4, 2)"),
  b = c("NULL", "fit", "m", "\"independent\"", "1:6", "m$b", "c(0, 0)"),
  c = c("NULL", "1:3", "c(0, 1)"),
  image_dim = c("NULL", "c(2, 3)", "NA"), hidden = c("3", "1L", "2", "5"),
  init = c("NULL", "3", "m", "list(W = m$W, b = m$b)", "fit"),
  validation = c("NULL", "0.3", "x[1:3, ]", "0.5"),
  checkpoint = c("NULL", "new_file()"), callback = c(
    "NULL", "function(info) NULL", "function(info) FALSE",
    "function(info) stop(\"own\")", "function(info) info$model()"
  ),
  file = c("new_file()", "saved", "saved_lean", "broken", "text_file",
           "folder", "file.path(folder, \"no\", \"file\")"),
  control = c("NULL", "control"), epochs = c("1", "2L"),
  n = c("1", "4", "8"), nsim = c("1", "3"), seed = c("NULL", "7"),
  steps = c("1", "5", "8"), chains = c("NULL", "1", "2", "4"),
  thin = c("1", "2"), temperatures = c("2", "3"), k = c("1", "2"),
  repeats = c("2", "3"), warmup = c("0", "3"), max_sweeps = c("1", "20"),
  estimator = c("NULL", dQuote(estimators$name, FALSE)),
  optimiser = dQuote(c("sgd", "nesterov", "adam"), FALSE),
  batch_size = c("NULL", "1", "5", "50"),
  schedule = c("NULL", "\"linear\"", "\"inverse\"", "function(epoch) 0.1"),
  learning_rate = c("NULL", "0.1", "1e-5"), evaluate_every = c("0", "1"),
  patience = c("Inf", "1"), checkpoint_every = c("1", "2"),
  threads = c("NULL", "1", "2"), max_norm = c("Inf", "1"),
  size = c("2", "3", "4"), beta = c("0.4", "0"), tol = c("9", "0.5"),
  budget = c("1e4", "5000"), runs = c("2", "4"), level = c("0.9", "0.5"),
  base = c("NULL", "m", "m_named"), log_z = c("NULL", "log_z", "log_z_ais"),
  units = c("NULL", "1:2", "\"h1\"", "\"a\""), digits = c("3", "7L"),
  fast_rate = c("NULL", "0.01"), verbose = c("TRUE", "FALSE"),
  pairs = c("TRUE", "FALSE"), i = c("1:2", "1", "x[1:4, 1] == 1"),
  a = models, data = binary, folds = c("2", "3"), draws = c("100", "50"),
  map = c("lapply", "function(x, f) lapply(x, f)", "function(x, f) 1",
          "function(x, f) stop(\"own\")"),
  times = c("2", "19", "20"), most = c("0", "5"),
  parm = c("\"margins\"", "\"pairs\"", "function(model) model$b"),
  refit = c("TRUE", "FALSE"), row.names = "NULL", optional = "FALSE",
  what = c("\"history\"", "\"weights\"", "\"hidden\""),
  e2 = c("draws", "1", "m$W[1:4, ]", "log_lik"),
  weights = c("NULL", "rep(1:2, 6)"), collapse = c("TRUE", "FALSE"),
  target = c("NULL", "\"a\"")
)
of_class <- list(
  rbm = models, rbm_sample = c("draws", "draws_named", "draws_one",
                               "draws_exact", "draws_pt"),
  rbm_log_z = c("log_z", "log_z_ais"), rbm_estimators = "estimators",
  rbm_log_lik = c("log_lik", "log_lik_ais"), harmonium_info = "info",
  summary.rbm = c("summary_fit", "summary_m"), rbm_compare = "compared",
  rbm_tune = c("tuned", "tuned_valid"),
  rbm_couplings = c("coupled", "coupled_many"), rbm_align = "aligned",
  rbm_bootstrap = "bootstrapped", rbm_check = "checked",
  rbm_control = c("control", "rbm_control(estimator = \"cd\")"),
  rbm_imputations = "imputed", rbm_coef = "coefficients_of",
  rbm_units = "coded"
)
# What goes into the dots, where some are read.
settings <- setdiff(names(formals(rbm_control)), "...")
likelihood <- setdiff(names(formals(rbm_log_z)), c("object", "verbose"))
in_dots <- list(
  rbm_fit = settings, update.rbm = c(settings, "hidden", "x", "validation",
                                     "init", "callback", "control"),
  rbm_tune = settings, rbm_compare = likelihood, rbm_bootstrap = settings,
  confint.rbm = c("times", "x", "map", settings),
  vcov.rbm = c("times", "x", "map", settings),
  logLik.rbm = likelihood, deviance.rbm = likelihood, AIC.rbm = likelihood,
  BIC.rbm = likelihood, predict.rbm = c("log_z", likelihood),
  rbm_conditional = c("log_z", likelihood),
  simulate.rbm = c("steps", "chains", "method", "type", "start", "given")
)
# Small work where the default is more.
always <- list(rbm_bootstrap = c("times", "epochs"),
               confint.rbm = c("times", "epochs"),
               vcov.rbm = c("times", "epochs"), rbm_check = c("times", "steps"),
               rbm_tune = "epochs", rbm_fit = "epochs", update.rbm = "epochs",
               rbm_resume = "epochs", rbm_sample = "steps",
               simulate.rbm = "steps", rbm_gradient = c("repeats", "warmup"))
# Hidden units have their own samples and costs: these stand for matrices, and
# do whatever these do.
plain <- list(
  "[.rbm_sample" = as.matrix, Math.rbm_sample = as.matrix,
  Ops.rbm_sample = function(x) {
    if (inherits(x, "rbm_sample")) as.matrix(x) else x
  },
  Ops.rbm_log_lik = function(x) {
    if (inherits(x, "rbm_log_lik")) as.numeric(x) else x
  },
  t.rbm_sample = as.matrix
)
groups <- list(
  Ops = c("+", "-", "*", "/", "^", "%%", "%/%", "==", "<", "&", "!"),
  Math = c("abs", "round", "exp", "cumsum", "signif", "log", "floor")
)

# What is called ---------------------------------------------------------------

space <- asNamespace("harmonium")
methods_here <- function() {
  lines <- parseNamespaceFile("harmonium", dirname(system.file(
    package = "harmonium"
  )))$S3methods
  lines <- lines[!is.na(lines[, 1L]), , drop = FALSE]
  lapply(seq_len(nrow(lines)), function(i) {
    name <- paste0(lines[i, 1L], ".", lines[i, 2L])
    package <- lines[i, 4L]
    list(name = name, class = lines[i, 2L], formals = formals(get(name, space)),
         generic = paste0(if (!is.na(package)) paste0(package, "::"),
                          lines[i, 1L]))
  })
}
functions_here <- function() {
  lapply(getNamespaceExports("harmonium"), function(name) {
    list(name = name, generic = name, formals = formals(get(name, space)))
  })
}
# Methods of steps of recipes are called by recipes, with what it has checked.
is_there <- function(target) {
  if (!is.null(target$class) && startsWith(target$class, "step_")) {
    return(FALSE)
  }
  package <- sub("::.*$", "", target$generic)
  package == target$generic || requireNamespace(package, quietly = TRUE)
}
targets <- Filter(is_there, c(functions_here(), methods_here()))
names(targets) <- vapply(targets, `[[`, "", "name")
targets <- targets[order(names(targets))]

# Calls ------------------------------------------------------------------------

is_required <- function(name, target) {
  identical(target$formals[[name]], formals(function(x) NULL)$x)
}

sound_value <- function(name, target) {
  default <- if (!is_required(name, target)) target$formals[[name]]
  choices <- if (is.call(default) && identical(default[[1L]], quote(c)) &&
                   is.character(default[[2L]])) {
    dQuote(eval(default), FALSE)
  }
  if (!is.null(choices)) {
    return(pick(choices))
  }
  known <- sound[[name]]
  if (is.null(known)) {
    known <- if (name %in% names(target$formals) &&
                   !is_required(name, target)) {
      paste(deparse(default), collapse = " ")
    } else if (name %in% settings) {
      paste(deparse(formals(rbm_control)[[name]]), collapse = " ")
    } else {
      hostile
    }
  }
  pick(known)
}

# One argument: sound, sound but damaged, or anything.
make_value <- function(name, target, wrong) {
  code <- sound_value(name, target)
  if (!wrong) {
    return(code)
  }
  if (runif(1L) < 0.4) {
    return(sprintf("damage(%s, %d)", code, sample.int(1e6L, 1L)))
  }
  pick(hostile)
}

make_call <- function(target) {
  names <- setdiff(names(target$formals), "...")
  first <- character()
  if (!is.null(target$class)) {
    first <- if (length(names)) names[1L] else "x"
  }
  optional <- !vapply(names, is_required, NA, target)
  used <- names[runif(length(names)) < ifelse(optional, 0.35, 0.97)]
  used <- unique(c(first, used, always[[target$name]]))
  dots <- in_dots[[target$name]]
  if (length(dots) && runif(1L) < 0.6) {
    used <- unique(c(used, sample(dots, sample(1:3, 1L))))
  }
  wrong <- if (runif(1L) < 0.15) {
    rep(FALSE, length(used))
  } else if (runif(1L) < 0.7) {
    seq_along(used) %in% sample.int(max(length(used), 1L), 1L)
  } else {
    runif(length(used)) < 0.4
  }
  values <- mapply(function(name, wrong) {
    if (identical(name, first)) {
      code <- pick(of_class[[target$class]])
      if (!wrong) {
        code
      } else if (runif(1L) < 0.25) {
        sprintf("`oldClass<-`(as_bare(%s), \"%s\")", pick(hostile),
                target$class)
      } else {
        sprintf("keep_class(damage(%s, %d), \"%s\")", code,
                sample.int(1e6L, 1L), target$class)
      }
    } else {
      make_value(name, target, wrong)
    }
  }, used, wrong)
  if (length(first) && is.null(target$formals[["..."]])) {
    extra <- 0
  } else {
    extra <- 0.04
  }
  named <- !used %in% first
  if (runif(1L) < 0.05) {
    named[] <- FALSE # all by place
  }
  parts <- ifelse(named, paste(used, "=", values), values)
  if (runif(1L) < extra) {
    parts <- c(parts, paste0(pick(c("", "foo = ", "epoch = ")), pick(hostile)))
  }
  generic <- target$generic
  if (generic %in% names(groups)) {
    generic <- pick(groups[[generic]])
  }
  prefix <- if (grepl("::", generic) || !grepl("^[a-zA-Z_.]+$", generic)) {
    if (grepl("::", generic)) generic else sprintf("`%s`", generic)
  } else {
    generic
  }
  sprintf("%s(%s)", prefix, paste(parts, collapse = ", "))
}

# A value that can carry any class.
as_bare <- function(value) {
  if (is.null(value) || is.environment(value) || is.symbol(value) ||
        (is.function(value) && is.primitive(value))) {
    value <- list(value)
  }
  if (isS4(value)) list(value) else value
}

# Dispatch is to find our method, whatever was damaged.
keep_class <- function(value, class) {
  value <- as_bare(value)
  if (!inherits(value, class)) {
    oldClass(value) <- c(class, if (class == "rbm_sample") c("matrix", "array"))
  }
  value
}

deparsed <- function(code) substr(code, 1L, 600L)

# Outcomes ---------------------------------------------------------------------

# The calls that an error which is not ours came from.
stack <- NULL
null <- file(if (.Platform$OS.type == "windows") "nul:" else "/dev/null", "w")

# What came of a call: "fine", "refused", "slow", "memory", or what was wrong.
outcome <- function(code, seed, target, trace = FALSE) {
  warned <- character()
  cut_off <- FALSE
  called <- str2lang(code)
  set.seed(seed)
  note <- function(condition) {
    if (startsWith(conditionMessage(condition), "Interrupted in epoch")) {
      cut_off <<- TRUE # a fit answers to the limit as to Esc
    } else if (!inherits(condition, "harmonium_warning")) {
      warned <<- c(warned, conditionMessage(condition))
    }
    tryInvokeRestart("muffleWarning")
    tryInvokeRestart("muffleMessage")
  }
  sink(null)
  setTimeLimit(elapsed = 0.5, transient = TRUE)
  error <- tryCatch(
    {
      error <- tryCatch(
        withCallingHandlers(
          {
            value <- eval(called, globalenv())
            NULL
          },
          warning = note, message = note,
          error = function(error) {
            if (trace && !inherits(error, "harmonium_error")) {
              stack <<- sys.calls()
            }
          }
        ),
        error = identity, interrupt = identity
      )
      setTimeLimit()
      error
    },
    error = identity # where the limit comes after the call
  )
  setTimeLimit()
  while (sink.number() > 0L) sink()
  if (is.null(error) || inherits(error, "harmonium_error")) {
    if (length(warned)) {
      return(paste("warning:", warned[1L]))
    }
    return(if (cut_off) "slow" else if (is.null(error)) "fine" else "refused")
  }
  said <- conditionMessage(error)
  if (grepl("reached elapsed time limit", said)) {
    "slow"
  } else if (grepl("cannot allocate|memory exhausted", said)) {
    "memory"
  } else {
    paste0("error: ", said)
  }
}

# Errors of plain arithmetic and the like are R's own, and so are those of
# another class that is asked for.
plain_says <- function(code, seed, target) {
  as_plain <- plain[[target$name]]
  called <- str2lang(code)
  said <- tryCatch(
    {
      set.seed(seed)
      arguments <- lapply(as.list(called)[-1L], eval, globalenv())
      others <- vapply(arguments[-1L], is.object, NA)
      if (any(others)) {
        return(TRUE)
      }
      arguments[[1L]] <- as_plain(arguments[[1L]])
      suppressWarnings(do.call(eval(called[[1L]]), arguments, quote = TRUE))
      FALSE
    },
    error = function(error) TRUE
  )
  said
}

# Whether an object of ours is in the call that was changed by hand, for which
# an ordinary error or warning of R will do.
is_changed_by_hand <- function(code) {
  ours <- c(unlist(of_class), "control", "summary_fit", "summary_m")
  grepl("keep_class(damage(", code, fixed = TRUE) ||
    grepl("`oldClass<-`(as_bare(", code, fixed = TRUE) ||
    grepl("class = c?\\(?\"(rbm|harmonium)", code) ||
    grepl(sprintf("damage\\((%s),", paste(ours, collapse = "|")), code)
}

is_finding <- function(found, code, seed, target) {
  if (found %in% c("fine", "refused", "slow", "memory")) {
    return(FALSE)
  }
  if (is_changed_by_hand(code) ||
        startsWith(found, "warning: Numbers are taken as Gaussian")) {
    return(FALSE)
  }
  if (!is.null(plain[[target$name]])) {
    return(!startsWith(found, "warning") && !plain_says(code, seed, target))
  }
  # A sound call of update() may name what is not here; R's own words for it.
  !grepl(paste0("^error: (unused argument|argument [0-9]+ matches multiple|",
                "formal argument .* matched by multiple)"), found)
}

run_target <- function(target, calls, seed) {
  counts <- c(fine = 0, refused = 0, slow = 0, memory = 0, findings = 0)
  seen <- list()
  number_of_name <- sum(utf8ToInt(target$name) * seq_len(nchar(target$name)))
  for (number in if (is.null(only)) seq_len(calls) else only) {
    own <- (seed * 1e6 + number_of_name * 131 + number * 7919) %% 2^31
    set.seed(own)
    code <- make_call(target)
    if (!is.null(progress)) {
      cat(target$name, number, code, "\n", file = progress, sep = " ")
    }
    before <- watched()
    found <- outcome(code, own, target, trace = !is.null(only))
    after <- watched()
    changed <- what_changed(before, after)
    if (grepl("(file|checkpoint) =|rbm_save", code)) {
      changed <- setdiff(changed, "files") # where it was told to write
      unlink(list.files(all.files = TRUE, no.. = TRUE), recursive = TRUE)
    }
    bad <- is_finding(found, code, own, target)
    if (length(changed)) {
      bad <- TRUE
      found <- paste("changed:", paste(changed, collapse = ", "))
      put_back(before)
    }
    if (bad) {
      counts["findings"] <- counts["findings"] + 1
      mark <- gsub("[0-9]+", "#", substr(found, 1L, 90L))
      seen[[mark]] <- c(seen[[mark]], if (is.null(seen[[mark]])) {
        sprintf("%s\n    [%d] set.seed(%.0f); %s", sub("\n.*", "", found),
                number, own, deparsed(code))
      } else {
        ""
      })
    } else {
      kind <- if (found %in% names(counts)) found else "fine"
      counts[kind] <- counts[kind] + 1
    }
    if (!is.null(only)) {
      cat(code, "\n", found, "\n")
      if (!is.null(stack)) print(stack)
    }
  }
  cat(sprintf("%-28s %s\n", target$name,
              paste(names(counts), counts, collapse = ", ")))
  for (mark in seen) {
    cat(sprintf("  %dx %s\n", length(mark), mark[1L]))
  }
  counts
}

put_back <- function(before) {
  options(before$options)
  while (grDevices::dev.cur() > 2L) grDevices::dev.off()
  if (is.null(grDevices::dev.list())) grDevices::pdf(NULL)
  graphics::par(before$par[setdiff(names(before$par), "mfg")])
  extra <- setdiff(list.files(all.files = TRUE), before$files)
  unlink(extra, recursive = TRUE)
}

given <- commandArgs(trailingOnly = TRUE)
only <- if (length(given) > 3L) as.integer(given[4L])
progress <- Sys.getenv("FUZZ_PROGRESS")
progress <- if (nzchar(progress)) progress
if (length(given) || !interactive()) {
  calls <- if (length(given)) as.numeric(given[1L]) else 200
  seed <- if (length(given) > 1L) as.numeric(given[2L]) else 1
  wanted <- if (length(given) > 2L) given[3L] else ""
  here <- file.path(folder, "here")
  dir.create(here)
  top <- setwd(here) # nolint: undesirable_function_linter.
  grDevices::pdf(NULL)
  total <- 0
  began <- proc.time()[["elapsed"]]
  for (target in targets[grepl(wanted, names(targets))]) {
    total <- total + run_target(target, calls, seed)
  }
  cat(sprintf("All: %s in %.0f s\n",
              paste(names(total), total, collapse = ", "),
              proc.time()[["elapsed"]] - began))
  setwd(top) # nolint: undesirable_function_linter.
  unlink(folder, recursive = TRUE)
  quit(status = as.integer(total[["findings"]] > 0))
}
