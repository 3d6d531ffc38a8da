/* What the tests of ladders of temperatures share. */
#ifndef TWIN_LADDERS_H
#define TWIN_LADDERS_H

#include "temper.h"
#include "twin.h"

static inline hm_temper_work twin_ladders(int nv, int nh, int ladders,
                                          int rungs) {
  hm_arena measured = {NULL, 0};
  hm_temper_work work;
  hm_temper_lay(&measured, twin_binary(nv), twin_binary(nh), ladders, rungs,
                &work);
  hm_arena arena = twin_arena(&measured);
  hm_temper_lay(&arena, twin_binary(nv), twin_binary(nh), ladders, rungs,
                &work);
  CHECK(arena.used == measured.used, "laying takes what was measured");
  return work;
}

#endif
