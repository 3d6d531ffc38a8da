chain_diagnostics <- function(trace) list(rhat = NA_real_, ess = NA_real_, autocorrelation = NA_real_)
ladder_of <- function(numbers, control) list(swap_rate = NA_real_)
learning_rate_at <- function(control, epoch) {
  s <- control$schedule
  if (is.null(s) || identical(s, "constant")) return(control$learning_rate)
  if (identical(s, "linear")) return(control$learning_rate * (1 - (epoch - 1) / control$epochs))
  if (identical(s, "exponential")) return(control$learning_rate * exp(-control$decay * (epoch - 1)))
  if (identical(s, "inverse")) return(control$learning_rate / (1 + control$decay * (epoch - 1)))
  s(epoch)
}
check_schedule <- function(value, name) value
check_single <- function(object, name = "object") object
checksum <- function(x) format(sum(as.numeric(x)), digits = 17)
check_file <- function(file, name) file
read_model <- function(file) readRDS(file)
rbm_load <- read_model
write_model <- function(object, file) saveRDS(object, file)
