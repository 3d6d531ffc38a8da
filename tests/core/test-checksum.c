/* Checksums: the published values, parts, and that no single byte can change
 * without them. */
#include "checksum.h"

#include <string.h>

#include "check.h"
#include "twin.h"

static uint64_t of_text(const char *text) {
  return hm_checksum_bytes(HM_CHECKSUM_START, strlen(text),
                           (const unsigned char *)text);
}

/* Known answers that come with the authors' own code. */
static void check_known_answers(void) {
  static const struct {
    const char *text;
    uint64_t sum;
  } known[] = {{"", UINT64_C(0xCBF29CE484222325)},
               {"a", UINT64_C(0xAF63DC4C8601EC8C)},
               {"b", UINT64_C(0xAF63DF4C8601F1A5)},
               {"fo", UINT64_C(0x08985907B541D342)},
               {"foo", UINT64_C(0xDCB27518FED9D577)},
               {"foob", UINT64_C(0xDD120E790C2512AF)},
               {"fooba", UINT64_C(0xCAC165AFA2FEF40A)},
               {"foobar", UINT64_C(0x85944171F73967E8)}};
  for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
    CHECK(of_text(known[i].text) == known[i].sum,
          "FNV-1a gives the published sum");
  }
}

static void check_parts(void) {
  const char *text = "the whole and its parts";
  const size_t n = strlen(text);
  for (size_t first = 0; first <= n; first++) {
    const unsigned char *bytes = (const unsigned char *)text;
    const uint64_t half = hm_checksum_bytes(HM_CHECKSUM_START, first, bytes);
    CHECK(hm_checksum_bytes(half, n - first, bytes + first) == of_text(text),
          "a sum goes on where it was left");
  }
}

/* 1.5 is 0x3FF8000000000000; the lowest byte comes first. */
static void check_numbers(void) {
  static const int ints[] = {0x04030201, -2};
  static const unsigned char as_bytes[] = {1, 2, 3, 4, 0xFE, 0xFF, 0xFF, 0xFF};
  static const double reals[] = {1.5, -0.0};
  static const unsigned char as_eight[] = {0, 0, 0, 0, 0, 0, 0xF8, 0x3F,
                                           0, 0, 0, 0, 0, 0, 0,    0x80};
  CHECK(hm_checksum_ints(7, 2, ints) == hm_checksum_bytes(7, 8, as_bytes),
        "an integer is its four bytes");
  CHECK(hm_checksum_reals(7, 2, reals) == hm_checksum_bytes(7, 16, as_eight),
        "a real is its eight bytes");
}

static void check_single_bytes(void) {
  unsigned char text[50];
  uint64_t chance = 7;
  for (int i = 0; i < 50; i++) {
    text[i] = (unsigned char)(256.0 * twin_uniform(&chance));
  }
  const uint64_t sum = hm_checksum_bytes(HM_CHECKSUM_START, 50, text);
  int same = 0;
  for (int i = 0; i < 50; i++) {
    const unsigned char right = text[i];
    for (int other = 0; other < 256; other++) {
      text[i] = (unsigned char)other;
      same += hm_checksum_bytes(HM_CHECKSUM_START, 50, text) == sum;
    }
    text[i] = right;
  }
  CHECK(same == 50, "a changed byte changes the sum");
}

static void checks(void) {
  check_known_answers();
  check_parts();
  check_numbers();
  check_single_bytes();
}
