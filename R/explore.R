# A page to play with a model: inst/explore/explorer.html with the model in it.

#' A page to explore a model
#'
#' Writes one self-contained page on which a model runs: block Gibbs sampling,
#' sweep by sweep, with visible units that can be held by click or by key.
#'
#' The page shows the visible units as they are drawn, as an image or as a table
#' of answers; what is filled in, that is \eqn{p(v | h)} averaged over the
#' sweeps since something was last held; the free energy, sweep by sweep; and
#' the hidden units, those that are on framed, which can be clicked too. Columns
#' of a table with levels have a button for each; numbers can be typed. Of a
#' machine of at most 12 visible units it shows the probability of every state,
#' and the chain that moves among them. Sweeps start at a fixed seed, so that
#' the page does the same each time it is opened.
#'
#' The page needs no network, no server and no R: everything is in the file, and
#' a policy in it forbids the browser to load anything. It can be mailed, put on
#' a site or shown in an `iframe`. Weights are stored in two bytes each, so that
#' probabilities may differ from those of R by some 1e-4; parameters and the
#' cases are readable for whoever has the file. An address such as
#' `page.html#hold=0:1,3:0&sweeps=1000` holds columns (from 0) at levels (from
#' 0), or at numbers, and stops after so many sweeps.
#'
#' @param object A model from [rbm_fit()] or [rbm()], of binary hidden units and
#'   any visible ones.
#' @param file Where to write the page; `NULL`: a temporary file.
#' @param cases Cases to start at, at most 12 rows in any form that [rbm_fit()]
#'   takes, without missing cells; by default six of those that the model keeps,
#'   evenly spread, and none where it keeps none. Row names are shown.
#' @param image_dim `c(rows, columns)` of the image that a case is, pixels row
#'   after row, or `NA` for a table. By default that of the model, else a square
#'   where the visible units have no names and their number allows it, else a
#'   table.
#' @param title The title of the page.
#' @param overwrite Whether a file that is there is written over.
#' @param open Whether to open the page, in the viewer of RStudio where it is a
#'   temporary file, else in the browser.
#' @return The path of the page, invisibly.
#' @section Errors:
#' Of class `harmonium_error`: other kinds of hidden units; a file that exists,
#' unless `overwrite = TRUE`, or cannot be written; more than 2,000,000 weights;
#' cases that are not states of the model.
#' @seealso [plot.rbm()], [rbm_conditional()]
#' @examples
#' set.seed(1)
#' fit <- rbm_fit(digits8$x[1:300, ] > 0.5, hidden = 12, epochs = 10,
#'                image_dim = digits8$image_dim)
#' page <- rbm_explore(object = fit, title = "Digits", open = FALSE)
#' file.size(page)
#' rbm_explore(fit, file = page, cases = digits8$x[301:303, ] > 0.5,
#'             image_dim = c(8, 8), overwrite = TRUE, open = FALSE)
#' unlink(page)
#' @export
rbm_explore <- function(object, file = NULL, cases = NULL, image_dim = NULL,
                        title = "A restricted Boltzmann machine",
                        overwrite = FALSE, open = interactive()) {
  check_given(missing(object), "object", "a model")
  check_model(object)
  columns <- explored_columns(object)
  file <- check_page(file, check_flag(overwrite, "overwrite"))
  open <- check_flag(open, "open")
  check_text(title, "title")
  plain <- all(vapply(columns, is_pixel, NA))
  dim <- if (!plain) {
    if (!is.null(image_dim) && !identical(is.na(image_dim), TRUE)) {
      abort("explore_image", "`image_dim` is for columns of 0 and 1 alone.",
            "Leave it out.")
    }
  } else {
    picture_shape(object, image_dim)$dim
  }
  scale <- max(abs(object$W), .Machine$double.xmin) / 32767
  model <- list(
    title = title, nv = nrow(object$W), nh = ncol(object$W),
    W = list(base64 = without_breaks(jsonlite::base64_enc(writeBin(
      as.integer(round(t(object$W) / scale)), raw(), size = 2L,
      endian = "little"
    ))), scale = scale),
    b = signif(as.vector(object$b), 9), c = signif(as.vector(object$c), 9),
    dim = dim,
    columns = columns, hidden = I(unit_names(object$c)),
    cases = explored_cases(object, cases)
  )
  write_page(model, file)
  if (open) {
    viewer <- getOption("viewer")
    inside <- startsWith(file, normalizePath(tempdir(), "/"))
    if (is.function(viewer) && inside) {
      viewer(file)
    } else {
      utils::browseURL(file)
    }
  }
  invisible(file)
}

without_breaks <- function(text) gsub("[\r\n]", "", text)

most_explored <- 2e6 # weights

# The columns of a model that a page can have, as the page has them.
explored_columns <- function(object) {
  kinds <- layer_columns(object$units[["visible"]], nrow(object$W))
  hidden <- layer_columns(object$units[["hidden"]], ncol(object$W))$kind
  if (!all(hidden == "binary")) {
    abort("explore_units", "A page has binary hidden units.",
          sprintf("This model has %s.", kinds_in_words(object)))
  }
  if (length(object$W) > most_explored) {
    abort("explore_size",
          sprintf("A page of %s weights would have %.0f MB; at most %s go in.",
                  big(length(object$W)), length(object$W) * 8 / 3e6,
                  big(most_explored)))
  }
  names <- unit_names(object$b)
  first <- cumsum(c(0L, kinds$rows))
  extra <- cumsum(c(0L, extras_of(kinds)))
  used <- if (has_columns(object)) which(object$columns$rows > 0L)
  lapply(seq_len(nrow(kinds)), function(i) {
    at <- first[i] + seq_len(kinds$rows[i])
    own <- if (!is.null(used)) object$columns[used[i], ]
    d <- object$d[extra[i] + seq_len(extras_of(kinds[i, ]))]
    c(list(name = if (is.null(own)) names[at[1L]] else own$column),
      if (kinds$rows[i] > 1L) list(rows = kinds$rows[i]),
      explored_values(kinds$kind[i], kinds$size[i], d, own, names[at]))
  })
}

# Whether a column is drawn as a pixel can be.
is_pixel <- function(column) {
  is.null(column$rows) && is.null(column$codes) && is.null(column$kind)
}

# The values of a column of this kind: its levels, with their codes and logs of
# their base measure where they are not plain; or numbers.
explored_values <- function(kind, size, d, own, names) {
  known <- own$levels[[1L]]
  levels <- if (length(known)) {
    as.character(known)
  } else if (kind == "binary") {
    c("0", "1")
  } else if (kind == "categorical") {
    names
  } else {
    as.character(seq_len(size + (kind %in% c("binomial", "count"))) - 1)
  }
  if (kind %in% c("binary", "categorical")) {
    return(if (!identical(levels, c("0", "1"))) list(levels = I(levels)))
  }
  if (kind == "gaussian") {
    return(list(kind = kind, precision = exp(d),
                location = if (is.null(own)) 0 else own$location,
                scale = if (is.null(own)) 1 else own$scale))
  }
  if (kind == "poisson") {
    return(list(kind = kind))
  }
  base <- switch(
    kind, binomial = lchoose(size, 0:size), count = -lfactorial(0:size),
    c(0, d, 0)
  )
  list(levels = I(levels), codes = codes_of_column(kind, size), base = I(base))
}

# Cases to start at, as texts of 0 and 1.
explored_cases <- function(object, cases) {
  given <- !is.null(cases)
  if (!given) {
    if (is.null(object$x)) {
      return(list())
    }
    cases <- object$x
  }
  coded <- as_visible(object, cases, "cases", missing = TRUE)
  if (given && coded$n > 12L) {
    abort("explore_cases", sprintf("`cases` has %s; a page has at most 12.",
                                   counted(coded$n, "row")))
  }
  rows <- if (given) seq_len(coded$n) else spread_rows(coded, NULL, 6L)
  x <- pick_rows(coded, rows)
  whole <- rowSums(is.na(x)) == 0
  bits <- layer_columns(object$units[["visible"]], nrow(object$W))
  bits <- rep(bits$kind == "binary", bits$rows)
  states <- whole & rowSums(!(x == 0 | x == 1)[, bits, drop = FALSE],
                            na.rm = TRUE) == 0
  if (given && !all(states)) {
    abort("explore_states",
          sprintf("`cases` has %s with cells missing or between 0 and 1.",
                  counted(sum(!states), "row")),
          "A page starts at states: leave these rows out.")
  }
  names <- case_names(coded, rows)
  lapply(which(states), function(s) {
    list(name = names[s], v = if (all(x[s, ] %in% 0:1)) {
      paste(as.integer(x[s, ]), collapse = "")
    } else {
      I(as.double(x[s, ]))
    })
  })
}

check_page <- function(file, overwrite) {
  if (is.null(file)) {
    return(tempfile("explorer", fileext = ".html",
                    tmpdir = normalizePath(tempdir(), "/")))
  }
  if (!is.character(file) || length(file) != 1L || is.na(file) ||
        !nzchar(file)) {
    abort("explore_file", sprintf("`file` must be one path, not %s.",
                                  describe(file)))
  }
  if (file.exists(file) && (dir.exists(file) || !overwrite)) {
    abort("explore_exists", sprintf("`%s` is there already.", file),
          if (dir.exists(file)) {
            "It is a folder: give the name of a file in it."
          } else {
            "Use overwrite = TRUE to write over it, or another name."
          })
  }
  if (!dir.exists(dirname(file))) {
    abort("explore_folder", sprintf("There is no folder `%s`.", dirname(file)),
          "Make it by dir.create(), or choose another one.")
  }
  file.path(normalizePath(dirname(file), "/"), basename(file))
}

# Whole or not at all. In the page no text can end the script that it stands in.
write_page <- function(model, file) {
  text <- jsonlite::toJSON(model, auto_unbox = TRUE, digits = NA, null = "null")
  text <- gsub("<", "\\u003c", enc2utf8(as.character(text)), fixed = TRUE)
  page <- readLines(system.file("explore", "explorer.html",
                                package = "harmonium"), encoding = "UTF-8")
  # What only people need is left out.
  page <- gsub("; }", "}", sub("^ +", "", page), fixed = TRUE)
  page <- gsub(" => ", "=>", page[!startsWith(page, "//")], fixed = TRUE)
  at <- which(grepl("@MODEL@", page, fixed = TRUE))
  parts <- strsplit(page[at], "@MODEL@", fixed = TRUE)[[1L]]
  page[at] <- paste0(parts[1L], text, parts[2L])
  beside <- tempfile("page", tmpdir = dirname(file))
  on.exit(unlink(beside))
  written <- tryCatch({
    suppressWarnings(writeLines(page, beside, useBytes = TRUE))
    suppressWarnings(file.rename(beside, file))
  }, error = function(error) FALSE)
  if (!isTRUE(written)) {
    abort("explore_write", sprintf("`%s` could not be written.", file),
          "Is there room, and may you write there?")
  }
}
