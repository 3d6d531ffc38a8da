#include "checksum.h"

#include <string.h>

static uint64_t add(uint64_t sum, uint64_t byte) {
  return (sum ^ byte) * UINT64_C(0x00000100000001B3);
}

uint64_t hm_checksum_bytes(uint64_t sum, size_t n, const unsigned char *x) {
  for (size_t i = 0; i < n; i++) {
    sum = add(sum, x[i]);
  }
  return sum;
}

uint64_t hm_checksum_ints(uint64_t sum, size_t n, const int *x) {
  for (size_t i = 0; i < n; i++) {
    const uint32_t word = (uint32_t)x[i];
    for (int shift = 0; shift < 32; shift += 8) {
      sum = add(sum, word >> shift & 0xFFu);
    }
  }
  return sum;
}

uint64_t hm_checksum_reals(uint64_t sum, size_t n, const double *x) {
  for (size_t i = 0; i < n; i++) {
    uint64_t word;
    memcpy(&word, x + i, sizeof word);
    for (int shift = 0; shift < 64; shift += 8) {
      sum = add(sum, word >> shift & 0xFFu);
    }
  }
  return sum;
}
