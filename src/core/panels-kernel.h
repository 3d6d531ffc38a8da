/* Kernels of panels.c, see simd.h. */

/* Vectors in a row of a panel, and how many sums go side by side: an addition
 * waits for the one before it in its column, so eight vectors are at work. */
#define row_vectors KERNEL(row_vectors)
#define abreast KERNEL(abreast)
enum { row_vectors = HM_PANEL / float_lanes };
enum { abreast = row_vectors < 8 ? 8 / row_vectors : 1 };

/* One row of a panel in registers. */
KERNEL_INLINE void KERNEL(load_row)(const float *row, floats *sum) {
  HM_UNROLL for (int p = 0; p < row_vectors; p++) {
    sum[p] = load_floats(row + p * float_lanes);
  }
}

KERNEL_INLINE void KERNEL(store_row)(const floats *sum, float *row) {
  HM_UNROLL for (int p = 0; p < row_vectors; p++) {
    store_floats(row + p * float_lanes, sum[p]);
  }
}

KERNEL_INLINE void KERNEL(add_row)(const float *row, floats *sum) {
  HM_UNROLL for (int p = 0; p < row_vectors; p++) {
    sum[p] += load_floats(row + p * float_lanes);
  }
}

/* The sums of lists side by side += rows item[.][0] to item[.][count - 1]. */
HM_INLINED KERNEL_INLINE void KERNEL(add_abreast)(const int *const *item,
                                                  int count, const float *rows,
                                                  floats (*sum)[row_vectors]) {
  for (int t = 0; t < count; t++) {
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      KERNEL(add_row)(rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
    }
  }
}

/* out row s += the rows that list s has from its place begin[s] to end[s] - 1,
 * both counted from list `from`, for the n lists that `order` names, also from
 * there: side by side as far as the shortest of them. Neighbours in the order
 * are of like length. */
KERNEL_ATTRIBUTE static void KERNEL(add_rows)(const hm_lists *lists, int from,
                                              int n, const int *order,
                                              const int *begin, const int *end,
                                              const float *rows, float *out) {
  for (int at = 0; at < n; at += abreast) {
    floats sum[abreast][row_vectors];
    const int *item[abreast];
    int count[abreast], least = 0;
    float *to_row[abreast], unused[HM_PANEL] = {0.0f};
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      const int s = order[at + l < n ? at + l : at];
      item[l] = lists->item + (from + s) * (ptrdiff_t)lists->stride + begin[s];
      count[l] = end[s] - begin[s];
      least = l == 0 || count[l] < least ? count[l] : least;
      to_row[l] = at + l < n ? out + (from + s) * (ptrdiff_t)HM_PANEL : unused;
      KERNEL(load_row)(to_row[l], sum[l]);
    }
    KERNEL(add_abreast)(item, least, rows, sum);
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      for (int t = least; t < count[l]; t++) {
        KERNEL(add_row)(rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
      }
      KERNEL(store_row)(sum[l], to_row[l]);
    }
  }
}

/* out row i := the sum of the rows of list first + i, for the n lists that
 * `order` names from `first` on. Those that go side by side are of one length.
 */
KERNEL_ATTRIBUTE static void KERNEL(sum_groups)(const hm_lists *lists,
                                                int first, int n,
                                                const int *order,
                                                const float *rows, float *out) {
  for (int at = 0; at < n; at += abreast) {
    floats sum[abreast][row_vectors];
    const int *item[abreast];
    const int count = lists->count[first + order[at]];
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      const int i = first + order[at + l < n ? at + l : at];
      item[l] = lists->item + (ptrdiff_t)i * lists->stride;
      HM_UNROLL for (int p = 0; p < row_vectors; p++) {
        sum[l][p] = (floats){0.0f};
      }
    }
    KERNEL(add_abreast)(item, count, rows, sum);
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      if (at + l < n) {
        KERNEL(store_row)(sum[l], out + (ptrdiff_t)order[at + l] * HM_PANEL);
      }
    }
  }
}

/* table := for each four of n rows, the sums of its sixteen subsets, each the
 * sum of the subset without its last row, and that row; rows beyond
 * them are 0. */
KERNEL_INLINE void KERNEL(fill_tables)(int n, const float *rows, float *table) {
  static const float none[HM_PANEL] = {0.0f};
  for (int first = 0; first < n; first += HM_FOUR) {
    const float *row[HM_FOUR];
    HM_UNROLL for (int i = 0; i < HM_FOUR; i++) {
      row[i] = first + i < n ? rows + (ptrdiff_t)(first + i) * HM_PANEL : none;
    }
    for (int j = 0; j < HM_PANEL; j += float_lanes) {
      floats sum[HM_SUBSETS];
      sum[0] = (floats){0.0f};
      sum[1] = sum[0] + load_floats(row[0] + j);
      HM_UNROLL for (int u = 0; u < 2; u++) {
        sum[2 + u] = sum[u] + load_floats(row[1] + j);
      }
      HM_UNROLL for (int u = 0; u < 4; u++) {
        sum[4 + u] = sum[u] + load_floats(row[2] + j);
      }
      HM_UNROLL for (int u = 0; u < 8; u++) {
        sum[8 + u] = sum[u] + load_floats(row[3] + j);
      }
      HM_UNROLL for (int u = 0; u < 8; u++) {
        store_floats(table + u * HM_PANEL + j, sum[u]);
        store_floats(table + (u + 8) * HM_PANEL + j, sum[u + 8]);
      }
    }
    table += HM_SUBSETS * HM_PANEL;
  }
}

/* out row which[l] += the sums of its subsets of fours of at most HM_FOUR
 * HM_TABLES rows, for n lists; place as places_of() has it. */
KERNEL_ATTRIBUTE static void KERNEL(add_fours)(int n, const int *which,
                                               const uint16_t *place, int rows,
                                               const float *from, float *out) {
  enum { line = 16 };
  float room[HM_TABLES * HM_SUBSETS * HM_PANEL + line];
  float unused[HM_PANEL] = {0.0f};
  /* A vector that lies across two lines of a cache takes two loads. */
  float *table = room + (line - (uintptr_t)room / sizeof *room % line) % line;
  const int used = (rows + HM_FOUR - 1) / HM_FOUR;
  KERNEL(fill_tables)(rows, from, table);
  for (int first = 0; first < n; first += abreast) {
    floats sum[abreast][row_vectors];
    const uint16_t *at[abreast];
    float *to[abreast];
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      const int here = first + l < n ? first + l : first;
      at[l] = place + (ptrdiff_t)here * HM_TABLES;
      to[l] = first + l < n ? out + (ptrdiff_t)which[here] * HM_PANEL : unused;
      KERNEL(load_row)(to[l], sum[l]);
    }
    for (int g = 0; g < used; g++) {
      HM_UNROLL for (int l = 0; l < abreast; l++) {
        KERNEL(add_row)(table + at[l][g], sum[l]);
      }
    }
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      KERNEL(store_row)(sum[l], to[l]);
    }
  }
}

/* The same from the rows themselves. */
KERNEL_ATTRIBUTE static void KERNEL(add_subsets)(int n, const int *which,
                                                 const uint16_t *place,
                                                 int rows, const float *from,
                                                 float *out) {
  const int used = (rows + HM_FOUR - 1) / HM_FOUR;
  for (int l = 0; l < n; l++, place += HM_TABLES) {
    float *to = out + (ptrdiff_t)which[l] * HM_PANEL;
    floats sum[row_vectors];
    KERNEL(load_row)(to, sum);
    for (int g = 0; g < used; g++) {
      int left = place[g] / HM_PANEL % HM_SUBSETS;
      floats subset[row_vectors];
      HM_UNROLL for (int p = 0; p < row_vectors; p++) {
        subset[p] = (floats){0.0f};
      }
      for (; left; left &= left - 1) {
        const int row = HM_FOUR * g + hm_lowest_bit((uint64_t)left);
        KERNEL(add_row)(from + (ptrdiff_t)row * HM_PANEL, subset);
      }
      HM_UNROLL for (int p = 0; p < row_vectors; p++) { sum[p] += subset[p]; }
    }
    KERNEL(store_row)(sum, to);
  }
}

/* out row which[l] += the sums of its subsets of fours of one tile of rows, of
 * which it has those whose bits are on. */
KERNEL_ATTRIBUTE static void KERNEL(add_tables)(int n, const int *which,
                                                const uint32_t *bits, int rows,
                                                const float *from, float *out) {
  enum { line = 16, one = HM_SUBSETS * HM_PANEL };
  float room[HM_TABLES * one + line], unused[HM_PANEL] = {0.0f};
  float *table = room + (line - (uintptr_t)room / sizeof *room % line) % line;
  const int used = (rows + HM_FOUR - 1) / HM_FOUR;
  KERNEL(fill_tables)(rows, from, table);
  for (int first = 0; first < n; first += abreast) {
    floats sum[abreast][row_vectors];
    uint32_t left[abreast];
    float *to[abreast];
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      const int here = which[first + l < n ? first + l : first];
      left[l] = bits[here];
      to[l] = first + l < n ? out + (ptrdiff_t)here * HM_PANEL : unused;
      KERNEL(load_row)(to[l], sum[l]);
    }
    const float *at = table;
    for (int g = 0; g < used; g++, at += one) {
      HM_UNROLL for (int l = 0; l < abreast; l++) {
        KERNEL(add_row)(at + (left[l] & (HM_SUBSETS - 1)) * HM_PANEL, sum[l]);
        left[l] >>= HM_FOUR;
      }
    }
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      KERNEL(store_row)(sum[l], to[l]);
    }
  }
}

/* The same from the rows themselves; */
KERNEL_ATTRIBUTE static void KERNEL(add_bits_by_fours)(int n, const int *which,
                                                       const uint32_t *bits,
                                                       int rows,
                                                       const float *from,
                                                       float *out) {
  (void)rows;
  for (int l = 0; l < n; l++) {
    float *to = out + (ptrdiff_t)which[l] * HM_PANEL;
    const float *four = from;
    floats sum[row_vectors];
    KERNEL(load_row)(to, sum);
    for (uint32_t left = bits[which[l]]; left; left >>= HM_FOUR) {
      floats subset[row_vectors];
      HM_UNROLL for (int p = 0; p < row_vectors; p++) {
        subset[p] = (floats){0.0f};
      }
      for (uint32_t here = left & (HM_SUBSETS - 1); here; here &= here - 1) {
        KERNEL(add_row)(four + hm_lowest_bit(here) * HM_PANEL, subset);
      }
      HM_UNROLL for (int p = 0; p < row_vectors; p++) { sum[p] += subset[p]; }
      four += HM_FOUR * HM_PANEL;
    }
    KERNEL(store_row)(sum, to);
  }
}

/* and one after another, without fours. */
KERNEL_ATTRIBUTE static void KERNEL(add_bits)(int n, const int *which,
                                              const uint32_t *bits, int rows,
                                              const float *from, float *out) {
  (void)rows;
  for (int l = 0; l < n; l++) {
    float *to = out + (ptrdiff_t)which[l] * HM_PANEL;
    floats sum[row_vectors];
    KERNEL(load_row)(to, sum);
    for (uint32_t left = bits[which[l]]; left; left &= left - 1) {
      KERNEL(add_row)(from + hm_lowest_bit(left) * HM_PANEL, sum);
    }
    KERNEL(store_row)(sum, to);
  }
}

KERNEL_INLINE void KERNEL(add_by)(float value, const float *row, floats *sum) {
  HM_UNROLL for (int p = 0; p < row_vectors; p++) {
    sum[p] += APART(value * load_floats(row + p * float_lanes));
  }
}

/* Items by their values: lists side by side as far as the shortest of them. */
KERNEL_ATTRIBUTE static void KERNEL(sum_values)(const hm_lists *lists, int from,
                                                int to, const float *rows,
                                                const float *start,
                                                float *out) {
  for (int s = from; s < to; s += abreast) {
    floats sum[abreast][row_vectors];
    const int *item[abreast];
    const float *value[abreast];
    int count[abreast], least = 0;
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      const int list = s + l < to ? s + l : s;
      item[l] = lists->item + (ptrdiff_t)list * lists->stride;
      value[l] = lists->value + (ptrdiff_t)list * lists->stride;
      count[l] = lists->count[list];
      least = l == 0 || count[l] < least ? count[l] : least;
      KERNEL(load_row)(start, sum[l]);
    }
    for (int t = 0; t < least; t++) {
      HM_UNROLL for (int l = 0; l < abreast; l++) {
        KERNEL(add_by)
        (value[l][t], rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
      }
    }
    HM_UNROLL for (int l = 0; l < abreast; l++) {
      for (int t = least; t < count[l]; t++) {
        KERNEL(add_by)
        (value[l][t], rows + (ptrdiff_t)item[l][t] * HM_PANEL, sum[l]);
      }
      if (s + l < to) {
        KERNEL(store_row)(sum[l], out + (ptrdiff_t)(s + l) * HM_PANEL);
      }
    }
  }
}

#undef row_vectors
#undef abreast
