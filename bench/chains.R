# Plain chains and tempered ones by the settings of a fit of which nothing is
# said, with the rate of before and with the larger one: nats per held-out case
# and seconds, medians over seeds. Data that mix come first, then clusters, then
# what has equal columns. ROUNDS=n sets how many seeds, 3 unless set.
library(harmonium)
for (part in c("common", "sets")) {
  source(file.path("bench", "lib", paste0(part, ".R")))
}

tried <- c("digits8_16", "digits8_64", "rare_groups_more", "ising_36",
           "shifter", "guttman_40", "independent_60", "clusters_4_1%_20",
           "clusters_8_2%_20", "clusters_8_5%_20", "duplicated_60")

# By which chains, at how many times the rate that a fit with settings has.
fit_by <- function(set, estimator, larger, seed) {
  set.seed(seed)
  n <- nrow(set$train)
  args <- list(set$train, set$hidden, estimator = estimator, average = TRUE,
               weight_decay = if (n <= 1000) 1 / n else 0,
               learning_rate = 0.1 * (20 / 100)^0.25 * larger,
               verbose = FALSE, keep_x = FALSE)
  if (estimator == "pt") args$temperatures <- 20
  seconds <- system.time(
    fit <- tryCatch(suppressWarnings(do.call(rbm_fit, args)),
                    harmonium_error_diverged = function(error) NULL)
  )[["elapsed"]]
  rhat <- fit$training$chains$chain_rhat
  c(score = if (is.null(fit)) -Inf else mean(score_rbm(fit, set$test)),
    seconds = seconds, rhat = if (is.null(rhat)) NA else rhat)
}

options(harmonium.threads = 1)
describe_machine()
rows <- lapply(tried, function(name) {
  runs <- lapply(seq_len(count_rounds(3L)), function(seed) {
    set <- make_set(name, seed)
    rate <- min(3, max(1, 3 * sqrt(20 / set$hidden)))
    cbind(plain = fit_by(set, "pcd", 1, seed),
          plain_larger = fit_by(set, "pcd", rate, seed),
          tempered_larger = fit_by(set, "pt", rate, seed))
  })
  middle <- apply(simplify2array(runs), 1:2, stats::median)
  row <- data.frame(set = name, t(round(middle["score", ], 3L)),
                    seconds = t(round(middle["seconds", ], 2L)),
                    rhat = t(round(middle["rhat", ], 2L)))
  print_table(row)
  row
})
write_result(do.call(rbind, rows), "chains")
