#include "unit.h"

static const hm_kind *const table[] = {&hm_unit_binary,      &hm_unit_binomial,
                                       &hm_unit_categorical, &hm_unit_ordinal,
                                       &hm_unit_ordinal2,    &hm_unit_count,
                                       &hm_unit_poisson,     &hm_unit_gaussian,
                                       &hm_unit_normal,      &hm_unit_relu};

const hm_kind *hm_unit_row(int i) {
  const int rows = (int)(sizeof table / sizeof table[0]);
  return i >= 0 && i < rows ? table[i] : NULL;
}

const char *hm_unit_name(int i) {
  const hm_kind *row = hm_unit_row(i);
  return row ? row->name : NULL;
}

const hm_kind *hm_unit_named(const char *name) {
  return hm_unit_row(hm_row_named(hm_unit_name, name));
}
