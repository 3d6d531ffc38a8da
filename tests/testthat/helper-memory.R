# Work in a child R that has too little memory for most of it: a data frame of
# what was done, how it ended, "ok" or the class of an error and its words, and
# last whether a fit has the bits that it has here.

memory_probe <- function(threads = 2) {
  set.seed(304)
  x <- matrix(as.raw(stats::runif(300 * 200) < 0.3), 300)
  fit <- harmonium::rbm_fit(x, 64, epochs = 2, batch_size = 300,
                            threads = threads, verbose = FALSE)
  harmonium:::checksum(fit$W, fit$b, fit$c)
}

# Each asks for some hundred megabytes or more, one way or another.
large_work <- function() {
  bits <- function(n, units) {
    matrix(rep_len(as.raw(c(0, 1, 1, 0, 0)), as.double(n) * units), n, units)
  }
  machine <- function(nv, nh) harmonium::rbm(matrix(0.01, nv, nh))
  fit <- function(...) {
    harmonium::rbm_fit(..., epochs = 1, verbose = FALSE)
  }
  few <- bits(20L, 500L)
  list(
    "fit wide" = function() fit(few, 20000),
    "fit pt" = function() {
      fit(few, 500, estimator = "pt", chains = 10000, temperatures = 10)
    },
    "fit pl" = function() fit(few, 10000, estimator = "pl"),
    "fit adam" = function() fit(few, 10000, optimiser = "adam"),
    "fit doubles" = function() fit(matrix(0.5, 40000, 500), 5),
    "fit frame" = function() fit(as.data.frame(matrix(0.5, 20000, 500)), 5),
    "hidden" = function() {
      harmonium::rbm_hidden(machine(50, 1000), bits(30000L, 50L))
    },
    "sample" = function() {
      harmonium::rbm_sample(machine(500, 5), 2e5, steps = 1)
    },
    "sample pt" = function() {
      harmonium::rbm_sample(machine(500, 500), 10000, steps = 1, method = "pt")
    },
    "sample exact" = function() {
      harmonium::rbm_sample(machine(500, 5), 2e5, method = "exact")
    },
    "moments" = function() {
      harmonium::rbm_moments(machine(5000, 2), pairs = TRUE)
    },
    "gradient" = function() {
      harmonium::rbm_gradient(machine(5000, 2000), bits(5L, 5000L), "cd",
                              repeats = 2)
    },
    "save" = function() {
      file <- tempfile()
      on.exit(unlink(file))
      harmonium::rbm_save(machine(5000, 2000), file)
      harmonium::rbm_load(file)
    }
  )
}

with_little_memory <- function(environment = character(), before = NULL,
                               work = names(large_work())) {
  ran <- run_child(c(
    "memory_probe <-", deparse(memory_probe), "large_work <-",
    deparse(large_work),
    "work <- large_work()",
    sprintf("for (name in %s) {", paste(deparse(work), collapse = "")),
    "  how <- tryCatch({",
    "    work[[name]]()",
    "    'ok'",
    "  }, error = function(error) paste(class(error)[1], '|',",
    "    sub('\\n.*', '', conditionMessage(error))))",
    "  cat('did', name, how, sep = '\\t')",
    "  cat('\\n')",
    "  gc()",
    "}",
    "cat('did', 'probe', memory_probe(), sep = '\\t')",
    "cat('\\n')"
  ), environment, before)
  lines <- strsplit(grep("^did\t", ran$output, value = TRUE), "\t")
  found <- data.frame(
    work = vapply(lines, `[`, "", 2L), how = vapply(lines, `[`, "", 3L)
  )
  attr(found, "status") <- ran$status
  attr(found, "output") <- ran$output
  found
}

# R's own words for too little memory, or an error of ours.
is_memory_error <- function(how) {
  grepl("cannot allocate|memory limit|memory exhausted|harmonium_error", how)
}
