#include <R_ext/Rdynload.h>
#include <R_ext/Visibility.h>

#include "ffi.h"

#define ROUTINE(name, arguments) \
  { #name, (DL_FUNC)(void (*)(void)) & (name), arguments }

static const R_CallMethodDef routines[] = {ROUTINE(ffi_ais, 8),
                                           ROUTINE(ffi_cases_fault, 1),
                                           ROUTINE(ffi_cases_list, 1),
                                           ROUTINE(ffi_cases_pack, 1),
                                           ROUTINE(ffi_cases_rows, 2),
                                           ROUTINE(ffi_cases_scan, 1),
                                           ROUTINE(ffi_cases_scan_sparse, 1),
                                           ROUTINE(ffi_checksum, 1),
                                           ROUTINE(ffi_conditional, 6),
                                           ROUTINE(ffi_energy, 4),
                                           ROUTINE(ffi_fit_begin, 3),
                                           ROUTINE(ffi_fit_epoch, 4),
                                           ROUTINE(ffi_fit_fault, 3),
                                           ROUTINE(ffi_fit_look, 6),
                                           ROUTINE(ffi_fit_monitored, 3),
                                           ROUTINE(ffi_fit_open, 4),
                                           ROUTINE(ffi_fit_report, 1),
                                           ROUTINE(ffi_fit_start, 5),
                                           ROUTINE(ffi_fit_state, 1),
                                           ROUTINE(ffi_flush_file, 1),
                                           ROUTINE(ffi_free_energy, 3),
                                           ROUTINE(ffi_gradient, 6),
                                           ROUTINE(ffi_hardware, 0),
                                           ROUTINE(ffi_is_plain_file, 1),
                                           ROUTINE(ffi_kinds, 0),
                                           ROUTINE(ffi_likelihood, 4),
                                           ROUTINE(ffi_limits, 0),
                                           ROUTINE(ffi_model_join, 4),
                                           ROUTINE(ffi_model_split, 3),
                                           ROUTINE(ffi_moments, 3),
                                           ROUTINE(ffi_observed, 6),
                                           ROUTINE(ffi_observed_likelihood, 4),
                                           ROUTINE(ffi_observed_states, 2),
                                           ROUTINE(ffi_partition_blocks, 4),
                                           ROUTINE(ffi_partition_draw, 3),
                                           ROUTINE(ffi_philox, 2),
                                           ROUTINE(ffi_pseudo_log_lik, 3),
                                           ROUTINE(ffi_sample, 7),
                                           ROUTINE(ffi_selfcheck, 1),
                                           ROUTINE(ffi_tell, 1),
                                           ROUTINE(ffi_temper, 9),
                                           ROUTINE(ffi_threads_here, 1),
                                           ROUTINE(ffi_uniforms, 6),
                                           {NULL, NULL, 0}};

/* R finds this one by name, so it must be seen although nothing else is. */
void R_init_harmonium(DllInfo *dll);

attribute_visible void R_init_harmonium(DllInfo *dll) {
  R_registerRoutines(dll, NULL, routines, NULL, NULL);
  R_useDynamicSymbols(dll, FALSE);
  R_forceSymbols(dll, TRUE);
}
