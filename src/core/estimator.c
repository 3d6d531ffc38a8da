#include "estimator.h"

#include <string.h>

static const hm_estimator *const table[] = {&hm_estimator_cd};

const hm_estimator *hm_estimator_row(int i) {
  const int rows = (int)(sizeof table / sizeof *table);
  return i >= 0 && i < rows ? table[i] : NULL;
}

const hm_estimator *hm_estimator_named(const char *name) {
  const hm_estimator *row;
  for (int i = 0; (row = hm_estimator_row(i)); i++) {
    if (strcmp(row->name, name) == 0) {
      return row;
    }
  }
  return NULL;
}
