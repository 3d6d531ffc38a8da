/* Floor 4: whether the vectors of a level compute the same bits as plain C.
 *
 * All levels are meant to; a compiler or an emulator with a fault can make a
 * wrong one. The check runs the vector kernels that all else is built on, on a
 * few numbers that reach whole and partial vectors, large and small values, and
 * the limits of what is on. It takes some tens of microseconds, so a host can
 * run it when it loads the library, and use HM_PLAIN where a digest differs.
 */
#ifndef HM_SELFCHECK_H
#define HM_SELFCHECK_H

#include "simd.h"

enum { HM_SELFCHECKS = 7 };

/* What check i is of; null past the last. */
const char *hm_selfcheck_name(int i);

/* digest[i] := a checksum of the bits that check i gives at this level, which
 * must be here. It is the same at all levels, if their kernels are right; it
 * may differ between machines, whose mathematical libraries differ. */
void hm_selfcheck(hm_level level, uint64_t digest[HM_SELFCHECKS]);

#endif
