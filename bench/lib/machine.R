# What the figures were measured on, without a path.

# `workers` are those of bench/epoch.R, which say their versions.
write_machine <- function(workers, blas) {
  says <- unlist(lapply(workers, `[[`, "says"))
  says <- unique(unlist(strsplit(says, "; ", fixed = TRUE)))
  lines <- c(
    paste("Processor:", cpu_field("model name")),
    paste("Cores:", parallel::detectCores()),
    paste("SIMD:", simd_flags()),
    paste("System:", utils::sessionInfo()$running),
    R.version.string,
    paste("Compiler:", compiler_version()),
    if (nzchar(blas["reference"]) && !is.na(blas["reference"])) {
      paste("Reference BLAS:", reference_version(blas[["reference"]]))
    },
    trimws(says)
  )
  simd <- Sys.getenv("HARMONIUM_SIMD")
  if (nzchar(simd)) {
    lines <- c(lines, paste0("HARMONIUM_SIMD=", simd))
  }
  path <- file.path("bench", "results", "machine.txt")
  writeLines(lines, path)
  cat(lines, "", sep = "\n")
}

cpu_field <- function(name) {
  path <- file.path("", "proc", "cpuinfo")
  lines <- if (file.exists(path)) readLines(path) else character()
  line <- grep(paste0("^", name), lines, value = TRUE)[1L]
  if (is.na(line)) R.version$arch else trimws(sub(".*?:", "", line))
}

simd_flags <- function() {
  flags <- strsplit(cpu_field("flags"), " ")[[1L]]
  wanted <- grep("^(sse|ssse|avx|fma$)", flags, value = TRUE)
  if (length(wanted)) paste(sort(wanted), collapse = " ") else "not known"
}

compiler_version <- function() {
  config <- c("CMD", "config", "CC")
  words <- system2(file.path(R.home("bin"), "R"), config, stdout = TRUE)
  command <- strsplit(words[1L], " ")[[1L]][1L]
  tryCatch(system2(command, "--version", stdout = TRUE)[1L],
           error = function(error) command)
}

# The last numbers in the name of the file behind the link.
reference_version <- function(folder) {
  file <- normalizePath(file.path(folder, "libblas.so.3"), mustWork = FALSE)
  sub(".*[.]so[.]", "", file)
}
