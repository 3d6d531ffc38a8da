/* Included before all else where the core is compiled for fuzzing. Rooms of an
 * arena get a gap between them, which must not be touched, so that an access
 * beyond one shows although the next one lies in the same block; and work is
 * cut into pieces, and shared between threads, however small it is. */
#ifndef FUZZ_GUARD_H
#define FUZZ_GUARD_H

#include "types.h"

void *fuzz_allot(hm_arena *arena, ptrdiff_t count, size_t size);
#define hm_allot fuzz_allot

extern ptrdiff_t fuzz_piece;
#undef HM_PIECE
#define HM_PIECE fuzz_piece
#undef HM_WORTH_THREADS
#define HM_WORTH_THREADS ((ptrdiff_t)0)

#endif
