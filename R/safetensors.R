# Arrays and strings in one run of bytes, in the format safetensors
# (<https://github.com/huggingface/safetensors>):
#
#   8 bytes   the length of the header, little-endian
#   header    JSON: {"__metadata__": {<name>: <string>, ...},
#               <tensor>: {"dtype": "F64", "shape": [64, 8],
#                          "data_offsets": [0, 4096]}, ...}
#   data      of all tensors, little-endian, matrices by rows
#
# The first entry of the metadata is a checksum, 64-bit FNV-1a, of all bytes,
# its own 16 digits being zeros.

# Types and how many bytes an element has; each is read as this type of R.
dtypes <- data.frame(
  size = c(8L, 4L, 1L, 1L), type = c("double", "integer", "logical", "raw"),
  row.names = c("F64", "I32", "BOOL", "U8")
)

opening <- "{\"__metadata__\":{\"checksum\":\""
zeros <- strrep("0", 16L)

# As long as other readers of the format take.
most_header <- 1e8

# Deeper JSON than any model needs, and that C and R read without leaving their
# stack.
most_depth <- 256L

# 16 digits for raw, integer and real vectors, one after the other.
checksum <- function(...) .Call(ffi_checksum, list(...))

# What is no file of this format, or no model, whoever asks puts it in context.
unfit <- function(fault) abort("unfit", fault)

# Writing ----------------------------------------------------------------------

# `tensors` is a named list of vectors, matrices and arrays without other
# attributes; `metadata` a named character vector.
write_safetensors <- function(tensors, metadata) {
  dtype <- row.names(dtypes)[match(vapply(tensors, typeof, ""), dtypes$type)]
  size <- lengths(tensors) * dtypes[dtype, "size"]
  # The widest first, so that each begins at a multiple of its size.
  order <- order(-dtypes[dtype, "size"])
  end <- numeric(length(tensors))
  end[order] <- cumsum(as.double(size[order]))
  shape <- vapply(tensors, function(value) {
    paste(if (is.null(dim(value))) length(value) else dim(value),
          collapse = ",")
  }, "")
  entries <- sprintf(
    "%s:{\"dtype\":\"%s\",\"shape\":[%s],\"data_offsets\":[%.0f,%.0f]}",
    json_strings(names(tensors)), dtype, shape, end - size, end
  )
  metadata <- c(checksum = zeros, metadata)
  strings <- paste0(json_strings(names(metadata)), ":", json_strings(metadata))
  metadata <- sprintf("\"__metadata__\":{%s}", paste(strings, collapse = ","))
  seal(
    sprintf("{%s}", paste(c(metadata, entries[order]), collapse = ",")),
    do.call(c, c(list(raw()), lapply(unname(tensors[order]), to_bytes)))
  )
}

# The bytes of a file with this header, as in `opening`, and these data.
seal <- function(header, data) {
  header <- charToRaw(enc2utf8(header))
  header <- c(header, charToRaw(strrep(" ", -length(header) %% 8)))
  if (length(header) > most_header) {
    unfit("its names and strings take more than 100 MB")
  }
  size <- as.raw(length(header) %/% 256^(0:7) %% 256)
  at <- nchar(opening) + seq_len(nchar(zeros))
  header[at] <- charToRaw(checksum(size, header, data))
  c(size, header, data)
}

json_strings <- function(text) {
  text <- enc2utf8(as.character(text))
  easy <- !grepl("[\"\\\\[:cntrl:]]", text)
  text[easy] <- paste0("\"", text[easy], "\"")
  text[!easy] <- vapply(text[!easy], function(one) {
    as.character(jsonlite::toJSON(one, auto_unbox = TRUE))
  }, "", USE.NAMES = FALSE)
  text
}

to_bytes <- function(value) {
  if (!is.null(dim(value))) {
    value <- if (length(dim(value)) == 2L) t(value) else aperm(value)
  }
  if (is.raw(value) || is.logical(value)) {
    return(as.raw(value))
  }
  do.call(c, c(list(raw()), lapply(pieces(length(value)), function(piece) {
    Sys.sleep(0)
    writeBin(if (length(piece) == length(value)) as.vector(value) else
               value[piece], raw(), endian = "little")
  })))
}

# 1 to n, in runs between which R can be interrupted.
pieces <- function(n, most = 2^22) {
  lapply(seq_len(ceiling(n / most)), function(i) {
    seq((i - 1) * most + 1, min(n, i * most))
  })
}

# Reading ----------------------------------------------------------------------

# The header, and where the data begin; errors of `file` where it is damaged or
# foreign.
unseal <- function(bytes, file) {
  front <- bytes[seq_len(min(length(bytes), 8 + nchar(opening)))]
  check_own_file(front, file)
  own <- charToRaw(opening)
  start <- front[-(1:8)]
  if (!identical(start, own[seq_along(start)]) ||
        (length(start) == 0L && is_rds(front))) {
    abort(
      "load_foreign",
      sprintf("\"%s\" is not from rbm_save(), or its beginning is damaged.",
              file),
      if (is_rds(front)) "It may be from saveRDS(): use readRDS().",
      if (is_safetensors(front)) {
        "It may be a safetensors file of another program."
      }
    )
  }
  size <- if (length(front) >= 8L) sum(as.integer(front[1:8]) * 256^(0:7))
  if (length(start) < length(own) || 8 + size > length(bytes)) {
    abort_broken(file, "It ends within its header.")
  }
  at <- 8L + nchar(opening) + seq_len(nchar(zeros))
  stated <- rawToChar(replace(bytes[at], bytes[at] == 0, as.raw(63L)))
  plain <- bytes
  plain[at] <- charToRaw(zeros)
  if (checksum(plain) != stated) {
    abort_broken(file, "Its content does not have the checksum it should have.")
  }
  list(header = plain[8 + seq_len(size)], from = 8 + size)
}

is_safetensors <- function(front) {
  length(front) > 9L && front[9L] == as.raw(0x7b) &&
    all(front[6:8] == as.raw(0L))
}

# Files of before there was this format.
check_own_file <- function(front, file) {
  old <- charToRaw("harmonium model, format ")
  if (identical(front[seq_along(old)], old)) {
    abort_old(file, rawToChar(front[length(old) + 1L]))
  }
}

abort_old <- function(file, format) {
  abort(
    "load_old",
    sprintf(paste("\"%s\" was written by a development version of harmonium",
                  "0.1.0, in its format %s."), file, format),
    "This version does not read it. Fit the model again, with rbm_fit()."
  )
}

# Whether a file begins as one of saveRDS().
is_rds <- function(front) {
  begins <- list(c(0x1f, 0x8b), c(0x58, 0x0a), c(0x42, 0x5a), c(0xfd, 0x37))
  list(as.integer(utils::head(front, 2L))) %in% lapply(begins, as.integer)
}

# A list from JSON: objects are named lists, arrays are lists. An ordinary error
# tells what is wrong.
parse_json <- function(text) {
  # Without strings, brackets are all that opens and closes.
  bare <- gsub("\\\\[\\\\\"]", "", text, perl = TRUE, useBytes = TRUE)
  bare <- gsub("\"[^\"]*+\"", "", bare, perl = TRUE, useBytes = TRUE)
  byte <- as.integer(charToRaw(bare))
  depth <- cumsum(byte %in% c(0x5b, 0x7b)) - cumsum(byte %in% c(0x5d, 0x7d))
  if (any(depth > most_depth)) {
    unfit("its JSON is nested too deeply")
  }
  jsonlite::parse_json(text, simplifyVector = FALSE)
}

# `metadata`, a list of strings, and `tensors`, a table of where they are: all
# that the header says is checked against the `room` bytes of data that there
# are before anything of a size that it claims is made.
read_table <- function(header, room) {
  if (any(header == as.raw(0L))) {
    unfit("its header has a zero byte")
  }
  header <- rawToChar(header)
  Encoding(header) <- "UTF-8"
  if (!validUTF8(header)) {
    unfit("its header is not UTF-8")
  }
  header <- parse_json(header)
  check_object(header, "header")
  metadata <- header$`__metadata__`
  check_object(metadata, "metadata")
  if (!all(vapply(metadata, is_string, NA))) {
    unfit("its metadata are not all strings")
  }
  entries <- header[names(header) != "__metadata__"]
  table <- list(
    name = names(entries),
    dtype = vapply(entries, entry_of, "", "dtype", is_string,
                   USE.NAMES = FALSE),
    shape = lapply(unname(entries), entry_of, "shape", is_counts),
    offsets = lapply(unname(entries), entry_of, "data_offsets", is_counts)
  )
  check_offsets(table, room)
  list(metadata = metadata, tensors = table)
}

# One part of an entry of the header, its numbers as a vector.
entry_of <- function(entry, part, test) {
  check_object(entry, "entry of a tensor")
  parts <- c("dtype", "shape", "data_offsets")
  if (!setequal(names(entry), parts) || !test(entry[[part]])) {
    unfit(sprintf("a tensor has no sound %s", part))
  }
  value <- entry[[part]]
  if (is.list(value)) as.double(unlist(value)) else value
}

check_object <- function(value, what) {
  if (!is.list(value) || is.null(names(value)) || anyDuplicated(names(value))) {
    unfit(sprintf("its %s is not a JSON object, or has a name twice", what))
  }
}

is_string <- function(value) is.character(value) && length(value) == 1L

# Whole numbers from 0, in a JSON array without names.
is_counts <- function(value) {
  is.list(value) && is.null(names(value)) && length(value) <= 64L &&
    all(vapply(value, function(count) {
      is.numeric(count) && is.finite(count) && count >= 0 &&
        count == round(count) && count <= 2^53
    }, NA))
}

# The data of tensors follow each other without holes, to the end.
check_offsets <- function(table, room) {
  if (!all(table$dtype %in% row.names(dtypes))) {
    unfit("a tensor is of another type than F64, I32, U8 and BOOL")
  }
  if (!all(lengths(table$offsets) == 2L)) {
    unfit("a tensor's offsets are not two")
  }
  if (any(unlist(table$shape) > .Machine$integer.max)) {
    unfit("a tensor is larger than R's matrices can be")
  }
  begin <- vapply(table$offsets, `[`, 0, 1L)
  end <- vapply(table$offsets, `[`, 0, 2L)
  size <- vapply(table$shape, prod, 0) * dtypes[table$dtype, "size"]
  if (!isTRUE(all(end - begin == size))) {
    unfit("a tensor's shape and offsets do not agree")
  }
  order <- order(begin, end)
  if (!identical(c(0, end[order]), c(begin[order], as.double(room)))) {
    unfit("its tensors overlap, leave a hole or do not end with the data")
  }
}

# The tensors of a table, named, from all bytes of a file.
read_tensors <- function(table, bytes, from) {
  connection <- rawConnection(bytes)
  on.exit(close(connection))
  seek_to(connection, from)
  tensors <- stats::setNames(vector("list", length(table$name)), table$name)
  begin <- vapply(table$offsets, `[`, 0, 1L)
  end <- vapply(table$offsets, `[`, 0, 2L)
  for (i in order(begin, end)) {
    tensors[[i]] <- from_bytes(connection, table$dtype[i], table$shape[[i]])
  }
  tensors
}

seek_to <- function(connection, place) {
  for (piece in pieces(place)) {
    readBin(connection, "raw", length(piece))
  }
}

from_bytes <- function(connection, dtype, shape) {
  what <- if (dtype == "BOOL") "raw" else dtypes[dtype, "type"]
  parts <- lapply(pieces(prod(shape)), function(piece) {
    Sys.sleep(0)
    readBin(connection, what, length(piece), endian = "little")
  })
  value <- if (length(parts) == 1L) parts[[1L]] else
    do.call(c, c(list(vector(what)), parts))
  if (dtype == "BOOL") {
    if (any(value > as.raw(1L))) {
      unfit("a tensor of type BOOL has other bytes than 0 and 1")
    }
    value <- as.logical(value)
  }
  if (length(shape) == 2L) {
    matrix(value, shape[1L], shape[2L], byrow = TRUE)
  } else if (length(shape) > 2L) {
    aperm(array(value, rev(shape)))
  } else {
    value
  }
}
