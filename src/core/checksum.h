/* Floor 1: checksums, which tell whether what was written is what is read.
 *
 * FNV-1a (Fowler, Noll and Vo; draft-eastlake-fnv) with 64 bits: for each byte,
 * sum := (sum xor byte) p modulo 2^64, p = 2^40 + 435. Each step is one to one
 * for a given byte, and for a given sum so far, so that two texts of one length
 * that differ in a single byte never have the same sum; for any other damage
 * the odds are 1 in 2^64. It is no defence against somebody who means to
 * deceive.
 *
 * Numbers count as their bytes from the lowest to the highest, on any machine.
 * Where a text comes in parts, each goes on from the sum of those before, and
 * the first from HM_CHECKSUM_START.
 */
#ifndef HM_CHECKSUM_H
#define HM_CHECKSUM_H

#include "types.h"

#define HM_CHECKSUM_START UINT64_C(0xCBF29CE484222325)

uint64_t hm_checksum_bytes(uint64_t sum, size_t n, const unsigned char *x);

uint64_t hm_checksum_ints(uint64_t sum, size_t n, const int *x);

uint64_t hm_checksum_reals(uint64_t sum, size_t n, const double *x);

#endif
