# A page to play with a model: inst/explore/explorer.html with the model in it.

#' A page to explore a model
#'
#' Writes one self-contained page on which a model runs: block Gibbs sampling,
#' sweep by sweep, with visible units that can be held by click or by key.
#'
#' The page shows the visible units as they are drawn, as an image or as a table
#' of answers; what is filled in, that is \eqn{p(v | h)} averaged over the
#' sweeps since something was last held; the free energy, sweep by sweep; and
#' the hidden units, those that are on framed, which can be clicked too. Of a
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
#' 0) and stops after so many sweeps.
#'
#' @param object A model from [rbm_fit()] or [rbm()], of binary hidden units and
#'   visible ones that are binary or categorical.
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
#' Of class `harmonium_error`: other kinds of units; a file that exists, unless
#' `overwrite = TRUE`, or cannot be written; more than 2,000,000 weights; cases
#' that are not states of the model.
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
  plain <- all(vapply(columns, function(column) column$rows == 1L, NA))
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
    b = as.vector(object$b), c = as.vector(object$c), dim = dim,
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
  if (!all(kinds$kind %in% c("binary", "categorical")) ||
        !all(hidden == "binary")) {
    abort("explore_units",
          paste("A page has binary and categorical visible units under binary",
                "hidden ones."),
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
  used <- if (has_columns(object)) which(object$columns$rows > 0L)
  lapply(seq_len(nrow(kinds)), function(i) {
    at <- first[i] + seq_len(kinds$rows[i])
    known <- if (!is.null(used)) object$columns$levels[[used[i]]]
    levels <- if (!is.null(known)) {
      as.character(known)
    } else if (kinds$rows[i] == 1L) {
      c("0", "1")
    } else {
      names[at]
    }
    list(name = if (is.null(used)) names[at[1L]] else
           object$columns$column[used[i]],
         first = first[i], rows = kinds$rows[i], levels = I(levels))
  })
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
  states <- whole & rowSums(!(x == 0 | x == 1), na.rm = TRUE) == 0
  if (given && !all(states)) {
    abort("explore_states",
          sprintf("`cases` has %s with cells missing or between 0 and 1.",
                  counted(sum(!states), "row")),
          "A page starts at states: leave these rows out.")
  }
  names <- case_names(coded, rows)
  lapply(which(states), function(s) {
    list(name = names[s], v = paste(as.integer(x[s, ]), collapse = ""))
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
