/* Bytes that say that they are a serialization: any, or any after its header.
 */
#include "serial.h"

#include "fuzz.h"

void fuzz(void) {
  static const unsigned char header[14] = {'X', '\n', 0, 0, 0, 2, 0,
                                           4,   2,    2, 0, 2, 3, 0};
  const size_t before = fuzz_rarely(8) ? 0 : sizeof header;
  size_t n;
  const unsigned char *rest = fuzz_rest(&n);
  unsigned char *bytes = FUZZ_NEW(unsigned char, (ptrdiff_t)(before + n));
  memcpy(bytes, header, before);
  memcpy(bytes + before, rest, n);
  n += before;
  if (hm_serial_fault(n, bytes)) {
    return;
  }
  /* One object ends where it ends. */
  unsigned char *more = FUZZ_NEW(unsigned char, (ptrdiff_t)n + 1);
  unsigned char *less = FUZZ_NEW(unsigned char, (ptrdiff_t)n - 1);
  memcpy(more, bytes, n);
  memcpy(less, bytes, n - 1);
  FUZZ_CHECK(hm_serial_fault(n + 1, more), "nothing follows it");
  FUZZ_CHECK(hm_serial_fault(n - 1, less), "all of it is there");
}
