# What everybody does with the package, in a second or two: a list of `results`,
# checksums of numbers by what they are, and of what was `printed` and `said` in
# errors.
everyday <- function() {
  sum_of <- function(...) {
    parts <- lapply(unlist(list(...), use.names = FALSE), as.double)
    harmonium:::checksum(as.double(unlist(parts)))
  }
  set.seed(501)
  x <- matrix(as.integer(stats::runif(400 * 12) < 0.3), 400,
              dimnames = list(NULL, paste0("I", 1:12)))
  few <- x[1:5, ]
  file <- tempfile(fileext = ".rbm")
  on.exit(unlink(file))
  results <- printed <- character()
  keep <- function(name, ...) {
    results[[name]] <<- sum_of(...)
  }
  show <- function(...) {
    lines <- utils::capture.output(invisible(lapply(list(...), print)))
    printed <<- c(printed, gsub("in [0-9.,]+ s", "in <time> s", lines))
  }
  fits <- list()
  for (name in harmonium::rbm_estimators()$name) {
    set.seed(502)
    fits[[name]] <- harmonium::rbm_fit(
      x, 4, estimator = name, epochs = 3, batch_size = 100, chains = 20,
      temperatures = 3, max_sweeps = 50, validation = 0.1, evaluate_every = 2,
      verbose = FALSE
    )
    keep(paste("fit", name), coef(fits[[name]]))
    history <- fits[[name]]$training$history
    keep(paste("history", name), history[names(history) != "seconds"])
  }
  fit <- fits$pcd
  set.seed(503)
  draws <- harmonium::rbm_sample(fit, 40, steps = 50, chains = 4)
  tempered <- harmonium::rbm_sample(fit, 40, steps = 50, chains = 4,
                                    method = "pt", temperatures = 3)
  ais <- harmonium::rbm_log_z(fit, "ais", runs = 20, budget = 1e5)
  keep("sample", unclass(draws), unclass(tempered),
       harmonium::rbm_sample(fit, 9, method = "exact"))
  keep("log_z", harmonium::rbm_log_z(fit)$log_z, ais$log_z, ais$se)
  keep("log_lik", stats::logLik(fit), stats::logLik(fit, few))
  for (type in c("hidden", "reconstruction", "free_energy", "log_prob",
                 "pseudo_log_lik")) {
    keep(paste("predict", type), predict(fit, few, type))
  }
  keep("hidden", harmonium::rbm_hidden(fit, few, "sample"))
  keep("moments", harmonium::rbm_moments(fit, pairs = TRUE))
  keep("gradient", harmonium::rbm_gradient(fit, x, "ucd", repeats = 3)[1:3])
  keep("conditional", harmonium::rbm_conditional(fit, c(I3 = 1, I5 = 0)))
  keep("diagnose", harmonium::rbm_diagnose(draws))
  keep("frame", coef(harmonium::rbm_fit(as.data.frame(x), 2, epochs = 1)))
  harmonium::rbm_save(fit, file)
  loaded <- harmonium::rbm_load(file)
  results[["saved"]] <- as.character(identical(loaded, fit))
  header <- rawToChar(readBin(file, "raw", 2000)[-(1:8)])
  results[["file"]] <- sub(".*(\"format\":.*),\"model\".*", "\\1", header)
  keep("resumed", coef(harmonium::rbm_resume(loaded, epochs = 2)))
  keep("updated", coef(update(fit, epochs = 2)))
  show(fit, summary(fit), draws, tempered, harmonium::rbm_log_z(fit), ais,
       stats::logLik(fit), harmonium::rbm_control(), fits$ucd)
  grDevices::pdf(NULL)
  for (type in c("trace", "weights", "hidden", "samples", "reconstruction",
                 "log_lik", "free_energy")) {
    plot(fit, type)
  }
  plot(ais)
  grDevices::dev.off()
  said <- vapply(list(
    function() harmonium::rbm_fit(x, 4, EPOCHS = 3),
    function() harmonium::rbm_fit(x, 4, LEARNING.RATE = 0.1),
    function() harmonium::rbm_fit(x, 4, learning_rate = -0.5),
    function() harmonium::rbm_fit(x + 0.5, 4),
    function() harmonium::rbm_fit(x, 2.5),
    function() harmonium::rbm_fit(x, 4, epochs = 1e300),
    function() harmonium::rbm_hidden(fit, x[, 12:1]),
    function() harmonium::rbm_log_z(harmonium::rbm(matrix(0, 40, 41)), "exact"),
    function() harmonium::rbm_load(tempfile("none")),
    function() plot(fit, "IMAGES")
  ), function(run) {
    tryCatch(
      {
        run()
        "no error"
      },
      error = function(error) {
        paste(class(error)[1L], sub("file[^ ]*none[^ ]*", "<file>",
                                    conditionMessage(error)))
      }
    )
  }, "")
  list(results = results, printed = printed, said = said)
}
