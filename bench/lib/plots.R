# Pictures of bench/results, drawn with base R. Each takes a table as the file
# has it.

read_result <- function(noun, top = ".") {
  path <- file.path(top, "bench", "results", paste0(noun, ".csv"))
  if (file.exists(path)) utils::read.csv(path)
}

inks <- c(ours = "#0072B2", other = "#595959", third = "#B34700")

# Seconds of an epoch by program, least first; a filled dot for two threads.
plot_epoch <- function(times, programs = unique(times$program)) {
  times <- times[times$program %in% programs, ]
  by_name <- ifelse(
    times$blas == "OpenBLAS", times$program,
    paste0(times$program, ", ", times$blas, " BLAS")
  )
  names <- names(sort(tapply(times$median, by_name, min), decreasing = TRUE))
  y <- match(by_name, names)
  ours <- startsWith(names, "harmonium")
  old <- graphics::par(
    mar = c(3, 14.5, 1.2, 1), mgp = c(1.8, 0.5, 0), tcl = -0.3, cex = 0.85
  )
  on.exit(graphics::par(old))
  # Out to whole marks.
  marks <- sort(c(1, 2, 5) %o% 10^(-3:3))
  reach <- c(max(marks[marks <= min(times$min)]),
             min(marks[marks >= max(times$max)]))
  plot(reach, c(0.5, length(names) + 0.5), type = "n",
       log = "x", axes = FALSE, ylab = "", xlab = "Seconds (log scale)")
  graphics::axis(1, marks, format(marks, trim = TRUE, drop0trailing = TRUE,
                                  scientific = FALSE))
  graphics::abline(h = seq_along(names), col = "#DDDDDD")
  graphics::segments(times$min, y, times$max, y, lwd = 2,
                     col = inks[ifelse(ours, "ours", "other")][y])
  graphics::points(
    times$median, y, cex = 1.3, lwd = 1.8, bg = "white",
    col = inks[ifelse(ours, "ours", "other")][y],
    pch = ifelse(times$threads == 1, 21, 19)
  )
  graphics::mtext(names, 2, 0.7, at = seq_along(names), las = 1, cex = 0.85,
                  col = inks[ifelse(ours, "ours", "other")],
                  font = ifelse(ours, 2, 1))
  graphics::legend(
    "top", c("1 thread", "2 threads"), pch = c(21, 19), pt.cex = 1.3,
    horiz = TRUE, bty = "n", xpd = NA, inset = c(0, -0.06), col = inks["other"]
  )
}

# Measured against fitted seconds for a case.
plot_scaling <- function(table) {
  densities <- sort(unique(table$density))
  ink <- inks[c("ours", "third", "other")][match(table$density, densities)]
  old <- graphics::par(mar = c(3, 4, 1, 1), mgp = c(1.9, 0.5, 0), las = 1,
                       tcl = -0.3, cex = 0.85)
  on.exit(graphics::par(old))
  micro <- function(seconds) seconds * 1e6
  plot(micro(table$fitted), micro(table$measured), log = "xy", bty = "l",
       col = ink, pch = 19, xlab = "Microseconds for a case, by the model",
       ylab = "")
  graphics::mtext("Measured", 2, 2.8, las = 0, cex = 0.85)
  line <- micro(range(table$fitted))
  graphics::lines(line, line, col = inks["other"])
  graphics::lines(line, 1.5 * line, col = inks["other"], lty = 2)
  graphics::legend(
    "topleft", c(paste("ones:", densities), "as fitted", "1.5 times that"),
    col = c(inks[c("ours", "third", "other")][seq_along(densities)],
            inks[c("other", "other")]),
    pch = c(rep(19, length(densities)), NA, NA),
    lty = c(rep(NA, length(densities)), 1, 2), bty = "n"
  )
}

# What training adds at its peak, beside a copy of the input as doubles.
plot_memory <- function(table) {
  table <- table[table$threads == 1, ]
  old <- graphics::par(mar = c(3, 4, 1, 1), mgp = c(1.9, 0.5, 0), las = 1,
                       tcl = -0.3, cex = 0.85)
  on.exit(graphics::par(old))
  thousands <- table$cases / 1000
  plot(range(0, thousands), range(0, table$as_doubles, table$target),
       type = "n", bty = "l", xlab = "Thousand cases", ylab = "")
  graphics::mtext("MB", 2, 2.6, las = 0, cex = 0.85)
  graphics::lines(thousands, table$as_doubles, col = inks["other"])
  graphics::lines(thousands, table$target, col = inks["other"], lty = 2)
  graphics::lines(thousands, table$added, col = inks["ours"], lwd = 2,
                  type = "o", pch = 19)
  graphics::legend(
    "topleft", c("the input as doubles", "target", "added by rbm_fit()"),
    col = inks[c("other", "other", "ours")], lty = c(1, 2, 1),
    lwd = c(1, 1, 2), pch = c(NA, NA, 19), bty = "n"
  )
}
