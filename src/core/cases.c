#include "cases.h"

#include <limits.h>
#include <math.h>
#include <string.h>

enum { word_bits = 64 };

ptrdiff_t hm_words(int nv) {
  return ((ptrdiff_t)nv + word_bits - 1) / word_bits;
}

static void look_at_real(double x, hm_column_scan *found) {
  if (x == 0.0 || x == 1.0) {
    return;
  }
  found->missing += isnan(x) != 0;
  found->infinite += isinf(x) != 0;
  found->outside += isfinite(x) && (x < 0.0 || x > 1.0);
  found->between += x > 0.0 && x < 1.0;
}

static void look_at_int(int x, hm_column_scan *found) {
  found->missing += x == INT_MIN;
  found->outside += x != INT_MIN && x != 0 && x != 1;
}

static hm_column_scan scan_reals(int n, const double *x) {
  hm_column_scan found = {0, 0, 0, 0};
  for (int s = 0; s < n; s++) {
    look_at_real(x[s], &found);
  }
  return found;
}

static hm_column_scan scan_ints(int n, const int *x) {
  hm_column_scan found = {0, 0, 0, 0};
  for (int s = 0; s < n; s++) {
    look_at_int(x[s], &found);
  }
  return found;
}

/* Eight bytes at a time show whether any is above 1. */
static hm_column_scan scan_bytes(int n, const unsigned char *x) {
  hm_column_scan found = {0, 0, 0, 0};
  uint64_t seen = 0;
  int whole = 0;
  for (; whole + 8 <= n; whole += 8) {
    uint64_t eight;
    memcpy(&eight, x + whole, sizeof eight);
    seen |= eight;
  }
  for (int s = seen & 0xFEFEFEFEFEFEFEFEu ? 0 : whole; s < n; s++) {
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

/* Bit `bit` of each of n words := whether the cells from `start` on are on. */
static void set_bits(const hm_matrix *matrix, ptrdiff_t start, int n, int bit,
                     uint64_t *word) {
  if (matrix->reals) {
    const double *x = matrix->reals + start;
    for (int s = 0; s < n; s++) {
      word[s] |= (uint64_t)(x[s] != 0.0) << bit;
    }
  } else {
    const int *x = matrix->ints + start;
    for (int s = 0; s < n; s++) {
      word[s] |= (uint64_t)(x[s] != 0) << bit;
    }
  }
}

/* Bits `bit` to `bit` + 7 of each of n words, n a multiple of eight := whether
 * the cells of eight columns are on, of which each begins `stride` bytes after
 * the last. Bytes of 0 and 1 of eight cases go side by side, shifted over one
 * another. */
static void set_eight(const unsigned char *x, ptrdiff_t stride, int n, int bit,
                      uint64_t *word) {
  const uint64_t low = 0x7F7F7F7F7F7F7F7Fu, ones = 0x0101010101010101u;
  for (int s = 0; s < n; s += 8) {
    uint64_t bits = 0;
    unsigned char of_case[8];
    for (int i = 0; i < 8; i++) {
      uint64_t cells;
      memcpy(&cells, x + i * stride + s, sizeof cells);
      bits |= ((((cells & low) + low) | cells) >> 7 & ones) << i;
    }
    memcpy(of_case, &bits, sizeof bits);
    for (int c = 0; c < 8; c++) {
      word[s + c] |= (uint64_t)of_case[c] << bit;
    }
  }
}

/* The same for the first `wide` bits and columns of bytes. */
static void set_bytes(const unsigned char *x, ptrdiff_t stride, int n, int wide,
                      uint64_t *word) {
  const int whole = n / 8 * 8, eights = wide / 8 * 8;
  for (int i = 0; i < eights; i += 8) {
    set_eight(x + i * stride, stride, whole, i, word);
  }
  for (int i = 0; i < wide; i++) {
    for (int s = i < eights ? whole : 0; s < n; s++) {
      word[s] |= (uint64_t)(x[i * stride + s] != 0) << i;
    }
  }
}

/* Tiles of 2048 cases by 64 columns: the columns are read in runs and the words
 * of a tile stay in cache until they are whole. */
void hm_pack(const hm_matrix *matrix, int first, int last, uint64_t *bits) {
  const ptrdiff_t words = hm_words(matrix->nv);
  enum { tall = 2048 };
  for (int top = first; top < last; top += tall) {
    const int high = last - top < tall ? last - top : tall;
    for (ptrdiff_t w = 0; w < words; w++) {
      uint64_t tile[tall] = {0};
      const int left = (int)(w * word_bits);
      const int wide =
          matrix->nv - left < word_bits ? matrix->nv - left : word_bits;
      const ptrdiff_t start = (ptrdiff_t)left * matrix->N + top;
      if (matrix->reals || matrix->ints) {
        for (int i = 0; i < wide; i++) {
          set_bits(matrix, start + (ptrdiff_t)i * matrix->N, high, i, tile);
        }
      } else {
        set_bytes(matrix->bytes + start, matrix->N, high, wide, tile);
      }
      for (int s = 0; s < high; s++) {
        bits[(ptrdiff_t)(top + s) * words + w] = tile[s];
      }
    }
  }
}

void hm_pack_lists(const hm_rows *rows, int nv, const hm_lists *lists,
                   uint64_t *bits) {
  const ptrdiff_t words = hm_words(nv);
  for (int s = 0; s < rows->n; s++) {
    const int *item = lists->item + (ptrdiff_t)s * lists->stride;
    uint64_t *word = bits + hm_row(rows, s) * words;
    memset(word, 0, (size_t)words * sizeof *word);
    for (int t = 0; t < lists->count[s]; t++) {
      word[item[t] / word_bits] |= (uint64_t)1 << item[t] % word_bits;
    }
  }
}

void hm_put_lists(ptrdiff_t N, const hm_rows *rows, const hm_lists *lists,
                  double *x) {
  for (int s = 0; s < rows->n; s++) {
    const ptrdiff_t first = (ptrdiff_t)s * lists->stride;
    for (int t = 0; t < lists->count[s]; t++) {
      x[lists->item[first + t] * N + hm_row(rows, s)] =
          lists->value ? (double)lists->value[first + t] : 1.0;
    }
  }
}

const char *hm_sparse_fault(const hm_sparse *sparse) {
  const int lines = sparse->by_row ? sparse->N : sparse->nv;
  const int across = sparse->by_row ? sparse->nv : sparse->N;
  const int *index = sparse->index;
  if (sparse->start[0] != 0) {
    return "offsets";
  }
  for (int line = 0; line < lines; line++) {
    const int first = sparse->start[line], end = sparse->start[line + 1];
    if (end < first || end > sparse->room) {
      return "offsets";
    }
    for (int t = first; t < end; t++) {
      if (index[t] < 0 || index[t] >= across) {
        return "range";
      }
      if (t > first && index[t] <= index[t - 1]) {
        return "order";
      }
    }
  }
  return NULL;
}

void hm_scan_sparse(const hm_sparse *sparse, hm_column_scan *found) {
  const int lines = sparse->by_row ? sparse->N : sparse->nv;
  memset(found, 0, (size_t)sparse->nv * sizeof *found);
  for (int line = 0; line < lines; line++) {
    for (int t = sparse->start[line]; t < sparse->start[line + 1]; t++) {
      hm_column_scan *column =
          found + (sparse->by_row ? sparse->index[t] : line);
      if (sparse->reals) {
        look_at_real(sparse->reals[t], column);
      } else if (sparse->ints) {
        look_at_int(sparse->ints[t], column);
      }
    }
  }
}

static int entry_is_on(const hm_sparse *sparse, int t) {
  if (sparse->reals) {
    return sparse->reals[t] != 0.0;
  }
  return !sparse->ints || sparse->ints[t] != 0;
}

int hm_sparse_count(const hm_sparse *sparse) {
  const int end = sparse->start[sparse->by_row ? sparse->N : sparse->nv];
  int count = 0;
  for (int t = 0; t < end; t++) {
    count += entry_is_on(sparse, t);
  }
  return count;
}

static void list_rows(const hm_sparse *sparse, int *start, int *item) {
  int count = 0;
  for (int s = 0; s < sparse->N; s++) {
    start[s] = count;
    for (int t = sparse->start[s]; t < sparse->start[s + 1]; t++) {
      if (entry_is_on(sparse, t)) {
        item[count++] = sparse->index[t];
      }
    }
  }
  start[sparse->N] = count;
}

/* A counting sort: start[s] is first the length of list s, then its end, and
 * comes down to its start as the list is filled from the last column back,
 * which makes it ascend. */
static hm_status list_columns(const hm_sparse *sparse, const hm_watch *watch,
                              int *start, int *item) {
  enum { at_once = 1 << 20 };
  int end = 0, left = at_once;
  memset(start, 0, (size_t)sparse->N * sizeof *start);
  for (int t = 0; t < sparse->start[sparse->nv]; t++) {
    start[sparse->index[t]] += entry_is_on(sparse, t);
  }
  for (int s = 0; s < sparse->N; s++) {
    end += start[s];
    start[s] = end;
  }
  start[sparse->N] = end;
  for (int i = sparse->nv - 1; i >= 0; i--) {
    for (int t = sparse->start[i]; t < sparse->start[i + 1]; t++) {
      if (entry_is_on(sparse, t)) {
        item[--start[sparse->index[t]]] = i;
      }
      if (--left == 0) {
        left = at_once;
        if (hm_stopped(watch)) {
          return HM_INTERRUPTED;
        }
      }
    }
  }
  return HM_OK;
}

hm_status hm_list_sparse(const hm_sparse *sparse, const hm_watch *watch,
                         int *start, int *item) {
  if (!sparse->by_row) {
    return list_columns(sparse, watch, start, item);
  }
  list_rows(sparse, start, item);
  return HM_OK;
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

/* sum[i] += how many of up to 255 cases have cell 64 w + i on. Counters stand
 * on end, bit b of all 64 in plane[b], so that a case is added to all at once.
 */
static void sum_word(const hm_cases *cases, int from, int to, ptrdiff_t w,
                     double *sum) {
  enum { planes = 8, wide = 64 };
  const ptrdiff_t words = hm_words(cases->nv);
  const int left = cases->nv - (int)w * wide;
  const int here = left < wide ? left : wide;
  uint64_t plane[planes] = {0};
  for (int s = from; s < to; s++) {
    uint64_t carry = cases->bits[s * words + w];
    for (int b = 0; carry; b++) {
      const uint64_t next = plane[b] & carry;
      plane[b] ^= carry;
      carry = next;
    }
  }
  for (int i = 0; i < here; i++) {
    int count = 0;
    for (int b = 0; b < planes; b++) {
      count += (int)(plane[b] >> i & 1u) << b;
    }
    sum[w * wide + i] += count;
  }
}

static void sum_bits(const hm_cases *cases, double *sum) {
  enum { together = 255 };
  for (int from = 0; from < cases->N; from += together) {
    const int left = cases->N - from;
    const int to = from + (left < together ? left : together);
    for (ptrdiff_t w = 0; w < hm_words(cases->nv); w++) {
      sum_word(cases, from, to, w, sum);
    }
  }
}

void hm_unit_sums(const hm_cases *cases, double *sum) {
  for (int i = 0; i < cases->nv; i++) {
    sum[i] = 0.0;
  }
  if (cases->bits) {
    sum_bits(cases, sum);
    return;
  }
  if (cases->start) {
    for (int t = 0; t < cases->start[cases->N]; t++) {
      sum[cases->item[t]] += 1.0;
    }
    return;
  }
  for (int i = 0; i < cases->nv; i++) {
    const double *column = cases->reals + (ptrdiff_t)i * cases->N;
    for (int s = 0; s < cases->N; s++) {
      sum[i] += column[s] < HUGE_VAL ? column[s] : 0.0; /* 0 in a hole */
    }
  }
  for (int t = 0; cases->hole_start && t < cases->hole_start[cases->N]; t++) {
    sum[cases->hole[t]] += cases->filled[t];
  }
}

int hm_most_holes(const hm_cases *cases) {
  int most = 0;
  for (int s = 0; cases->hole_start && s < cases->N; s++) {
    const int holes = cases->hole_start[s + 1] - cases->hole_start[s];
    most = holes > most ? holes : most;
  }
  return most;
}

/* What is on in cases of 0 and 1. */
static void take_units(const hm_cases *cases, const hm_rows *rows,
                       hm_lists *lists) {
  const ptrdiff_t words = hm_words(cases->nv);
  for (int s = 0; s < rows->n; s++) {
    const ptrdiff_t row = hm_row(rows, s);
    int *item = lists->item + (ptrdiff_t)s * lists->stride;
    if (cases->bits) {
      lists->count[s] = list_bits(words, cases->bits + row * words, item);
      continue;
    }
    const int first = cases->start[row];
    const int count = cases->start[row + 1] - first;
    for (int t = 0; t < count; t++) {
      item[t] = cases->item[first + t];
    }
    lists->count[s] = count;
  }
}

static void take_values(const hm_cases *cases, const hm_rows *rows,
                        hm_lists *lists) {
  const int nv = cases->nv;
  for (int i = 0; !cases->by_case && i < nv; i++) {
    const double *column = cases->reals + (ptrdiff_t)i * cases->N;
    for (int s = 0; s < rows->n; s++) {
      lists->value[(ptrdiff_t)s * lists->stride + i] =
          (float)column[hm_row(rows, s)];
    }
  }
  for (int s = 0; s < rows->n; s++) {
    const ptrdiff_t row = hm_row(rows, s);
    float *value = lists->value + (ptrdiff_t)s * lists->stride;
    for (int i = 0; cases->by_case && i < nv; i++) {
      value[i] = (float)cases->by_case[row * nv + i];
    }
    for (int t = cases->hole_start ? cases->hole_start[row] : 0;
         cases->hole_start && t < cases->hole_start[row + 1]; t++) {
      value[cases->hole[t]] = (float)cases->filled[t];
    }
    hm_gather_values(nv, s, lists);
  }
}

void hm_take_lists(const hm_cases *cases, const hm_rows *rows,
                   hm_lists *lists) {
  lists->n = rows->n;
  if (!hm_cases_binary(cases)) {
    take_values(cases, rows, lists);
    return;
  }
  take_units(cases, rows, lists);
  for (int s = 0; lists->value && s < rows->n; s++) {
    for (int t = 0; t < lists->count[s]; t++) {
      lists->value[(ptrdiff_t)s * lists->stride + t] = 1.0f;
    }
  }
}

void hm_take(const hm_cases *cases, const hm_rows *rows, hm_states *states) {
  states->units = cases->nv;
  states->on.n = rows->n;
  if (hm_cases_binary(cases)) {
    states->x = NULL;
    take_units(cases, rows, &states->on);
    return;
  }
  for (int s = 0; cases->by_case && s < rows->n; s++) {
    memcpy(states->x + (ptrdiff_t)s * cases->nv,
           cases->by_case + (ptrdiff_t)hm_row(rows, s) * cases->nv,
           (size_t)cases->nv * sizeof *states->x);
  }
  for (int i = 0; !cases->by_case && i < cases->nv; i++) {
    const double *column = cases->reals + (ptrdiff_t)i * cases->N;
    for (int s = 0; s < rows->n; s++) {
      states->x[(ptrdiff_t)s * cases->nv + i] = column[hm_row(rows, s)];
    }
  }
  for (int s = 0; cases->hole_start && s < rows->n; s++) {
    const int row = hm_row(rows, s);
    double *x = states->x + (ptrdiff_t)s * cases->nv;
    for (int t = cases->hole_start[row]; t < cases->hole_start[row + 1]; t++) {
      x[cases->hole[t]] = cases->filled[t];
    }
  }
}

void hm_reader_lay(hm_arena *arena, const hm_cases *cases, int room,
                   hm_reader *reader) {
  reader->room = room;
  hm_states_lay(arena, cases->nv, room, &reader->states);
  reader->x = NULL;
  if (!hm_cases_binary(cases)) {
    reader->x = hm_allot(arena, (ptrdiff_t)room * cases->nv, sizeof(double));
  }
}

int hm_read(const hm_cases *cases, int first, hm_reader *reader,
            hm_rows *rows) {
  const hm_rows all = {NULL, 0, cases->N};
  if (first >= cases->N) {
    return 0;
  }
  *rows = hm_rows_from(&all, first, reader->room);
  reader->states.x = reader->x;
  hm_take(cases, rows, &reader->states);
  return 1;
}
