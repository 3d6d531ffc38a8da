#include "unit.h"

#include <string.h>

static const hm_unit_kind *const table[] = {&hm_unit_binary};

const hm_unit_kind *hm_unit_row(int i) {
  const int rows = (int)(sizeof table / sizeof table[0]);
  return i >= 0 && i < rows ? table[i] : NULL;
}

const hm_unit_kind *hm_unit_named(const char *name) {
  const hm_unit_kind *row;
  for (int i = 0; (row = hm_unit_row(i)); i++) {
    if (strcmp(row->name, name) == 0) {
      return row;
    }
  }
  return NULL;
}
