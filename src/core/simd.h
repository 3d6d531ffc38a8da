/* Floor 1: what of the hardware a call may use, and one source for several
 * widths of vector.
 *
 * A kernel file is written once, in the types and operations of simd-kernel.h,
 * and is compiled for each level: plain C, the vectors that every machine of
 * this kind has, and wider ones, which a function's attribute, not a compiler
 * flag, allows. The level is chosen when a call is made.
 *
 * All levels give the same bits. Sums over a column are added in an order
 * that its list fixes; other sums keep to the same eight logical lanes; and
 * none may fuse a product into a sum. AVX-512 brings fused ones with it, and so
 * do all machines of some kinds, such as arm64: compilers are told to leave
 * them, and where they do not listen, a product on its way into a sum is kept
 * APART. Not on Windows, where stacks are not aligned for wide vectors.
 */
#ifndef HM_SIMD_H
#define HM_SIMD_H

#include <float.h>

#include "types.h"

/* Where numbers are kept wider than their types, as the x87 does on 32-bit x86,
 * plain C and vectors differ, and a sum depends on when it leaves a register.
 * 16 widens only what is narrower than float. */
#if FLT_EVAL_METHOD != 0 && FLT_EVAL_METHOD != 16
#error \
    "harmonium needs float and double arithmetic without excess precision \
(FLT_EVAL_METHOD 0). On 32-bit x86 compile with: -msse2 -mfpmath=sse"
#endif

typedef enum { HM_PLAIN, HM_BASELINE, HM_AVX2, HM_AVX512 } hm_level;

typedef struct {
  int threads;
  hm_level level;
} hm_hardware;

/* Names of the levels in their order; null past the last. */
const char *hm_level_name(int level);

/* Whether this machine and this build have the level. */
int hm_level_here(hm_level level);

#if defined(__GNUC__)
#define HM_VECTORS
#if defined(__x86_64__) && !defined(_WIN32)
#define HM_X86
#endif
#endif

#if defined(__GNUC__) && !defined(__clang__) && !defined(HM_X86)
#define HM_UNFUSED __attribute__((optimize("fp-contract=off")))
#else
#define HM_UNFUSED
#endif

/* Of a function whose arguments say what of it is needed, or are arrays of
 * vectors that stay in registers. */
#if defined(__GNUC__)
#define HM_INLINED __attribute__((always_inline))
#else
#define HM_INLINED
#endif

/* One function for each level, as the initialiser of a table indexed by it. A
 * level that is not compiled here stands in its table as one that is. */
#if defined(HM_X86)
#define HM_LEVELS(name) \
  { name##_plain, name##_baseline, name##_avx2, name##_avx512 }
#elif defined(HM_VECTORS)
#define HM_LEVELS(name) \
  { name##_plain, name##_baseline, name##_baseline, name##_baseline }
#else
#define HM_LEVELS(name) \
  { name##_plain, name##_plain, name##_plain, name##_plain }
#endif

/* Arrays of vectors stay in registers only where loops over them are unrolled.
 * In plain C that pays for sums of rows, whose file says so by HM_UNROLL_ALL;
 * elsewhere it makes the library large, and no faster. */
#if defined(__clang__)
#define HM_UNROLL_VECTORS _Pragma("unroll")
#elif defined(__GNUC__)
#define HM_UNROLL_VECTORS _Pragma("GCC unroll 8")
#else
#define HM_UNROLL_VECTORS
#endif

/* Threads share n cases in runs of neighbours: the first of share `part`. */
static inline int hm_share(int n, int part, int parts) {
  return (int)((int64_t)n * part / parts);
}

#endif
