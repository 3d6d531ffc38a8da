#include "team.h"

#ifdef _OPENMP
#include <omp.h>
#endif

#include "special.h"

#define HM_KERNEL_FILE "team-kernel.h"
#include "simd-each-kernel.h"

static int is_binary(const hm_layer *layer) {
  return layer->runs == 1 && layer->run[0].kind == &hm_unit_binary;
}

/* Sums are exact up to HM_PHASES_ROOM cases. */
int hm_team_can(const hm_team_plan *plan, const hm_layer *visible,
                const hm_layer *hidden, const hm_cases *cases) {
  const hm_rule *rule = plan->rule;
  const int most =
      plan->chains > plan->batch_size ? plan->chains : plan->batch_size;
  return is_binary(visible) && is_binary(hidden) && hm_cases_binary(cases) &&
         !cases->weight && !cases->hole_start && most <= HM_PHASES_ROOM &&
         rule->optimiser->step_tile && rule->options.l1 <= 0.0 &&
         rule->max_norm <= 0.0 && !rule->fast && !rule->share;
}

/* Blocks of visible units, and panels in one. */
enum { panels_at_once = HM_ROWS_AT_ONCE / HM_PANEL };

static int blocks_of(int nv) { return (nv - 1) / HM_ROWS_AT_ONCE + 1; }

static void lay_states(hm_arena *arena, int room, int nv,
                       hm_team_states *states) {
  const ptrdiff_t down = hm_panels_across(nv);
  hm_lists_lay(arena, room, nv, &states->on);
  states->bits = hm_allot(arena, room * down, sizeof(uint32_t));
  states->begin =
      hm_allot(arena, (ptrdiff_t)room * (blocks_of(nv) + 1), sizeof(int));
}

/* A thread's own: sums or rows of cases, a tile, and the same turned over; and
 * orders of lists, block by block, of data and draws, with how many they are,
 * and two lists of cases. */
enum { tile_size = HM_PANEL * HM_PANEL };

void hm_team_lay(hm_arena *arena, const hm_team_plan *plan, int nv, int nh,
                 hm_team *team) {
  const int room =
      plan->chains > plan->batch_size ? plan->chains : plan->batch_size;
  const ptrdiff_t down = hm_panels_across(nv), across = hm_panels_across(nh);
  team->room = room;
  lay_states(arena, room, nv, &team->data);
  lay_states(arena, room, nv, &team->draws);
  team->hidden_bits = hm_allot(arena, room * across, sizeof(uint32_t));
  hm_panels_lay(arena, room + 1, nh, &team->data_mean);
  hm_panels_lay(arena, room, nh, &team->mean);
  hm_lists_lay(arena, nv, room, &team->by_unit);
  hm_lists_lay(arena, nv, room, &team->drawn);
  team->order = hm_allot(arena, 2 * down * HM_PANEL, sizeof(int));
  team->data_total = hm_allot(arena, (ptrdiff_t)nv + nh, sizeof(double));
  team->each = (3 * (ptrdiff_t)room + 1) * HM_PANEL + 2 * tile_size;
  team->own = hm_allot(arena, team->each * plan->most, sizeof(float));
  team->orders = 2 * ((room + 1) * (ptrdiff_t)blocks_of(nv) + room) + 2 * room;
  team->own_order = hm_allot(arena, team->orders * plan->most, sizeof(int));
}

/* In which order the lists of a block are added up: used[block] of them, which
 * have anything in it; and the lists that go by fours instead. */
typedef struct {
  int *order; /* blocks of `room` */
  int *used;
  int *which;
  int fours;
} list_order;

/* One update, as one of the threads sees it. */
typedef struct {
  const hm_team_plan *plan;
  const hm_team_task *task;
  hm_team *team;
  hm_trained *trained;
  hm_level level;
  int part;
  int parts;
  float *own;
  list_order of_data;
  list_order of_draws;
  int *which; /* 2 room */
  uint32_t number;
  hm_rows rows;  /* the cases, */
  hm_rows drawn; /* and cases or chains that states are drawn for */
  int apart;     /* whether a case counts more or less than a draw */
  hm_shares shares;
} member;

/* A checker of threads that does not see into OpenMP has a way of its own. */
static void wait_for_all(void) {
#if defined(HM_WAIT_FOR_ALL)
  HM_WAIT_FOR_ALL;
#elif defined(_OPENMP)
#pragma omp barrier
#endif
}

/* Where this thread has room of its own. */
static void set_own(member *one) {
  const hm_team *team = one->team;
  const int blocks = blocks_of(one->trained->working.nv);
  int *at = team->own_order + one->part * team->orders;
  list_order *each[] = {&one->of_data, &one->of_draws};
  one->own = team->own + one->part * team->each;
  for (int i = 0; i < 2; i++) {
    each[i]->order = at;
    each[i]->used = at + blocks * (ptrdiff_t)team->room;
    each[i]->which = each[i]->used + blocks;
    each[i]->fours = 0;
    at = each[i]->which + team->room;
  }
  one->which = at;
}

static void set_update(int batch, member *one) {
  const hm_team_task *task = one->task;
  const hm_rows all = {task->order, 0, task->cases->N};
  const int size = one->plan->batch_size, chains = one->plan->chains;
  one->rows = hm_rows_from(&all, batch * size, size);
  one->drawn = one->rows;
  if (chains > 0) {
    one->drawn = (hm_rows){NULL, 0, chains};
  }
  const int n = one->rows.n, m = one->drawn.n;
  one->number = task->number + (uint32_t)batch;
  one->apart = n != m;
  one->shares = hm_shares_of(n, m);
}

/* The first of this thread's share of n, and that of the next one. */
static int first_of(const member *one, int n) {
  return hm_share(n, one->part, one->parts);
}

static int end_of(const member *one, int n) {
  return hm_share(n, one->part + 1, one->parts);
}

/* The list of case s := its bits. */
static void list_case(int room, int nv, int s, hm_team_states *states) {
  const int down = hm_panels_across(nv);
  int *item = states->on.item + (ptrdiff_t)s * states->on.stride, count = 0;
  int *begin = states->begin + s;
  for (int p = 0; p < down; p += 2) {
    uint64_t left = states->bits[p * (ptrdiff_t)room + s];
    if (p + 1 < down) {
      left |= (uint64_t)states->bits[(p + 1) * (ptrdiff_t)room + s] << 32;
    }
    if (p % panels_at_once == 0) {
      begin[p / panels_at_once * (ptrdiff_t)room] = count;
    }
    for (; left; left &= left - 1) {
      item[count++] = p * HM_PANEL + hm_lowest_bit(left);
    }
  }
  begin[blocks_of(nv) * (ptrdiff_t)room] = states->on.count[s] = count;
}

/* The data := this thread's share of the cases. */
static void take_cases(const member *one) {
  hm_team *team = one->team;
  const hm_cases *cases = one->task->cases;
  const int down = hm_panels_across(cases->nv);
  const ptrdiff_t words = hm_words(cases->nv), room = team->room;
  for (int s = first_of(one, one->rows.n); s < end_of(one, one->rows.n); s++) {
    const int row = hm_row(&one->rows, s);
    uint32_t *bits = team->data.bits + s;
    for (int p = 0; p < down; p++) {
      bits[p * room] =
          cases->bits
              ? (uint32_t)(cases->bits[row * words + p / 2] >> (p % 2 * 32))
              : 0;
    }
    const int first = cases->bits ? 0 : cases->start[row];
    const int end = cases->bits ? 0 : cases->start[row + 1];
    for (int t = first; t < end; t++) {
      const int unit = cases->item[t];
      bits[unit / HM_PANEL * room] |= 1u << unit % HM_PANEL;
    }
    list_case(team->room, cases->nv, s, &team->data);
  }
}

/* The draws := this thread's share of the chains, and the other way. */
static void take_chains(const member *one) {
  hm_team *team = one->team;
  const int nv = one->task->cases->nv, down = hm_panels_across(nv);
  for (int m = first_of(one, one->drawn.n); m < end_of(one, one->drawn.n);
       m++) {
    for (int p = 0; p < down; p++) {
      team->draws.bits[p * (ptrdiff_t)team->room + m] =
          one->task->chains[(ptrdiff_t)m * down + p];
    }
    list_case(team->room, nv, m, &team->draws);
  }
}

/* Lists this thread's share of the draws; the last ones are what the chains
 * become. */
static void list_draws(const member *one, int last) {
  hm_team *team = one->team;
  const int nv = one->task->cases->nv, down = hm_panels_across(nv);
  for (int m = first_of(one, one->drawn.n); m < end_of(one, one->drawn.n);
       m++) {
    list_case(team->room, nv, m, &team->draws);
    for (int p = 0; last && one->plan->chains > 0 && p < down; p++) {
      one->task->chains[(ptrdiff_t)m * down + p] =
          team->draws.bits[p * (ptrdiff_t)team->room + m];
    }
  }
}

/* Of n lists, all of which are there. */
static void order_lists(const member *one, int n, const hm_team_states *states,
                        list_order *to) {
  const int room = one->team->room, nv = one->trained->working.nv;
  int singly = 0, single[HM_PHASES_ROOM];
  to->fours = 0;
  for (int s = 0; s < n; s++) {
    if (hm_by_fours(states->on.count[s], nv)) {
      to->which[to->fours++] = s;
    } else {
      single[singly++] = s;
    }
  }
  for (int b = 0; b < blocks_of(nv); b++) {
    const int *begin = states->begin + b * (ptrdiff_t)room;
    int *order = to->order + b * (ptrdiff_t)room;
    int here[HM_PHASES_ROOM], any[HM_PHASES_ROOM], used = 0;
    for (int l = 0; l < singly; l++) {
      const int s = single[l];
      any[used] = s;
      here[used] = begin[s + room] - begin[s];
      used += here[used] > 0;
    }
    hm_order_by_count(used, here, order);
    for (int l = 0; l < used; l++) {
      order[l] = any[order[l]];
    }
    to->used[b] = used;
  }
}

/* Of the last panel, what stands beyond `width` in n rows := 0. */
static void clear_beyond(int n, int width, float *rows) {
  const int left = width % HM_PANEL;
  for (int s = 0; left > 0 && s < n; s++) {
    memset(rows + (ptrdiff_t)s * HM_PANEL + left, 0,
           (size_t)(HM_PANEL - left) * sizeof *rows);
  }
}

/* n rows that each begin as `start`. */
static void begin_rows(int n, const float *start, float *rows) {
  for (int s = 0; s < n; s++) {
    memcpy(rows + (ptrdiff_t)s * HM_PANEL, start, HM_PANEL * sizeof *rows);
  }
}

/* Panel q of team->mean := p(h | v), v being the first n lists. */
static void set_means(const member *one, int n, const hm_team_states *states,
                      const list_order *by, int q) {
  const hm_team *team = one->team;
  const hm_working *working = &one->trained->working;
  const int nv = working->nv, nh = working->nh, room = team->room;
  const float *W = hm_panel_row(&working->W, q, 0);
  float *mean = hm_panel_row(&team->mean, q, 0);
  begin_rows(n, working->c + (ptrdiff_t)q * HM_PANEL, mean);
  for (int b = 0; b < blocks_of(nv); b++) {
    const int *begin = states->begin + b * (ptrdiff_t)room;
    hm_add_listed(one->level, &states->on, by->used[b],
                  by->order + b * (ptrdiff_t)room, begin, begin + room, W,
                  mean);
  }
  for (int p = 0; by->fours > 0 && p < hm_panels_across(nv); p++) {
    const int left = nv - p * HM_PANEL;
    hm_add_tile(
        one->level, 1, by->fours, by->which, states->bits + p * (ptrdiff_t)room,
        left < HM_PANEL ? left : HM_PANEL, W + (ptrdiff_t)p * tile_size, mean);
  }
  hm_sigm_singles(one->level, (ptrdiff_t)n * HM_PANEL, mean, mean);
  if (q == hm_panels_across(nh) - 1) {
    clear_beyond(n, nh, mean);
  }
}

/* Panel q of the data's means := p(h | v), and that of team->mean, from which
 * the first states are drawn, those of the data or of the chains. */
static void set_data(const member *one, int q) {
  const hm_team *team = one->team;
  set_means(one, one->rows.n, &team->data, &one->of_data, q);
  hm_to_grid(one->level, (ptrdiff_t)one->rows.n * HM_PANEL,
             hm_panel_row(&team->mean, q, 0),
             hm_panel_row(&team->data_mean, q, 0));
  if (one->plan->chains > 0) {
    set_means(one, one->drawn.n, &team->draws, &one->of_draws, q);
  }
}

static void draw_hidden(const member *one, int sweep) {
  hm_team *team = one->team;
  const int across = hm_panels_across(one->trained->working.nh);
  const hm_stream stream = hm_stream_of(one->plan->key, HM_DRAW_HIDDEN,
                                        one->number, (uint32_t)sweep);
  const hm_drawing drawing = {&stream, &one->drawn, 0, one->drawn.n};
  for (int q = first_of(one, across); q < end_of(one, across); q++) {
    hm_bernoulli(one->level, &drawing, q, hm_panel_row(&team->mean, q, 0),
                 team->hidden_bits + q * (ptrdiff_t)team->room, 1);
  }
}

/* How many bits of a word are on: by pairs, fours, bytes and all. */
static int count_bits(uint32_t word) {
  word -= word >> 1 & 0x55555555u;
  word = (word & 0x33333333u) + (word >> 2 & 0x33333333u);
  word = (word + (word >> 4)) & 0x0F0F0F0Fu;
  return (int)(word * 0x01010101u >> 24);
}

/* which := the draws whose hidden units go by fours, and from `room` on the
 * others; returns how many go by fours. */
static int sort_draws(const member *one, int *which) {
  const hm_team *team = one->team;
  const int nh = one->trained->working.nh;
  int fours = 0, singly = 0;
  for (int s = 0; s < one->drawn.n; s++) {
    int count = 0;
    for (int q = 0; q < hm_panels_across(nh); q++) {
      count += count_bits(team->hidden_bits[q * (ptrdiff_t)team->room + s]);
    }
    if (hm_by_fours(count, nh)) {
      which[fours++] = s;
    } else {
      which[team->room + singly++] = s;
    }
  }
  return fours;
}

/* 32 words of 32 bits turned over: bit j of word i goes to bit i of word j. */
static void turn_bits(uint32_t *word) {
  uint32_t mask = 0x0000FFFFu;
  for (int half = 16; half > 0; half /= 2, mask ^= mask << half) {
    for (int i = 0; i < HM_PANEL; i = (i + half + 1) & ~half) {
      const uint32_t other = (word[i] >> half ^ word[i + half]) & mask;
      word[i] ^= other << half;
      word[i + half] ^= other;
    }
  }
}

/* by_unit[i][w] := bits of the cases 32 w and on in which unit i is on, by one
 * word for each of n cases. */
enum { case_words = HM_PHASES_ROOM / HM_PANEL };

static void bits_by_unit(int n, const uint32_t *by_case,
                         uint32_t by_unit[HM_PANEL][case_words]) {
  for (int first = 0; first < n; first += HM_PANEL) {
    uint32_t word[HM_PANEL] = {0};
    const int here = n - first < HM_PANEL ? n - first : HM_PANEL;
    memcpy(word, by_case + first, (size_t)here * sizeof *word);
    turn_bits(word);
    for (int i = 0; i < HM_PANEL; i++) {
      by_unit[i][first / HM_PANEL] = word[i];
    }
  }
}

/* item[.] := s for the cases s whose bits are on in either, of so many words,
 * and `more` on top where they are in `second`, and as much again where in
 * both; returns how many. */
static int list_cases(int words, const uint32_t *first, const uint32_t *second,
                      int more, int *item) {
  int count = 0;
  for (int w = 0; w < words; w += 2) {
    const int two = w + 1 < words;
    const uint64_t a = first[w] | (two ? (uint64_t)first[w + 1] << 32 : 0);
    const uint64_t b = second[w] | (two ? (uint64_t)second[w + 1] << 32 : 0);
    for (uint64_t left = a | b; left; left &= left - 1) {
      const int s = hm_lowest_bit(left);
      const int in_first = (int)(a >> s & 1u), in_second = (int)(b >> s & 1u);
      item[count++] =
          w * HM_PANEL + s + more * (in_second + in_first * in_second);
    }
  }
  return count;
}

static int count_cases(int words, const uint32_t *bits) {
  int count = 0;
  for (int w = 0; w < words; w++) {
    count += count_bits(bits[w]);
  }
  return count;
}

/* order := the lists by their lengths, of which each group is made one by a row
 * that is 0. */
static void group_lists(int top, int high, int zero, hm_lists *lists,
                        int *order) {
  hm_order_by_count(high, lists->count + top, order);
  for (int at = 0; at < high; at += HM_ABREAST) {
    const int end = high - at < HM_ABREAST ? high : at + HM_ABREAST;
    int longest = 0;
    for (int l = at; l < end; l++) {
      const int count = lists->count[top + order[l]];
      longest = count > longest ? count : longest;
    }
    for (int l = at; l < end; l++) {
      int *item = lists->item + (top + order[l]) * (ptrdiff_t)lists->stride;
      for (int t = lists->count[top + order[l]]; t < longest; t++) {
        item[t] = zero;
      }
      lists->count[top + order[l]] = longest;
    }
  }
}

/* Lists of the units of a panel := the rows that their gradient is the sum of;
 * and the parts of their biases. A unit that is on in a case and in its draw
 * has one row for both. */
static void list_rows(const member *one, int p) {
  static const uint32_t none[case_words] = {0};
  hm_team *team = one->team;
  const int down = hm_panels_across(one->trained->working.nv);
  const int top = p * HM_PANEL, left = one->trained->working.nv - top;
  const int high = left < HM_PANEL ? left : HM_PANEL;
  const int n = one->rows.n, m = one->drawn.n;
  uint32_t data[HM_PANEL][case_words], draws[HM_PANEL][case_words];
  bits_by_unit(n, team->data.bits + p * (ptrdiff_t)team->room, data);
  bits_by_unit(m, team->draws.bits + p * (ptrdiff_t)team->room, draws);
  const int n_words = hm_panels_across(n), m_words = hm_panels_across(m);
  for (int i = 0; i < high; i++) {
    const ptrdiff_t at = (top + i) * (ptrdiff_t)team->room;
    const int on = count_cases(n_words, data[i]);
    const int drawn = count_cases(m_words, draws[i]);
    const double more =
        one->shares.draws_units * drawn - one->shares.data_units * on;
    team->by_unit.count[top + i] =
        list_cases(n_words, data[i], one->apart ? none : draws[i], n,
                   team->by_unit.item + at);
    team->drawn.count[top + i] =
        one->apart
            ? list_cases(m_words, draws[i], none, 0, team->drawn.item + at)
            : 0;
    one->trained->of_biases[top + i] = one->shares.unit * more + 0.0;
    team->data_total[top + i] = one->shares.data * on;
  }
  hm_step_visible(one->level, top, top + high, one->trained);
  group_lists(top, high, one->apart ? n : 3 * n, &team->by_unit,
              team->order + top);
  if (one->apart) {
    group_lists(top, high, m, &team->drawn,
                team->order + (ptrdiff_t)(down + p) * HM_PANEL);
  }
}

/* Own visible units := draws given the hidden ones. */
static void draw_visible(const member *one, int sweep, int last) {
  hm_team *team = one->team;
  const hm_working *working = &one->trained->working;
  const int nv = working->nv, nh = working->nh, m = one->drawn.n;
  const int down = hm_panels_across(nv), across = hm_panels_across(nh);
  const hm_stream stream = hm_stream_of(one->plan->key, HM_DRAW_VISIBLE,
                                        one->number, (uint32_t)sweep);
  const hm_drawing drawing = {&stream, &one->drawn, 0, m};
  float *sum = one->own, *turned = one->own + team->each - tile_size;
  int *which = one->which;
  const int fours = sort_draws(one, which);
  for (int p = first_of(one, down); p < end_of(one, down); p++) {
    const int top = p * HM_PANEL;
    const int high = nv - top < HM_PANEL ? nv - top : HM_PANEL;
    uint32_t *bits = team->draws.bits + p * (ptrdiff_t)team->room;
    begin_rows(m, working->b + top, sum);
    for (int q = 0; q < across; q++) {
      const int left = nh - q * HM_PANEL;
      const int wide = left < HM_PANEL ? left : HM_PANEL;
      const uint32_t *hidden = team->hidden_bits + q * (ptrdiff_t)team->room;
      hm_turn(one->level, high, hm_panel_row(&working->W, q, top), turned);
      hm_add_tile(one->level, 1, fours, which, hidden, wide, turned, sum);
      hm_add_tile(one->level, 0, m - fours, which + team->room, hidden, wide,
                  turned, sum);
    }
    hm_sigm_singles(one->level, (ptrdiff_t)m * HM_PANEL, sum, sum);
    if (p == down - 1) {
      clear_beyond(m, nv, sum);
    }
    hm_bernoulli(one->level, &drawing, p, sum, bits, 1);
    if (last) {
      list_rows(one, p);
    }
  }
}

/* rows := what the lists of this panel say, and c's part of the gradient. */
static void set_rows(const member *one, int q, float *rows) {
  static void (*const pair[])(int, const float *, const float *, float *,
                              float *, float *) = HM_LEVELS(pair_rows);
  static void (*const add[])(int, const float *, float *) =
      HM_LEVELS(total_rows);
  const hm_team *team = one->team;
  hm_trained *trained = one->trained;
  const int nv = trained->working.nv, n = one->rows.n, m = one->drawn.n;
  float *data = hm_panel_row(&team->data_mean, q, 0);
  const float *draws = hm_panel_row(&team->mean, q, 0);
  float more[HM_PANEL], total[HM_PANEL];
  const hm_span span = hm_layer_panel(trained->working.hidden, q);
  if (one->apart) {
    hm_to_grid(one->level, (ptrdiff_t)m * HM_PANEL, draws, rows);
    add[one->level](m, rows, more);
    add[one->level](n, data, total);
  } else {
    pair[one->level](n, data, draws, rows, more, total);
  }
  memset(rows + (one->apart ? m : 3 * n) * (ptrdiff_t)HM_PANEL, 0,
         HM_PANEL * sizeof *rows);
  memset(data + n * (ptrdiff_t)HM_PANEL, 0, HM_PANEL * sizeof *data);
  for (int j = 0; j < span.units; j++) {
    double g = one->shares.draws_units * (double)more[j];
    g -= one->apart ? one->shares.data_units * (double)total[j] : 0.0;
    trained->of_biases[nv + span.first + j] = one->shares.unit * g + 0.0;
    team->data_total[nv + span.first + j] = one->shares.data * (double)total[j];
  }
  hm_step_hidden(one->level, q, trained);
}

/* A step of the weights and biases of the hidden units of panel q. */
static void step_panel(const member *one, int q) {
  const hm_team *team = one->team;
  hm_trained *trained = one->trained;
  const hm_rule *rule = one->plan->rule;
  const int nv = trained->working.nv, down = hm_panels_across(nv);
  float *rows = one->own, *draws = rows + team->each - 2 * tile_size;
  float *data = draws + tile_size;
  const hm_tile_sums sums = {.stride = HM_PANEL,
                             .data = one->apart ? data : NULL,
                             .draws = draws,
                             .data_share = one->shares.data,
                             .draws_share = one->shares.draws};
  set_rows(one, q, rows);
  for (int p = 0; p < down; p++) {
    const int top = p * HM_PANEL;
    const int high = nv - top < HM_PANEL ? nv - top : HM_PANEL;
    const int *order = team->order + top;
    if (one->apart) {
      hm_sum_groups(one->level, &team->by_unit, top, high, order,
                    hm_panel_row(&team->data_mean, q, 0), data);
      hm_sum_groups(one->level, &team->drawn, top, high,
                    order + (ptrdiff_t)down * HM_PANEL, rows, draws);
    } else {
      hm_sum_groups(one->level, &team->by_unit, top, high, order, rows, draws);
    }
    trained->sums[p + (ptrdiff_t)q * down] =
        hm_step_sums(rule, one->level, p, q, &sums, trained);
  }
  hm_step_hidden_biases(rule, one->level, q, team->data_total, trained);
}

/* What one thread does at the end of an update. */
static void end_update(const member *one, double *norms) {
  const hm_rule *rule = one->plan->rule;
  hm_trained *trained = one->trained;
  const double *data_total = one->team->data_total;
  const int nv = trained->working.nv, nh = trained->working.nh;
  const double norm = hm_step_end(rule, one->level, data_total, trained);
  if (!(norm <= HM_LARGEST_PARAMETER)) {
    one->team->status = HM_DIVERGED; /* or no longer a number */
    return;
  }
  hm_offsets_move(rule->centring, rule->offset_rate, nv, nh, trained->goal,
                  data_total + nv, trained->offsets);
  hm_step_offsets(one->level, trained);
  *norms += norm;
}

/* The sweeps of an update, up to where the last draws and the cases of the next
 * update are listed. On entry own panels of team->mean are what the first
 * hidden states are drawn from. */
static void make_sweeps(member *one, int next) {
  const int k = one->plan->k, m = one->drawn.n;
  hm_team *team = one->team;
  const int across = hm_panels_across(one->trained->working.nh);
  for (int sweep = 0; sweep < k; sweep++) {
    draw_hidden(one, sweep);
    wait_for_all();
    if (team->status != HM_OK) {
      return; /* all see the same: nobody has got further */
    }
    draw_visible(one, sweep, sweep == k - 1);
    wait_for_all();
    list_draws(one, sweep == k - 1);
    if (sweep < k - 1) {
      wait_for_all();
      order_lists(one, m, &team->draws, &one->of_draws);
      for (int q = first_of(one, across); q < end_of(one, across); q++) {
        set_means(one, m, &team->draws, &one->of_draws, q);
      }
    }
  }
  if (next >= 0) {
    member later = *one;
    set_update(next, &later);
    take_cases(&later);
  }
  wait_for_all();
}

/* Means of the last draws, a step, and the means of the next cases, panel by
 * panel of own hidden units. */
static void step_panels(member *one, int next) {
  hm_team *team = one->team;
  const int across = hm_panels_across(one->trained->working.nh);
  member later = *one;
  order_lists(one, one->drawn.n, &team->draws, &one->of_draws);
  if (next >= 0) {
    set_update(next, &later);
    order_lists(&later, later.rows.n, &team->data, &later.of_data);
    later.of_draws = one->of_draws; /* in case these are chains */
  }
  for (int q = first_of(one, across); q < end_of(one, across); q++) {
    set_means(one, one->drawn.n, &team->draws, &one->of_draws, q);
    step_panel(one, q);
    if (next >= 0) {
      set_data(&later, q);
    }
  }
}

/* Updates from batch `from` to `to` - 1, by one of the threads. */
static void make_updates(member *one, int from, int to, double *norms) {
  hm_team *team = one->team;
  const int across = hm_panels_across(one->trained->working.nh);
  set_update(from, one);
  take_cases(one);
  if (one->plan->chains > 0) {
    take_chains(one);
  }
  wait_for_all();
  order_lists(one, one->rows.n, &team->data, &one->of_data);
  if (one->plan->chains > 0) {
    order_lists(one, one->drawn.n, &team->draws, &one->of_draws);
  }
  for (int q = first_of(one, across); q < end_of(one, across); q++) {
    set_data(one, q);
  }
  for (int batch = from; batch < to; batch++) {
    const int next = batch + 1 < to ? batch + 1 : -1;
    set_update(batch, one);
    make_sweeps(one, next);
    if (team->status != HM_OK) {
      return;
    }
    step_panels(one, next);
    wait_for_all();
    if (one->part == 0) {
      end_update(one, norms);
    }
  }
}

/* Updates between two questions of the watch: some milliseconds of them. */
static int updates_at_once(const hm_team_plan *plan, int nv, int nh) {
  const int drawn = plan->chains > 0 ? plan->chains : plan->batch_size;
  const int64_t rows = plan->batch_size + (int64_t)plan->k * drawn;
  const int64_t many = 4 * (int64_t)HM_PIECE / (rows * nv * nh);
  return many < 1 ? 1 : many > 1000 ? 1000 : (int)many;
}

hm_status hm_team_train(const hm_team_plan *plan, const hm_team_task *task,
                        const hm_watch *watch, hm_hardware hw, hm_team *team,
                        hm_trained *trained, int *batch, double *norms) {
  const int nv = trained->working.nv, nh = trained->working.nh;
  const int at_once = updates_at_once(plan, nv, nh);
  const int parallel = hm_chains_worth_threads(nv, nh, plan->batch_size);
  const int threads = !parallel                 ? 1
                      : hw.threads < plan->most ? hw.threads
                                                : plan->most;
  team->status = HM_OK;
  hm_step_offsets(hw.level, trained);
  while (*batch < task->batches) {
    const int left = task->batches - *batch;
    const int end = *batch + (left < at_once ? left : at_once);
    const int cases = task->cases->N - *batch * plan->batch_size;
    const int here = (end - *batch) * plan->batch_size;
    const double done = plan->chains > 0
                            ? (double)plan->chains * (end - *batch)
                            : (double)(here < cases ? here : cases);
#ifdef _OPENMP
#pragma omp parallel num_threads(threads) if (threads > 1)
#endif
    {
      member one = {.plan = plan,
                    .task = task,
                    .team = team,
                    .trained = trained,
                    .level = hw.level,
                    .parts = 1};
#ifdef _OPENMP
      one.part = omp_get_thread_num();
      one.parts = omp_get_num_threads();
#endif
      set_own(&one);
      make_updates(&one, *batch, end, norms);
    }
    if (team->status != HM_OK) {
      return team->status;
    }
    *batch = end;
    if (hm_stopped_after(done * plan->k, watch)) {
      return HM_INTERRUPTED;
    }
  }
  (void)threads;
  return HM_OK;
}
