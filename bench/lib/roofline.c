/* What this machine can do at most, for bench/roofline.R: sums of rows of 32
 * numbers, passes over memory, and reads of what another core wrote. */
#define _GNU_SOURCE
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { width = 32, lanes = 16 };
typedef float floats __attribute__((vector_size(lanes * sizeof(float))));
typedef struct {
  floats part[width / lanes];
} row_of_floats;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static void *aligned(size_t bytes) {
  void *memory = NULL;
  if (posix_memalign(&memory, 4096, bytes)) {
    abort();
  }
  memset(memory, 0, bytes);
  return memory;
}

/* rate := rows a second that one core adds to sums in registers, eight sums side
 * by side, of n rows one after another; the best of some rounds. */
void sum_rows(const int *n, double *rate) {
  enum { abreast = 8 };
  const int rows = *n / abreast * abreast, repeats = 20000000 / rows + 1;
  row_of_floats *table = aligned((size_t)rows * sizeof *table);
  volatile float sink = 0.0f;
  for (int round = 0; round < 9; round++) {
    const double start = now();
    floats sum[abreast][width / lanes] = {{{0.0f}}};
    for (int r = 0; r < repeats; r++) {
      for (int t = 0; t < rows; t += abreast) {
        for (int l = 0; l < abreast; l++) {
          for (int p = 0; p < width / lanes; p++) {
            sum[l][p] += table[t + l].part[p];
          }
        }
      }
      __asm__ volatile("" : : "r"(table) : "memory");
    }
    const double found = (double)rows * repeats / (now() - start);
    for (int l = 0; l < abreast; l++) {
      sink += sum[l][0][0] + sum[l][1][0];
    }
    *rate = found > *rate ? found : *rate;
  }
  free(table);
}

/* rate := bytes a second where one core reads and writes two arrays of n
 * numbers, as a step of W does without momentum. */
void pass_over(const int *n, double *rate) {
  const int rows = *n / width, repeats = 20000000 / *n + 1;
  row_of_floats *high = aligned((size_t)rows * sizeof *high);
  row_of_floats *low = aligned((size_t)rows * sizeof *low);
  for (int round = 0; round < 9; round++) {
    const double start = now();
    for (int r = 0; r < repeats; r++) {
      for (int i = 0; i < rows; i++) {
        for (int p = 0; p < width / lanes; p++) {
          high[i].part[p] += low[i].part[p];
          low[i].part[p] -= high[i].part[p];
        }
      }
      __asm__ volatile("" : : "r"(high), "r"(low) : "memory");
    }
    const double bytes = 4.0 * rows * (double)sizeof *high * repeats;
    const double found = bytes / (now() - start);
    *rate = found > *rate ? found : *rate;
  }
  free(high);
  free(low);
}

enum { rounds = 20, block = 784 * 1024 };
static atomic_int turn;
static char *shared;

static void *writer(void *unused) {
  for (int r = 0; r < rounds; r++) {
    while (atomic_load(&turn) != 2 * r + 1) {
    }
    memset(shared, r, block);
    atomic_store(&turn, 2 * r + 2);
  }
  return unused;
}

/* rate := bytes a second that one core reads of what another has just written.
 */
void read_across(double *rate) {
  pthread_t other;
  volatile int64_t sink = 0;
  shared = aligned(block);
  atomic_store(&turn, 0);
  if (pthread_create(&other, NULL, writer, NULL)) {
    return;
  }
  for (int r = 0; r < rounds; r++) {
    atomic_store(&turn, 2 * r + 1);
    while (atomic_load(&turn) != 2 * r + 2) {
    }
    int64_t sum = 0;
    const double start = now();
    for (int i = 0; i < block; i += 64) {
      sum += *(const int64_t *)(shared + i);
    }
    const double found = block / (now() - start);
    sink += sum;
    *rate = found > *rate ? found : *rate;
  }
  pthread_join(other, NULL);
  free(shared);
}

/* Goes through more memory than caches hold, for so many seconds. */
void crowd(const double *seconds) {
  enum { bytes = 256 * 1024 * 1024 };
  char *from = aligned(bytes), *to = aligned(bytes);
  const double start = now();
  while (now() - start < *seconds) {
    memcpy(to, from, bytes);
    memcpy(from, to, bytes);
  }
  free(from);
  free(to);
}
