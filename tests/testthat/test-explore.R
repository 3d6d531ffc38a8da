# The page to explore a model, in a browser where there is one.

web_browser <- function() {
  found <- Sys.which(c("chromium", "chromium-browser", "google-chrome"))
  found[nzchar(found)][1L]
}

# What a page reports at an address, after code that stands at its end; with
# what the browser's console said.
visit <- function(page, at, code = NULL) {
  if (!is.null(code)) {
    text <- c(readLines(page), "<script>", code, "</script>")
    page <- tempfile(fileext = ".html")
    writeLines(text, page)
  }
  err <- tempfile()
  home <- tempfile("home")
  dir.create(home)
  out <- suppressWarnings(system2(
    web_browser(),
    c("--headless", "--no-sandbox", "--disable-gpu", "--enable-logging=stderr",
      "--disable-dev-shm-usage", paste0("--user-data-dir=", home),
      "--dump-dom", shQuote(paste0("file://", page, "#", at))),
    stdout = TRUE, stderr = err, timeout = 120
  ))
  out <- paste(out, collapse = "\n")
  inside <- "(?<=id=\"report\" hidden=\"\">).*?(?=</pre>)"
  found <- regmatches(out, regexpr(inside, out, perl = TRUE))
  for (mark in c("<", ">", "&")) {
    word <- switch(mark, "<" = "&lt;", ">" = "&gt;", "&amp;")
    found <- gsub(word, mark, found, fixed = TRUE)
  }
  list(report = jsonlite::fromJSON(found), dom = out,
       console = grep("CONSOLE", readLines(err), value = TRUE))
}

small_machine <- function() {
  set.seed(1)
  rbm(matrix(rnorm(15), 5, dimnames = list(letters[1:5], NULL)),
      b = rnorm(5, sd = 0.5), c = rnorm(3))
}

named_table <- function() {
  set.seed(2)
  x <- data.frame(a = factor(sample(c("u", "v", "w"), 300, TRUE)))
  x$b <- factor(ifelse(runif(300) < ifelse(x$a == "u", 0.9, 0.2), "yes", "no"))
  x$d <- runif(300) < ifelse(x$b == "yes", 0.8, 0.3)
  names(x)[3] <- "</script><script>document.title = 'wrong'</script>"
  suppressMessages(rbm_fit(x, 2, starts = 1, weight_decay = 0.001))
}

test_that("a page is whole, escaped and asks for nothing", {
  page <- tempfile(fileext = ".html")
  expect_identical(basename(rbm_explore(named_table(), page, open = FALSE)),
                   basename(page))
  text <- paste(readLines(page), collapse = "\n")
  expect_no_match(text, "https?:|src=|href=|@import|url\\(")
  expect_match(text, "default-src 'none'", fixed = TRUE)
  expect_no_match(text, "@MODEL@", fixed = TRUE)
  expect_identical(lengths(regmatches(text, gregexpr("</script>", text))), 2L)
  model <- regmatches(text, regexpr("(?<=id=\"model\">).*?(?=</script>)", text,
                                    perl = TRUE))
  model <- jsonlite::fromJSON(model, simplifyDataFrame = FALSE)
  fit <- named_table()
  W <- readBin(jsonlite::base64_dec(model$W$base64), "integer", 10, 2L,
               endian = "little") * model$W$scale
  expect_lt(max(abs(matrix(W, 5, byrow = TRUE) - unname(fit$W))),
            max(abs(fit$W)) / 65000)
  expect_equal(model$b, unname(fit$b))
  expect_identical(vapply(model$columns, `[[`, "", "name"), names(fit$x))
  expect_identical(model$columns[[1]]$levels, c("u", "v", "w"))
  expect_length(model$cases, 6L)
  digits <- rbm_fit(digits8$x[1:50, ] > 0.5, 4, epochs = 1,
                    image_dim = c(8, 8))
  shown <- rbm_explore(digits, open = FALSE)
  expect_lt(file.size(shown), 22000)
  expect_true(startsWith(shown, normalizePath(tempdir(), "/")))
})

test_that("the viewer is called for a temporary page", {
  called <- NULL
  old <- options(viewer = function(url) called <<- url)
  on.exit(options(old))
  page <- rbm_explore(small_machine(), open = TRUE)
  expect_identical(called, page)
})

test_that("sweeps on a page have the law of the model", {
  skip_on_cran()
  skip_if(is.na(web_browser()), "no browser here")
  model <- small_machine()
  page <- rbm_explore(model, open = FALSE)
  none <- visit(page, "sweeps=0")
  expect_length(none$console, 0L)
  some <- visit(page, "sweeps=7")
  expect_false(identical(none$report$v, some$report$v))
  expect_identical(visit(page, "sweeps=7")$report, some$report)
  many <- visit(page, "sweeps=40000&hold=0:1,3:0")$report
  expect_identical(many$v[c(1, 4)], c(1L, 0L))
  expect_identical(many$held, c(1L, -1L, -1L, 0L, -1L))
  exact <- rbm_conditional(model, given = c(a = 1, d = 0))
  # Monte Carlo errors are below 0.005 with some 10,000 effective sweeps.
  expect_lt(max(abs(many$mean - unname(drop(exact)))), 0.02)
  v <- unname(as.matrix(expand.grid(rep(list(0:1), 5))))
  law <- exp(-rbm_free_energy(model, v))
  expect_equal(sort(many$law), sort(unname(law / sum(law))), tolerance = 1e-3)
  hot <- visit(page, "sweeps=1&temperature=2")$report$law
  warm <- rbm(model$W / 2, model$b / 2, model$c / 2)
  law <- exp(-rbm_free_energy(warm, v))
  expect_equal(sort(hot), sort(unname(law / sum(law))), tolerance = 1e-3)
  expect_equal(some$report$F,
               unname(rbm_free_energy(model, matrix(some$report$v, 1))),
               tolerance = 1e-3)
})

test_that("answers of a table can be held by click", {
  skip_on_cran()
  skip_if(is.na(web_browser()), "no browser here")
  fit <- named_table()
  page <- rbm_explore(fit, open = FALSE, title = "<i>Mine")
  seen <- visit(page, "sweeps=0", paste(
    "document.querySelectorAll('#table button')[1].click();",
    "for (let t = 0; t < 30050; t++) sweep(); draw();",
    "$('report').textContent = JSON.stringify({mean: [...mean],",
    "held: [...held], title: document.title,",
    "pressed: document.querySelectorAll('#table [aria-pressed=true]').length,",
    "heads: [...document.querySelectorAll('th')].map(x => x.textContent)});"
  ))
  expect_length(seen$console, 0L)
  expect_identical(seen$report$held, c(1L, -1L, -1L))
  expect_identical(seen$report$pressed, 1L)
  expect_identical(seen$report$title, "<i>Mine")
  expect_identical(seen$report$heads, names(fit$x))
  exact <- rbm_conditional(fit, given = data.frame(a = "v"))
  expect_lt(max(abs(seen$report$mean - unname(drop(exact)))), 0.03)
})

test_that("pixels are held by key, hidden units flipped by click", {
  skip_on_cran()
  skip_if(is.na(web_browser()), "no browser here")
  set.seed(3)
  fit <- rbm_fit(digits8$x[1:200, ] > 0.5, 6, epochs = 5, image_dim = c(8, 8))
  page <- rbm_explore(fit, open = FALSE)
  seen <- visit(page, "sweeps=3", paste(
    "const key = k => $('state').dispatchEvent(",
    "  new KeyboardEvent('keydown', {key: k}));",
    "$('state').focus(); key('ArrowDown'); key('ArrowRight'); key(' ');",
    "const before = [...h]; tiles[2].click();",
    "$('report').textContent = JSON.stringify({held: [...held], v: v[9],",
    "before: before[2], after: h[2], starts:",
    "document.querySelectorAll('#starts button').length, units:",
    "document.querySelectorAll('#units button[aria-label]').length});"
  ))
  expect_length(seen$console, 0L)
  expect_identical(which(seen$report$held >= 0), 10L)
  expect_identical(seen$report$v, 1L)
  expect_identical(seen$report$after, 1L - seen$report$before)
  expect_identical(seen$report$starts, 6L)
  expect_identical(seen$report$units, 6L)
})

test_that("pages that cannot be are refused", {
  model <- small_machine()
  page <- tempfile(fileext = ".html")
  rbm_explore(model, page, open = FALSE)
  refused <- function(code, id) {
    expect_error(code, class = paste0("harmonium_error_", id))
  }
  refused(rbm_explore(model, page, open = FALSE), "explore_exists")
  expect_silent(rbm_explore(model, page, overwrite = TRUE, open = FALSE))
  refused(rbm_explore(model, tempdir(), open = FALSE), "explore_exists")
  refused(rbm_explore(model, 3, open = FALSE), "explore_file")
  refused(rbm_explore(model, file.path(tempdir(), "none", "a.html")),
          "explore_folder")
  refused(rbm_explore(model, title = NA, open = FALSE), "text")
  refused(rbm_explore(), "absent")
  real <- rbm(matrix(0.1, 2, 1), units = "gaussian", d = c(0, 0),
              hidden = list(gaussian = 1))
  refused(rbm_explore(real, open = FALSE), "explore_units")
  refused(rbm_explore(rbm(matrix(0, 2001, 1000)), open = FALSE), "explore_size")
  refused(rbm_explore(model, cases = matrix(0, 13, 5), open = FALSE),
          "explore_cases")
  refused(rbm_explore(model, cases = matrix(c(NA, 0, 0, 0, 0), 1),
                      open = FALSE), "explore_states")
  fit <- named_table()
  refused(rbm_explore(fit, image_dim = c(5, 1), open = FALSE), "explore_image")
  refused(write_page(list(), file.path(tempdir(), "no", "page.html")),
          "explore_write")
})

# A table with a column of each kind, and its fit.
every_kind <- function() {
  set.seed(4)
  u <- rnorm(200)
  x <- data.frame(
    grade = factor(cut(u, c(-9, -0.5, 0.5, 9), labels = FALSE), ordered = TRUE),
    mood = factor(pmin(5, pmax(1, round(3 + u))), ordered = TRUE),
    visits = rpois(200, exp(0.4 * u)), score = rbinom(200, 15, plogis(u)),
    calls = pmin(4, rpois(200, exp(-u / 2))), size = 10 + 3 * u + rnorm(200),
    kind = factor(ifelse(u > 0, "a", sample(c("b", "c"), 200, TRUE)))
  )
  suppressMessages(rbm_fit(x, 2, units = c(
    visits = "poisson", score = "binomial(15)", calls = "count(max = 4)"
  ), starts = 1, weight_decay = 0.01))
}

test_that("columns of every kind are drawn by their laws, and held", {
  skip_on_cran()
  skip_if(is.na(web_browser()), "no browser here")
  fit <- every_kind()
  page <- rbm_explore(fit, open = FALSE)
  free <- visit(page, "sweeps=30000")
  expect_length(free$console, 0L)
  # In standard deviations of a column, of which Monte Carlo errors are some
  # 0.01; values of Gaussian columns as they are inside.
  inside <- function(x) {
    at <- match("size", names(fit$b))
    size <- fit$columns$column == "size"
    x[at] <- (x[at] - fit$columns$location[size]) / fit$columns$scale[size]
    unname(x)
  }
  draws <- rbm_sample(fit, 4000, method = "exact", type = "probability")
  sd <- unname(apply(rbm_sample(
    fit, 2000, method = "gibbs", type = "probability", chains = 2000, steps = 50
  ), 2, sd))
  sd <- inside(sd + inside(0 * sd)) * 0 + pmax(sd, 0.3)
  due <- inside(colMeans(draws))
  expect_lt(max(abs(free$report$mean - due) / pmax(1, sd)), 0.08)
  at <- visit(page, "sweeps=30000&hold=0:2,2:3,5:12.5")
  expect_equal(at$report$fixed[c(3, 6)], c(3, inside(
    replace(0 * due, match("size", names(fit$b)), 12.5)
  )[match("size", names(fit$b))]), tolerance = 1e-6)
  given <- data.frame(grade = "3", visits = 3, size = 12.5)
  due <- inside(drop(rbm_conditional(fit, given = given)))
  expect_lt(max(abs(at$report$mean - due) / pmax(1, sd)), 0.08)
  mood <- rbm_conditional(fit, given = given, type = "probability")
  expect_equal(sum(at$report$laws[[2]]), 1, tolerance = 1e-6)
  state <- as.data.frame(decode_table(matrix(at$report$v, 1), fit$columns))
  expect_identical(as.character(state$grade), "3")
  expect_equal(state$visits, 3)
  expect_equal(state$size, 12.5, tolerance = 1e-4)
  expect_equal(at$report$F,
               unname(rbm_free_energy(fit, matrix(at$report$v, 1))),
               tolerance = 1e-3)
})

test_that("numbers and long lists are held by what is typed and chosen", {
  skip_on_cran()
  skip_if(is.na(web_browser()), "no browser here")
  page <- rbm_explore(every_kind(), open = FALSE)
  seen <- visit(page, "sweeps=2", paste(
    "const put = (at, x) => { const {input} = numbers[at]; input.value = x;",
    "input.oninput ? input.oninput() : input.onchange(); };",
    "put(0, '2'); put(1, '7'); put(2, '10');",
    "const held1 = [...held], fixed1 = [...fixed];",
    "sweep(); draw(); const said = numbers.map(x => x.output.textContent);",
    "document.getElementById('release').click();",
    "$('report').textContent = JSON.stringify({held1, fixed1, said,",
    "held: [...held], fixed, empty: numbers.map(x => x.input.value)});"
  ))
  expect_length(seen$console, 0L)
  expect_identical(seen$report$held1[4], 7L)
  expect_equal(seen$report$fixed1[3], 2)
  expect_match(seen$report$said[1], "^held at 2, now 2$")
  expect_match(seen$report$said[2], "^most probable 7 \\(100 %\\), now 7$")
  expect_match(seen$report$said[3], "^held at 10, now 10$")
  expect_true(all(is.na(seen$report$fixed)))
  expect_true(all(seen$report$held == -1L))
  expect_identical(seen$report$empty, c("", "", ""))
})
