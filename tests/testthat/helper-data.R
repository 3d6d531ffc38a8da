# Data that do not ship, from the folder HARMONIUM_DATA, which tools/test sets
# to the one beside the checkout.
shared_data <- function(name) {
  folder <- Sys.getenv("HARMONIUM_DATA")
  path <- file.path(folder, name)
  skip_if(!nzchar(folder) || !file.exists(path), paste("no", name))
  readRDS(path)
}
