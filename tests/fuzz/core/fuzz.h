/* What the fuzzers of the core share. Each fuzz-<noun>.c is one program, whose
 *
 *   void fuzz(void)
 *
 * makes shapes, values, states and options from the bytes of one input, calls
 * the core, and says FUZZ_CHECK(condition, "what should hold"). What the border
 * holds a host to (ffi.h) holds here too; what it leaves open is open here: any
 * number may be NaN or huge where `wild`. */
#ifndef FUZZ_H
#define FUZZ_H

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cases.h"
#include "model.h"
#include "panels.h"
#include "working.h"

void fuzz(void);

/* Stops the program. */
void fuzz_failed(const char *what, const char *file, int line);
#define FUZZ_CHECK(condition, what) \
  ((condition) ? (void)0 : fuzz_failed((what), __FILE__, __LINE__))

/* The bytes of the input: the next one, 0 past the end; and all that are left.
 */
int fuzz_byte(void);
const unsigned char *fuzz_rest(size_t *n);

/* A whole number from `least` to `most`; true one time in `of`; and a size,
 * mostly a few, at times up to `most`. */
int fuzz_int(int least, int most);
int fuzz_rarely(int of);
int fuzz_size(int most);

/* Any number, and one that is uniform on 0 to 1, by a generator that the input
 * seeds, so that few bytes can fill much. */
double fuzz_any(void);
double fuzz_uniform(void);

/* Whether numbers of this input may be anything. */
extern int fuzz_wild;

/* Memory of exactly this size, full of bits that make NaN of a number; it is
 * taken back after the input. */
void *fuzz_memory(ptrdiff_t count, size_t size);
#define FUZZ_NEW(type, count) ((type *)fuzz_memory((count), sizeof(type)))
hm_arena fuzz_arena(const hm_arena *measured);

/* Lays something out twice, as a border does. */
#define FUZZ_LAY(call)                       \
  do {                                       \
    hm_arena at_ = {NULL, 0}, *arena = &at_; \
    call;                                    \
    at_ = fuzz_arena(&at_);                  \
    call;                                    \
  } while (0)

/* n numbers from low to high, some of which are anything where `wild`. */
double *fuzz_reals(ptrdiff_t n, double low, double high);

/* The same as singles in whole panels, 0 beyond n. */
float *fuzz_singles(int n, double low, double high);

/* n rows of `units` cells of 0 and 1, and the lists of what is on. */
double *fuzz_cells(int n, int units);
hm_states fuzz_lists(int n, int units, const double *cells);

/* A layer of binary units. */
const hm_layer *fuzz_binary(int units);

/* A machine; its parameters are within `size` unless `wild`. */
hm_model fuzz_model(int nv, int nh, double size);

/* A data set in any of its storages; real only where it may be. */
hm_cases fuzz_cases(int N, int nv, int may_be_real);

/* Some of its rows, `most` at most, in order or not. */
hm_rows fuzz_rows(int N, int most);

/* Threads and a level that is here. */
hm_hardware fuzz_hardware(void);

/* A key of two words. */
const uint32_t *fuzz_key(void);

/* A watch that says stop when it is asked for the `left`th time; never where
 * that is 0. */
hm_watch fuzz_watch(int *left);

/* Equal bits, or both not a number. */
int fuzz_same(ptrdiff_t n, const double *x, const double *y);
int fuzz_same_singles(ptrdiff_t n, const float *x, const float *y);

/* All finite; all from low to high. */
int fuzz_finite(ptrdiff_t n, const double *x);
int fuzz_within(ptrdiff_t n, const double *x, double low, double high);

/* Every list has its items in range and ascending. */
int fuzz_sound_lists(const hm_lists *lists, int units);
int fuzz_same_lists(const hm_lists *x, const hm_lists *y);

#endif
