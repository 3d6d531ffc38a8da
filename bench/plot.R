# man/figures/performance.png, from bench/results/epoch.csv.
source("bench/lib/plots.R")

path <- file.path("man", "figures", "performance.png")
grDevices::png(path, 800, 500, res = 100, type = "cairo")
plot_epoch(read_result("epoch"))
invisible(grDevices::dev.off())
if (nzchar(Sys.which("pngquant"))) {
  system2("pngquant", c("--speed=1", "--nofs", "--quality=0-80", "--force",
                        "--output", path, path))
}
if (nzchar(Sys.which("optipng"))) system2("optipng", c("-quiet", path))
cat("Written: ", path, "\n", sep = "")
