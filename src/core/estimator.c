#include "estimator.h"

static const hm_estimator *const table[] = {
    &hm_estimator_cd, &hm_estimator_pcd,  &hm_estimator_fpcd,
    &hm_estimator_pt, &hm_estimator_ucd,  &hm_estimator_mf,
    &hm_estimator_pl, &hm_estimator_exact};

const hm_estimator *hm_estimator_row(int i) {
  const int rows = (int)(sizeof table / sizeof table[0]);
  return i >= 0 && i < rows ? table[i] : NULL;
}

const char *hm_estimator_name(int i) {
  const hm_estimator *row = hm_estimator_row(i);
  return row ? row->name : NULL;
}

const hm_estimator *hm_estimator_named(const char *name) {
  return hm_estimator_row(hm_row_named(hm_estimator_name, name));
}

ptrdiff_t hm_estimator_words(const hm_estimator *estimator,
                             const hm_layer *visible,
                             const hm_estimator_options *options) {
  return estimator->words ? estimator->words(visible, options) : 0;
}

ptrdiff_t hm_estimator_numbers(const hm_estimator *estimator,
                               const hm_estimator_options *options) {
  return estimator->numbers ? estimator->numbers(options) : 0;
}
