/* The border: every routine that R calls, and what the border files share.
 *
 * A routine unwraps its arguments, calls the core, and wraps the result. Its
 * arguments have been checked in R, where errors are worded for users; what
 * unwraps checks again all that the core relies on to stay inside its memory,
 * so that no object can make it read or write elsewhere. Memory is R_alloc's,
 * which R takes back whether the routine returns or is jumped out of. */
#ifndef HARMONIUM_FFI_H
#define HARMONIUM_FFI_H

#define R_NO_REMAP
#include <Rinternals.h>
#include <limits.h>

#include "core/cases.h"
#include "core/estimator.h"
#include "core/model.h"

/* ffi-ais.c */
SEXP ffi_ais(SEXP base, SEXP target, SEXP t, SEXP start, SEXP key, SEXP step,
             SEXP given, SEXP hardware);

/* ffi-cases.c */
SEXP ffi_cases_scan(SEXP x);
SEXP ffi_cases_pack(SEXP x);
SEXP ffi_cases_fault(SEXP x);
SEXP ffi_cases_scan_sparse(SEXP x);
SEXP ffi_cases_list(SEXP x);
SEXP ffi_cases_rows(SEXP cases, SEXP rows);

/* ffi-checksum.c */
SEXP ffi_checksum(SEXP parts);

/* ffi-conditional.c */
SEXP ffi_conditional(SEXP model, SEXP layer, SEXP cases, SEXP type, SEXP key,
                     SEXP hardware);

/* ffi-energy.c */
SEXP ffi_energy(SEXP model, SEXP v, SEXP h, SEXP hardware);
SEXP ffi_free_energy(SEXP model, SEXP v, SEXP hardware);

/* ffi-fit.c */
SEXP ffi_fit_start(SEXP cases, SEXP hidden, SEXP init_sd, SEXP key,
                   SEXP hardware);
SEXP ffi_fit_begin(SEXP plan, SEXP cases, SEXP start);
SEXP ffi_fit_open(SEXP plan, SEXP cases, SEXP state, SEXP epoch);
SEXP ffi_fit_epoch(SEXP x, SEXP learning_rate, SEXP threads, SEXP look);
SEXP ffi_fit_report(SEXP x);
SEXP ffi_fit_state(SEXP x);
SEXP ffi_fit_fault(SEXP plan, SEXP cases, SEXP state);
SEXP ffi_fit_look(SEXP plan, SEXP cases, SEXP state, SEXP looked_at,
                  SEXP sweeps, SEXP key);
SEXP ffi_fit_monitored(SEXP cases, SEXP hidden, SEXP units);

/* ffi-gradient.c */
SEXP ffi_gradient(SEXP model, SEXP cases, SEXP plan, SEXP key, SEXP number,
                  SEXP hardware);

/* ffi-hardware.c */
SEXP ffi_hardware(void);
SEXP ffi_selfcheck(SEXP level);
SEXP ffi_threads_here(SEXP wanted);

/* ffi-likelihood.c */
SEXP ffi_likelihood(SEXP model, SEXP cases, SEXP weight, SEXP hardware);

/* ffi-model.c */
SEXP ffi_kinds(void);
SEXP ffi_limits(void);
SEXP ffi_model_split(SEXP theta, SEXP visible, SEXP hidden);
SEXP ffi_model_join(SEXP W, SEXP b, SEXP c, SEXP d);

/* ffi-observed.c */
SEXP ffi_observed_states(SEXP model, SEXP cases);
SEXP ffi_observed_likelihood(SEXP model, SEXP cases, SEXP weight,
                             SEXP hardware);
SEXP ffi_observed(SEXP model, SEXP cases, SEXP what, SEXP column, SEXP key,
                  SEXP hardware);

/* ffi-partition.c */
SEXP ffi_partition_blocks(SEXP model, SEXP first, SEXP n, SEXP hardware);
SEXP ffi_partition_draw(SEXP model, SEXP block, SEXP u);
SEXP ffi_moments(SEXP model, SEXP pairs, SEXP hardware);

/* ffi-pseudo.c */
SEXP ffi_pseudo_log_lik(SEXP model, SEXP cases, SEXP hardware);

/* ffi-rng.c */
SEXP ffi_philox(SEXP counter, SEXP key);
SEXP ffi_tell(SEXP told_to);
SEXP ffi_uniforms(SEXP key, SEXP purpose, SEXP step, SEXP sweep, SEXP cases,
                  SEXP units);

/* ffi-sample.c */
SEXP ffi_sample(SEXP model, SEXP start, SEXP how, SEXP given, SEXP type,
                SEXP key, SEXP hardware);
SEXP ffi_temper(SEXP model, SEXP base, SEXP rungs, SEXP start, SEXP how,
                SEXP given, SEXP type, SEXP key, SEXP hardware);

/* ffi-save.c */
SEXP ffi_is_plain_file(SEXP path);
SEXP ffi_flush_file(SEXP path);

/* ffi.c: unwrapping */

/* Stops with an R error that names an argument or a part of one. */
NORET void ffi_refuse(const char *name, const char *wanted);

/* An element of a list, which must be there; and NULL where it is not. */
SEXP ffi_element(SEXP list, const char *name);
SEXP ffi_part(SEXP list, const char *name);
const char *ffi_string(SEXP x, const char *name);
int ffi_same(SEXP x, const char *name, const char *text);

/* A whole number from `least` to `most`; and a number, also missing or
 * infinite. */
int ffi_int(SEXP x, const char *name, int least, int most);
double ffi_real(SEXP x, const char *name);

/* The numbers of a vector of `length`. */
double *ffi_reals(SEXP x, const char *name, R_xlen_t length);
int *ffi_ints(SEXP x, const char *name, R_xlen_t length);

/* A number that fits into 32 bits without a sign; and a key of two. */
uint32_t ffi_word(double x, const char *name);
void ffi_key(SEXP x, uint32_t key[2]);

/* `units` is how many there must be in a case, 0 for any number. */
hm_cases ffi_as_cases(SEXP x, const char *name, int units);

/* Layer 0 or 1, of so many units, by the kinds of both: "binary", or runs of
 * columns with their sizes, "binary(1,1)+ordinal(3,5)", where kinds without
 * sizes have 1. Its extra parameters are for the caller to set. */
const hm_layer *ffi_as_layer(SEXP units, int which, int count);

/* Cases of a layer; of a valued one they are its states, as reals. */
hm_cases ffi_as_states(SEXP x, const char *name, const hm_layer *layer);

/* Cases to train on, their weights, and where they have holes: of reals, NaN
 * there, the lists of each case's holes; and that cells are states of the
 * layer, or missing where there are holes. */
hm_cases ffi_as_data(SEXP x);
void ffi_check_data(const hm_cases *cases, const hm_layer *visible);

/* The same where means of states will do. */
hm_cases ffi_as_means(SEXP x, const char *name, const hm_layer *layer);

/* Stops where cases of a valued layer are not its states. */
void ffi_check_states(const hm_cases *cases, const char *name,
                      const hm_layer *layer);

/* The same for cases of reals of which cells may be missing. */
void ffi_check_table(const hm_cases *cases, const char *name,
                     const hm_layer *layer);

/* Cases of a layer of any kinds, as reals, of which cells may be missing. */
hm_cases ffi_as_table(SEXP x, const char *name, const hm_layer *layer);

/* What is held, from a matrix of states and NA where a column is free, with one
 * row for all chains or one for each. Null for no matrix. */
const hm_clamp *ffi_as_clamp(SEXP given, int chains, const hm_layer *visible,
                             hm_clamp *clamp);

/* A model, of units with states 0, 1 and so on, and of any; and without W by
 * rows, which takes time. */
hm_model ffi_as_model(SEXP x);
hm_model ffi_as_any_model(SEXP x);
hm_model ffi_as_model_by_columns(SEXP x);

/* As many threads as there may be here, at most those asked for. */
int ffi_as_threads(SEXP x);

hm_hardware ffi_as_hardware(SEXP x);

/* A level by its name, which must be here. */
hm_level ffi_as_level(SEXP x);

/* Room for the 16 hexadecimal digits of a checksum. */
enum { FFI_DIGITS = 17 };
void ffi_write_digits(uint64_t sum, char digits[FFI_DIGITS]);
hm_estimator_options ffi_as_estimation(SEXP x);

/* The estimator that a plan names, which these cases and this machine can have.
 */
const hm_estimator *ffi_as_estimator(SEXP plan, const hm_cases *cases,
                                     const hm_layer *visible,
                                     const hm_layer *hidden);

/* Stops where the layer that is walked is too large for it. */
void ffi_check_walk(const hm_layer *visible, int nh);

/* How many threads the system and its settings allow. */
int ffi_thread_limit(void);

/* Ranges that R's checks keep to: sweeps of chains, and chains in training. */
#define FFI_SWEEPS ((1 << 24) - 1)
#define FFI_CHAINS (1 << 20)
#define FFI_TEMPERATURES 1000
#define FFI_REPLICAS 1000000

/* ffi.c: wrapping. States of N cases, of 0 and 1, as a list such as new_cases()
 * in R makes, whose bits are for the caller to write; and a row for each case
 * of a batch into a real matrix. */
SEXP ffi_new_cases(int N, int units, uint64_t **bits);

/* The same of a layer: of a valued one with reals, 0 at first, which are
 * columns of N. The other pointer is null. */
SEXP ffi_new_states(int N, const hm_layer *layer, uint64_t **bits, double **x);
void ffi_put(SEXP matrix, const hm_rows *rows, const double *x);

/* All names of a table, in their order. */
SEXP ffi_names(hm_name_of *name_of);

/* ffi.c: memory and interrupts */

/* The room that was counted in `measured`, ready to be laid out. */
hm_arena ffi_arena(const hm_arena *measured);

/* The same in a vector of R, which must be kept for as long as the room is in
 * use. */
SEXP ffi_kept_arena(const hm_arena *measured, hm_arena *arena);

/* On an interrupt, jumps out of the routine. */
hm_watch ffi_watch(void);

/* Work of a border that goes on by itself, in pieces: tells of it, and on an
 * interrupt jumps out. */
void ffi_worked(double work);

/* On an interrupt, lets the core return what it has. `clock` is the caller's.
 */
hm_watch ffi_returning_watch(double *clock);

#endif
