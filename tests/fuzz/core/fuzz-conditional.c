/* One layer given the other, from lists and from reals; energies of both. */
#include "conditional.h"

#include "energy.h"
#include "fuzz.h"

typedef struct {
  double *input, *mean, *energy, *free_energy;
  hm_states drawn;
} output;

static output run(const hm_model *model, int to_hidden, const hm_states *given,
                  const hm_states *other, const hm_rows *rows,
                  const hm_stream *stream, hm_hardware hw) {
  const hm_link layer =
      to_hidden ? hm_link_to_hidden(model) : hm_link_to_visible(model);
  const hm_link back =
      to_hidden ? hm_link_to_visible(model) : hm_link_to_hidden(model);
  const int n = given->on.n;
  const ptrdiff_t cells = (ptrdiff_t)n * layer.units;
  double *room = FUZZ_NEW(double, (ptrdiff_t)n * model->nh);
  output out = {FUZZ_NEW(double, cells),
                FUZZ_NEW(double, cells),
                FUZZ_NEW(double, n),
                FUZZ_NEW(double, n),
                {0}};
  hm_input(&layer, given, hw, out.input);
  hm_mean(&layer, n, out.input, hw, out.mean);
  FUZZ_LAY(hm_states_lay(arena, layer.units, n, &out.drawn));
  hm_draw(&layer, rows, out.mean, stream, hw, &out.drawn);
  hm_energy(model, to_hidden ? given : other, to_hidden ? other : given, hw,
            room, out.energy);
  hm_free_energy(&layer, &back, given, hw, FUZZ_NEW(double, cells),
                 out.free_energy);
  return out;
}

void fuzz(void) {
  const int nv = fuzz_size(70), nh = fuzz_size(70), n = fuzz_size(40);
  const int to_hidden = fuzz_int(0, 1);
  const hm_model model = fuzz_model(nv, nh, fuzz_rarely(4) ? 900.0 : 2.0);
  const int from = to_hidden ? nv : nh, units = to_hidden ? nh : nv;
  hm_states given = fuzz_lists(n, from, fuzz_cells(n, from));
  const hm_states other = fuzz_lists(n, units, fuzz_cells(n, units));
  const int real = fuzz_rarely(3);
  if (real) {
    given.x = fuzz_reals((ptrdiff_t)n * from, 0.0, 1.0);
  }
  hm_rows rows = fuzz_rows(1000, n);
  rows.row = NULL;
  rows.n = n;
  const hm_stream stream =
      hm_stream_of(fuzz_key(), HM_DRAW_HIDDEN, (uint32_t)fuzz_byte(), 3);
  const output x =
      run(&model, to_hidden, &given, &other, &rows, &stream, fuzz_hardware());
  const output y =
      run(&model, to_hidden, &given, &other, &rows, &stream, fuzz_hardware());
  const ptrdiff_t cells = (ptrdiff_t)n * units;
  FUZZ_CHECK(fuzz_sound_lists(&x.drawn.on, units), "draws are lists");
  if (fuzz_wild) {
    return;
  }
  FUZZ_CHECK(fuzz_finite(cells, x.input) && fuzz_finite(n, x.energy) &&
                 fuzz_finite(n, x.free_energy),
             "inputs and energies are finite");
  FUZZ_CHECK(fuzz_within(cells, x.mean, 0.0, 1.0), "means are probabilities");
  FUZZ_CHECK(fuzz_same(cells, x.input, y.input) &&
                 fuzz_same(cells, x.mean, y.mean) &&
                 fuzz_same(n, x.energy, y.energy) &&
                 fuzz_same(n, x.free_energy, y.free_energy) &&
                 fuzz_same_lists(&x.drawn.on, &y.drawn.on),
             "the same bits on any hardware");
}
