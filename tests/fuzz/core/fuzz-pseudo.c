/* Pseudo-log-likelihoods, by tables and from the definition; what the monitor
 * makes of them. */
#include "pseudo.h"

#include "conditional.h"
#include "fuzz.h"
#include "monitor.h"

static double *score(const hm_model *model, int n, const double *x,
                     const hm_states *given, int tabled, hm_hardware hw) {
  const hm_link hidden = hm_link_to_hidden(model);
  double *input = FUZZ_NEW(double, (ptrdiff_t)n * model->nh);
  double *value = FUZZ_NEW(double, n);
  hm_flips flips;
  FUZZ_LAY(hm_flips_lay(arena, model->nv, model->nh, &flips));
  hm_flips_set(model, hw.level, &flips);
  double *tail = FUZZ_NEW(double, (ptrdiff_t)n *flips.wide);
  hm_input(&hidden, given, hw, input);
  hm_pseudo_log_lik(model, n, x, input, tabled ? &flips : NULL, hw, tail,
                    value);
  return value;
}

static void check_monitor(const hm_model *model) {
  const hm_cases cases = fuzz_cases(fuzz_size(60), model->nv, 1);
  hm_monitor_report report[2];
  const uint32_t *key = fuzz_key();
  int left = fuzz_rarely(4) ? fuzz_int(1, 4) : 0;
  const int stops = left;
  for (int i = 0; i < 2; i++) {
    const hm_watch watch = fuzz_watch(&left);
    hm_monitor_work work;
    FUZZ_LAY(hm_monitor_lay(arena, &cases, model->visible, model->nh, &work));
    hm_monitor_choose(&cases, key, &work);
    if (hm_monitor(model, &cases, &watch, fuzz_hardware(), &work, report + i) !=
        HM_OK) {
      FUZZ_CHECK(stops, "it was stopped");
      return;
    }
    left = 0;
  }
  if (fuzz_wild) {
    return;
  }
  FUZZ_CHECK(isfinite(report->reconstruction_error) &&
                 isfinite(report->pseudo_log_lik) &&
                 report->pseudo_log_lik <= 0.0 &&
                 report->hidden_activity >= 0.0 &&
                 report->hidden_activity <= 1.0 + 1e-12,
             "a report is of probabilities");
  FUZZ_CHECK(
      fuzz_same(1, &report[0].pseudo_log_lik, &report[1].pseudo_log_lik) &&
          fuzz_same(1, &report[0].reconstruction_error,
                    &report[1].reconstruction_error) &&
          fuzz_same(1, &report[0].hidden_activity, &report[1].hidden_activity),
      "and has the same bits on any hardware");
}

void fuzz(void) {
  static const double sizes[] = {1.0, 1.0, 30.0, 900.0};
  const int nv = fuzz_size(70), nh = fuzz_size(70), n = fuzz_size(40);
  const hm_model model = fuzz_model(nv, nh, sizes[fuzz_int(0, 3)]);
  if (fuzz_rarely(2)) {
    check_monitor(&model);
    return;
  }
  const int real = fuzz_rarely(3);
  double *x =
      real ? fuzz_reals((ptrdiff_t)n * nv, 0.0, 1.0) : fuzz_cells(n, nv);
  hm_states given = fuzz_lists(n, nv, x);
  given.x = real ? x : NULL;
  const double *one = score(&model, n, x, &given, !real, fuzz_hardware());
  const double *two = score(&model, n, x, &given, !real, fuzz_hardware());
  const double *plain = score(&model, n, x, &given, 0, fuzz_hardware());
  for (int s = 0; s < n && !fuzz_wild; s++) {
    FUZZ_CHECK(isfinite(one[s]) && one[s] <= 1e-9, "a score is finite");
    FUZZ_CHECK(fabs(one[s] - plain[s]) <= 1e-8 * (1.0 + fabs(plain[s])),
               "both ways agree");
  }
  FUZZ_CHECK(fuzz_wild || fuzz_same(n, one, two),
             "the same bits on any hardware");
}
