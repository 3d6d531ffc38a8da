#' Energy and free energy
#'
#' `rbm_energy()` gives the energy of pairs of visible and hidden states,
#' `rbm_free_energy()` that of visible states with the hidden ones summed out.
#' The lower, the more probable.
#'
#' \deqn{E(v, h) = -b'v - c'h - v'Wh, \qquad
#'   F(v) = -\log \sum_h \exp(-E(v, h)) =
#'   -b'v - \sum_j \mathrm{softplus}(c_j + (W'v)_j),}{E(v, h) = -b'v - c'h -
#'   v'Wh, F(v) = -log sum_h exp(-E(v, h)) = -b'v - sum_j softplus(c_j +
#' (W'v)_j),} with \eqn{\mathrm{softplus}(a) = \log(1 + \exp(a))}{softplus(a) =
#' log(1 + exp(a))}. Then \eqn{p(v, h) = \exp(-E(v, h)) / Z}{p(v, h) = exp(-E(v,
#' h)) / Z} and \eqn{p(v) = \exp(-F(v)) / Z}{p(v) = exp(-F(v)) / Z};
#' [rbm_log_z()] gives \eqn{\log Z}{log Z}. Differences of free energies are log
#' ratios of probabilities, for which no \eqn{Z} is needed.
#'
#' @param object A model from [rbm()] or [rbm_fit()].
#' @param v Visible states, a case a row, each 0 or 1, in any form that
#'   [rbm_fit()] takes; for `rbm_free_energy()` also with missing cells, which
#'   are summed out.
#' @param h Hidden states, likewise; as many rows as `v`.
#' @return A vector with a number for each row, in nats, named as the rows of
#'   `v`.
#' @section Errors:
#' Of class `harmonium_error`: states other than 0 and 1, which have no
#' probability under the model; wrong shapes; different numbers of rows.
#' @source Smolensky (1986); Freund and Haussler (1994), see [rbm()] and
#'   [rbm_hidden()].
#' @seealso [rbm_log_z()], [logLik.rbm()]
#' @examples
#' machine <- rbm(W = cbind(c(2, 2, -2), c(-1, 0, 1)), b = c(0, 0, 1))
#' v <- rbind(c(1, 1, 0), c(0, 0, 1))
#' rbm_energy(object = machine, v = v, h = rbind(c(1, 0), c(1, 1)))
#' rbm_free_energy(object = machine, v = v)
#' @export
rbm_energy <- function(object, v, h) {
  check_given(missing(object), "object", "a model")
  check_given(missing(v), "v", "visible states, a case a row")
  check_given(missing(h), "h", "hidden states, a case a row")
  check_model(object)
  v <- as_states(object, v, "v")
  h <- if (is_general(object)) {
    as_hidden(object, h, "h")
  } else {
    as_binary_cases(h, "h", object$c)
  }
  if (v$n != h$n) {
    abort(
      "pairs",
      sprintf("`v` has %s and `h` has %s: an energy is that of a pair.",
              counted(v$n, "row"), counted(h$n, "row"))
    )
  }
  stats::setNames(
    .Call(ffi_energy, unclass(object), v, h, resolve_hardware()),
    v$dimnames[[1L]]
  )
}

#' @rdname rbm_energy
#' @export
rbm_free_energy <- function(object, v) {
  check_given(missing(object), "object", "a model")
  check_given(missing(v), "v", "visible states, a case a row")
  check_model(object)
  free_energy(object, as_states(object, v, "v", missing = TRUE))
}

free_energy <- function(object, cases) {
  energy <- if (is_table(cases)) {
    table_free_energy(object, cases)
  } else {
    with_progress("Free energies", cases$n, .Call(
      ffi_free_energy, unclass(object), cases, resolve_hardware()
    ))
  }
  stats::setNames(energy, cases$dimnames[[1L]])
}

# Cases of a model that have a probability.
as_states <- function(object, x, name, missing = FALSE) {
  if (has_columns(object) || is_general(object) ||
        (missing && has_missing(x))) {
    return(as_visible(object, x, name, missing))
  }
  as_binary_cases(x, name, object$b, sizes_of(object))
}

# Cases that have a probability: intensities have none under binary units.
as_binary_cases <- function(x, name, bias, size = NULL) {
  cases <- as_cases(x, name, bias, size = size)
  if (!are_states(cases)) {
    between <- cases$reals > 0 & cases$reals < 1
    abort(
      "not_binary",
      sprintf(paste("`%s` has %s between 0 and 1; a probability is that of",
                    "states, each 0 or 1."), name,
              counted(sum(between), "value")),
      sprintf("Cut in two, %s > 0.5, or draw states from the intensities.",
              name)
    )
  }
  cases
}
