#include "cases.h"

#include <limits.h>
#include <math.h>

enum { word_bits = 64 };

ptrdiff_t hm_words(int nv) {
  return ((ptrdiff_t)nv + word_bits - 1) / word_bits;
}

static hm_column_scan scan_reals(int n, const double *x) {
  hm_column_scan found = {0, 0, 0, 0};
  for (int s = 0; s < n; s++) {
    if (x[s] == 0.0 || x[s] == 1.0) {
      continue;
    }
    found.missing += isnan(x[s]) != 0;
    found.infinite += isinf(x[s]) != 0;
    found.outside += isfinite(x[s]) && (x[s] < 0.0 || x[s] > 1.0);
    found.between += x[s] > 0.0 && x[s] < 1.0;
  }
  return found;
}

static hm_column_scan scan_ints(int n, const int *x) {
  hm_column_scan found = {0, 0, 0, 0};
  for (int s = 0; s < n; s++) {
    found.missing += x[s] == INT_MIN;
    found.outside += x[s] != INT_MIN && x[s] != 0 && x[s] != 1;
  }
  return found;
}

static hm_column_scan scan_bytes(int n, const unsigned char *x) {
  hm_column_scan found = {0, 0, 0, 0};
  for (int s = 0; s < n; s++) {
    found.outside += x[s] > 1;
  }
  return found;
}

hm_column_scan hm_scan_column(const hm_matrix *matrix, int column) {
  const ptrdiff_t start = (ptrdiff_t)column * matrix->N;
  if (matrix->reals) {
    return scan_reals(matrix->N, matrix->reals + start);
  }
  if (matrix->ints) {
    return scan_ints(matrix->N, matrix->ints + start);
  }
  return scan_bytes(matrix->N, matrix->bytes + start);
}

static int is_on(const hm_matrix *matrix, ptrdiff_t cell) {
  if (matrix->reals) {
    return matrix->reals[cell] != 0.0;
  }
  return matrix->ints ? matrix->ints[cell] != 0 : matrix->bytes[cell] != 0;
}

/* Tiles of 64 cases by 64 columns: the columns are read in runs and the words
 * of a tile stay in cache until they are whole. */
void hm_pack(const hm_matrix *matrix, int first, int last, uint64_t *bits) {
  const ptrdiff_t words = hm_words(matrix->nv);
  for (int top = first; top < last; top += word_bits) {
    const int high = last - top < word_bits ? last - top : word_bits;
    for (ptrdiff_t w = 0; w < words; w++) {
      uint64_t tile[word_bits] = {0};
      const int left = (int)(w * word_bits);
      const int wide =
          matrix->nv - left < word_bits ? matrix->nv - left : word_bits;
      for (int i = 0; i < wide; i++) {
        const ptrdiff_t start = (ptrdiff_t)(left + i) * matrix->N + top;
        for (int s = 0; s < high; s++) {
          tile[s] |= (uint64_t)is_on(matrix, start + s) << i;
        }
      }
      for (int s = 0; s < high; s++) {
        bits[(ptrdiff_t)(top + s) * words + w] = tile[s];
      }
    }
  }
}

static int list_bits(ptrdiff_t words, const uint64_t *bits, int *item) {
  int count = 0;
  for (ptrdiff_t w = 0; w < words; w++) {
    for (uint64_t left = bits[w]; left; left &= left - 1) {
      item[count++] = (int)(w * word_bits) + hm_lowest_bit(left);
    }
  }
  return count;
}

void hm_take(const hm_cases *cases, const hm_rows *rows, hm_states *states) {
  const ptrdiff_t words = hm_words(cases->nv);
  states->units = cases->nv;
  states->on.n = rows->n;
  if (cases->bits) {
    states->x = NULL;
    for (int s = 0; s < rows->n; s++) {
      states->on.count[s] =
          list_bits(words, cases->bits + hm_row(rows, s) * words,
                    states->on.item + (ptrdiff_t)s * states->on.stride);
    }
    return;
  }
  for (int i = 0; i < cases->nv; i++) {
    const double *column = cases->reals + (ptrdiff_t)i * cases->N;
    for (int s = 0; s < rows->n; s++) {
      states->x[(ptrdiff_t)s * cases->nv + i] = column[hm_row(rows, s)];
    }
  }
}
