#' harmonium: restricted Boltzmann machines
#'
#' Fit restricted Boltzmann machines to binary data, look at what they learned,
#' and sample from them. Start with [rbm_fit()] and
#' `vignette("digits", package = "harmonium")`.
#'
#' @keywords internal
#' @importFrom stats coef fitted predict residuals update
#' @useDynLib harmonium, .registration = TRUE
"_PACKAGE"

.onLoad <- function(libname, pkgname) {
  the$pid <- Sys.getpid()
  the$granted <- 1L
  the$hardware <- check_levels(.Call(ffi_hardware)$levels)
}

.onAttach <- function(libname, pkgname) {
  report_levels(the$hardware)
}

.onUnload <- function(libpath) {
  library.dynam.unload("harmonium", libpath)
}
