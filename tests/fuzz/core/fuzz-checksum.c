/* Texts in parts, and numbers as their bytes. */
#include "checksum.h"

#include "fuzz.h"

void fuzz(void) {
  const int start = fuzz_int(0, 1);
  const uint64_t from = start ? HM_CHECKSUM_START : (uint64_t)fuzz_byte();
  const size_t cut = (size_t)fuzz_int(0, 64);
  size_t n;
  const unsigned char *rest = fuzz_rest(&n);
  unsigned char *x = FUZZ_NEW(unsigned char, (ptrdiff_t)n);
  memcpy(x, rest, n);
  const uint64_t whole = hm_checksum_bytes(from, n, x);
  const size_t first = cut < n ? cut : n;
  FUZZ_CHECK(hm_checksum_bytes(hm_checksum_bytes(from, first, x), n - first,
                               x + first) == whole,
             "parts make the whole");
  int *ints = FUZZ_NEW(int, (ptrdiff_t)(n / sizeof(int)));
  double *reals = FUZZ_NEW(double, (ptrdiff_t)(n / sizeof(double)));
  memcpy(ints, x, n / sizeof(int) * sizeof(int));
  memcpy(reals, x, n / sizeof(double) * sizeof(double));
  FUZZ_CHECK(hm_checksum_ints(from, n / sizeof(int), ints) ==
                 hm_checksum_bytes(from, n / sizeof(int) * sizeof(int), x),
             "whole numbers are their bytes");
  FUZZ_CHECK(
      hm_checksum_reals(from, n / sizeof(double), reals) ==
          hm_checksum_bytes(from, n / sizeof(double) * sizeof(double), x),
      "and so are reals");
  if (n > 0) {
    x[cut % n] ^= (unsigned char)(1 + cut);
    FUZZ_CHECK(hm_checksum_bytes(from, n, x) != whole,
               "one other byte gives another sum");
  }
}
