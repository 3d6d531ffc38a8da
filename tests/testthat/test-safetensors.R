# The format of files: what is written is read, and headers that lie are refused
# before anything of a size that they claim is made.

small_file <- function() {
  harmonium:::model_to_bytes(rbm(matrix(1:6 / 7, 2), c(1, 2), c(0, 1, 2)))
}

read_file <- function(bytes) harmonium:::read_content(bytes, "m.rbm")

# The file with this header, or these data, and the right checksum.
resealed <- function(bytes, header = identity, data = identity) {
  sealed <- harmonium:::unseal(bytes, "m.rbm")
  harmonium:::seal(header(rawToChar(sealed$header)),
                   data(bytes[-seq_len(sealed$from)]))
}

round_trip <- function(tensors, metadata = c(note = "a")) {
  bytes <- harmonium:::write_safetensors(tensors, metadata)
  sealed <- harmonium:::unseal(bytes, "m.rbm")
  found <- harmonium:::read_table(sealed$header, length(bytes) - sealed$from)
  list(metadata = unlist(found$metadata)[-1L],
       tensors = harmonium:::read_tensors(found$tensors, bytes, sealed$from),
       table = found$tensors, bytes = bytes, from = sealed$from)
}

test_that("arrays and strings come back as they were", {
  set.seed(701)
  tensors <- list(
    W = matrix(rnorm(6), 2), n = 1:3, on = c(TRUE, FALSE), bytes = as.raw(0:9),
    none = numeric(), flat = matrix(0, 0, 3), cube = array(1:24, 2:4),
    odd = c(-0, NA, NaN, Inf, -Inf, 5e-324), no = c(NA, -2147483647L)
  )
  metadata <- c(a = "\u00e9 \"\\\n\t\u0001</a>", b = "", `c d` = "[{")
  back <- round_trip(tensors, metadata)
  expect_identical(back$metadata, metadata)
  expect_true(identical(back$tensors[names(tensors)], tensors, num.eq = FALSE))
  expect_identical(back$from %% 8, 0)
  begin <- vapply(back$table$offsets, `[`, 0, 1L)
  size <- harmonium:::dtypes[back$table$dtype, "size"]
  expect_identical(begin %% size, 0 * begin)
  expect_identical(round_trip(list())$tensors,
                   stats::setNames(list(), character()))
  # Data of more than a piece.
  expect_identical(lapply(harmonium:::pieces(10, 4), range),
                   list(c(1L, 4L), c(5L, 8L), 9:10))
  expect_identical(harmonium:::pieces(0), list())
})

test_that("matrices are written by rows, little-endian", {
  bytes <- round_trip(list(a = matrix(c(1, 2, 3, 4), 2)))$bytes
  expect_identical(utils::tail(bytes, 32L),
                   writeBin(c(1, 3, 2, 4), raw(), endian = "little"))
  size <- sum(as.integer(bytes[1:8]) * 256^(0:7))
  expect_identical(length(bytes), as.integer(8 + size + 32))
  header <- jsonlite::fromJSON(rawToChar(bytes[8 + seq_len(size)]))
  expect_identical(header$a, list(dtype = "F64", shape = c(2L, 2L),
                                  data_offsets = c(0L, 32L)))
  expect_identical(header$`__metadata__`$note, "a")
})

test_that("headers that lie are refused", {
  bytes <- small_file()
  expect_s3_class(read_file(resealed(bytes)), "rbm")
  swap <- function(from, to) {
    function(text) {
      stopifnot(grepl(from, text, fixed = TRUE))
      sub(from, to, text, fixed = TRUE, useBytes = TRUE)
    }
  }
  deep <- paste0(strrep("[", 1e5), strrep("]", 1e5))
  shape <- "\"shape\":[2,3]"
  offsets <- "\"data_offsets\":[0,48]"
  dtype <- "\"dtype\":\"F64\",\"shape\":[2,3]"
  next_one <- "\"data_offsets\":[48,64]"
  lies <- list(
    c(shape, "\"shape\":[3,3]"), c(shape, "\"shape\":[2,-3]"),
    c(shape, "\"shape\":[2,3.5]"), c(shape, "\"shape\":[2e9,2e9]"),
    c(shape, "\"shape\":[9223372036854775807,9223372036854775807]"),
    c(shape, "\"shape\":[1e400]"), c(shape, "\"shape\":[]"),
    c(shape, "\"shape\":6"), c(shape, "\"shape\":[2,[3]]"),
    c(shape, "\"shape\":[2,\"3\"]"), c(shape, "\"shape\":[2,null]"),
    c(shape, "\"shape\":{\"a\":2,\"b\":3}"), c(shape, "\"shape\":null"),
    c(shape, paste0("\"shape\":", deep)),
    c(shape, sprintf("\"shape\":[%s0]", strrep("2147483647,", 70))),
    c(shape, sprintf("\"shape\":[%s0]", strrep("2147483647,", 50))),
    c(offsets, "\"data_offsets\":[0,56]"),
    c(offsets, "\"data_offsets\":[-8,40]"),
    c(offsets, "\"data_offsets\":[8,56]"),
    c(offsets, "\"data_offsets\":[48,0]"), c(offsets, "\"data_offsets\":[0]"),
    c(offsets, "\"data_offsets\":[0,1e18]"),
    c(offsets, "\"data_offsets\":[0,24,48]"),
    c(offsets, "\"data_offsets\":[0,\"48\"]"),
    # Two that overlap, a hole, and one that begins beyond the end.
    c(next_one, "\"data_offsets\":[40,56]"),
    c(next_one, "\"data_offsets\":[56,72]"),
    c(next_one, "\"data_offsets\":[4800,4816]"),
    c(dtype, "\"dtype\":\"F32\",\"shape\":[2,6]"),
    c(dtype, "\"dtype\":\"f64\",\"shape\":[2,3]"),
    c(dtype, "\"dtype\":1,\"shape\":[2,3]"),
    c(dtype, "\"dtype\":[\"F64\"],\"shape\":[2,3]"),
    c(dtype, "\"dtype\":\"BOOL\",\"shape\":[6,8]"),
    c(dtype, "\"shape\":[2,3]"),
    c(dtype, "\"dtype\":\"F64\",\"dtype\":\"F64\",\"shape\":[2,3]"),
    c(dtype, "\"dtype\":\"F64\",\"odd\":1,\"shape\":[2,3]"),
    c("\"W\":{", "\"b\":{"), c("\"W\":{", "\"V\":{"), c("\"W\":{", "\"W\":[{"),
    c("\"W\":{", "\"V\":1,\"W\":{"), c("\"W\":{", "W:{"),
    c("\"W\":{", paste0("\"V\":", deep, ",\"W\":{")),
    c("\"W\":{", paste0("\"V\":{\"dtype\":\"U8\",\"shape\":[0],",
                        "\"data_offsets\":[0,0]},\"W\":{")),
    c("\"format\":\"6\"", "\"format\":6"),
    c("\"format\":\"6\"", "\"format\":{}"),
    c("\"format\":\"6\"", "\"format\":\"6\",\"format\":\"6\""),
    c("\"format\":\"6\",", ""), c("\"format\":\"6\"", "\"format\":\"-3\""),
    c("\"format\":\"6\"", "\"format\":\"6\xff\""),
    c("\"model\":", "\"models\":")
  )
  # How many megabytes each takes, with what R has not collected from it.
  taken <- vapply(lies, function(lie) {
    made <- resealed(bytes, swap(lie[1L], lie[2L]))
    before <- sum(gc(reset = TRUE)[, 6L])
    refused(read_file(made), "load_content")
    sum(gc()[, 6L]) - before
  }, 0)
  expect_lt(max(taken), 100)
  for (change in list(
    function(text) paste0(text, "}"), function(text) paste(text, "x"),
    function(text) sub("}+ *$", "", text)
  )) {
    refused(read_file(resealed(bytes, change)), "load_content")
  }
  # Data that are too short or too long for what the header says.
  refused(read_file(resealed(bytes, data = function(x) x[-1L])),
          "load_content")
  refused(read_file(resealed(bytes, data = function(x) c(x, as.raw(0L)))),
          "load_content")
  # A zero byte.
  sealed <- harmonium:::unseal(bytes, "m.rbm")
  expect_match(refused(harmonium:::read_table(c(sealed$header, as.raw(0L)),
                                              88), "unfit"), "zero byte")
})

test_that("lies in the description of the model are refused", {
  bytes <- small_file()
  old <- "{\\\"$tensor\\\":\\\"W\\\"}"
  lies <- c(
    "null", "1", "[]", "[1]", "{}", "{\\\"$tensor\\\":\\\"V\\\"}",
    "{\\\"$tensor\\\":1}",
    "{\\\"$tensor\\\":\\\"W\\\",\\\"$type\\\":\\\"double\\\"}",
    "{\\\"$odd\\\":1}", "{\\\"$call\\\":[]}", "{\\\"$call\\\":{}}",
    "{\\\"$symbol\\\":1}",
    "{\\\"$symbol\\\":[]}", "{\\\"$double\\\":\\\"1\\\"}",
    "{\\\"$S4\\\":\\\"dgCMatrix\\\",\\\"slots\\\":{}}",
    "{\\\"$function\\\":{}}", "{\\\"a\\\":1,\\\"a\\\":2}",
    paste0("{\\\"$value\\\":{\\\"$tensor\\\":\\\"W\\\"},",
           c("\\\"$attributes\\\":[]}", "\\\"$attributes\\\":{}}}",
             "\\\"$attributes\\\":{\\\"dim\\\":7}}",
             "\\\"$attributes\\\":{\\\"names\\\":[\\\"a\\\"],\\\"dim\\\":6}}",
             "\\\"$attributes\\\":{\\\"class\\\":\\\"factor\\\"}}",
             "\\\"$attributes\\\":{\\\"class\\\":\\\"data.frame\\\"}}",
             "\\\"$attributes\\\":{\\\"dimnames\\\":[\\\"a\\\"]}}")),
    strrep("[", 1e5)
  )
  for (lie in lies) {
    made <- resealed(bytes, function(text) {
      stopifnot(grepl(old, text, fixed = TRUE))
      sub(old, lie, text, fixed = TRUE)
    })
    refused(read_file(made), "load_content")
  }
})

test_that("a header of 100 MB is not written", {
  expect_error(
    harmonium:::write_safetensors(list(), c(model = strrep("a", 1e8))),
    "100 MB"
  )
})
