# Maximal log-likelihoods beside programs that statisticians trust, each run
# here: latent classes by poLCA, also with missing answers; mixtures of normals
# with one diagonal covariance matrix by mclust; factor analysis by factanal().
# What is not installed is left out.

library(harmonium)

ours <- function(x, hidden, ...) {
  set.seed(1)
  suppressMessages(suppressWarnings(
    as.numeric(logLik(rbm_fit(x, hidden, weight_decay = 0, ...)))
  ))
}

latent_classes <- function(name, columns, classes) {
  folder <- new.env()
  data(list = name, package = "poLCA", envir = folder)
  x <- as.data.frame(folder[[name]])[columns]
  x[] <- lapply(x, function(column) factor(as.integer(factor(column))))
  formula <- as.formula(sprintf("cbind(%s) ~ 1",
                                paste(names(x), collapse = ", ")))
  set.seed(1)
  found <- poLCA::poLCA(formula, x, nclass = classes, na.rm = FALSE, nrep = 10,
                        verbose = FALSE, maxiter = 10000)
  data.frame(what = sprintf("poLCA, %s, %d classes", name, classes),
             theirs = found$llik,
             ours = ours(x, list(categorical = classes), starts = 10))
}

mixture <- function(name, x, parts) {
  found <- mclust::Mclust(x, parts, "EEI", verbose = FALSE)
  data.frame(what = sprintf("mclust EEI, %s, %d parts", name, parts),
             theirs = found$loglik,
             ours = ours(x, list(categorical = parts), starts = 10))
}

factors <- function(name, x, count) {
  found <- factanal(x, count)
  n <- nrow(x)
  sigma <- tcrossprod(found$loadings) + diag(found$uniquenesses)
  spread <- sqrt(colMeans(scale(x, scale = FALSE)^2))
  theirs <- -n / 2 * (ncol(x) * log(2 * pi) +
                        as.numeric(determinant(sigma)$modulus) +
                        sum(diag(solve(sigma, cor(x))))) - n * sum(log(spread))
  data.frame(what = sprintf("factanal, %s, %d factors", name, count),
             theirs = theirs,
             ours = ours(x, list(gaussian = count), starts = 5,
                         units = "gaussian"))
}

found <- list()
if (requireNamespace("poLCA", quietly = TRUE)) {
  found <- c(found, list(latent_classes("values", 1:4, 2),
                         latent_classes("election", 1:12, 3)))
}
if (requireNamespace("mclust", quietly = TRUE)) {
  library(mclust)
  found <- c(found, list(mixture("faithful", faithful, 2),
                         mixture("iris", iris[1:4], 3)))
}
found <- c(found, list(factors("attitude", attitude, 2),
                       factors("mtcars[, 1:7]", mtcars[, 1:7], 2),
                       factors("swiss", swiss, 1)))
table <- do.call(rbind, found)
print(format(table, nsmall = 4, digits = 9), row.names = FALSE)
table$what <- gsub(", ", "; ", table$what)
write.csv(table, "bench/results/others.csv", row.names = FALSE, quote = FALSE)
