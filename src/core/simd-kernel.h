/* The types and operations of one level, of KERNEL_BYTES bytes a vector, or of
 * single numbers where that is 0:
 *
 *   floats, words     float_lanes numbers of 32 bits
 *   doubles, longs    double_lanes numbers of 64 bits; few_floats, as many
 *                     floats
 *   APART(x * y)      the product, rounded before anything is added to it; each
 *                     that is added to something is written so
 *
 * KERNEL_AVX512 is defined at that level, where compilers would fuse operations
 * by themselves and take conversions of the widest vectors apart. Comparing
 * gives a mask, all bits of a lane on or off. Loads and stores may be at any
 * address. */
#define floats KERNEL(floats)
#define few_floats KERNEL(few_floats)
#define words KERNEL(words)
#define doubles KERNEL(doubles)
#define longs KERNEL(longs)
#define any_floats KERNEL(any_floats)
#define any_doubles KERNEL(any_doubles)
#define float_lanes KERNEL(float_lanes)
#define double_lanes KERNEL(double_lanes)

#if KERNEL_BYTES == 0
#ifdef HM_UNROLL_ALL
#define HM_UNROLL HM_UNROLL_VECTORS
#else
#define HM_UNROLL
#endif
#define KERNEL_INLINE KERNEL_ATTRIBUTE static inline
typedef float floats;
typedef float few_floats;
typedef uint32_t words;
typedef double doubles;
typedef uint64_t longs;
typedef float any_floats;
typedef double any_doubles;
enum { float_lanes = 1, double_lanes = 1 };
#define MASK_OF(type, condition) ((type)0 - (type)(condition))
#define CONVERT(type, x) ((type)(x))
#else
#define HM_UNROLL HM_UNROLL_VECTORS
#define KERNEL_INLINE KERNEL_ATTRIBUTE static inline
typedef float floats __attribute__((vector_size(KERNEL_BYTES)));
typedef float few_floats __attribute__((vector_size(KERNEL_BYTES / 2)));
typedef uint32_t words __attribute__((vector_size(KERNEL_BYTES)));
typedef double doubles __attribute__((vector_size(KERNEL_BYTES)));
typedef uint64_t longs __attribute__((vector_size(KERNEL_BYTES)));
typedef float any_floats
    __attribute__((vector_size(KERNEL_BYTES), aligned(4), may_alias));
typedef double any_doubles
    __attribute__((vector_size(KERNEL_BYTES), aligned(8), may_alias));
enum { float_lanes = KERNEL_BYTES / 4, double_lanes = KERNEL_BYTES / 8 };
#define MASK_OF(type, condition) ((type)(condition))
#define CONVERT(type, x) __builtin_convertvector(x, type)
#endif

#ifdef KERNEL_AVX512
/* Compilers do not look through assembly, though here is none. */
#define APART(product)         \
  __extension__({              \
    __typeof__(product) apart; \
    apart = (product);         \
    __asm__("" : "+v"(apart)); \
    apart;                     \
  })
#else
#define APART(product) (product)
#endif

/* From any address, and to one: macros, since debuggers are told much of each
 * function that is inlined. */
#define load_floats(x) ((floats) * (const any_floats *)(x))
#define store_floats(out, x) (*(any_floats *)(out) = (x))
#define load_doubles(x) ((doubles) * (const any_doubles *)(x))
#define store_doubles(out, x) (*(any_doubles *)(out) = (x))

/* As many floats as a vector has doubles, widened and narrowed. */
KERNEL_INLINE doubles KERNEL(doubles_of)(few_floats x) {
#ifdef KERNEL_AVX512
  return (doubles)_mm512_cvtps_pd((__m256)x);
#else
  return CONVERT(doubles, x);
#endif
}

KERNEL_INLINE few_floats KERNEL(few_of)(doubles x) {
#ifdef KERNEL_AVX512
  return (few_floats)_mm512_cvtpd_ps((__m512d)x);
#else
  return CONVERT(few_floats, x);
#endif
}

KERNEL_INLINE doubles KERNEL(widen)(const float *x) {
  few_floats few;
  memcpy(&few, x, sizeof few);
  return KERNEL(doubles_of)(few);
}

KERNEL_INLINE void KERNEL(narrow)(float *out, doubles x) {
  const few_floats few = KERNEL(few_of)(x);
  memcpy(out, &few, sizeof few);
}

/* The same bits, seen otherwise. */
KERNEL_INLINE words KERNEL(as_words)(floats x) {
  words out;
  memcpy(&out, &x, sizeof out);
  return out;
}

KERNEL_INLINE floats KERNEL(as_floats)(words x) {
  floats out;
  memcpy(&out, &x, sizeof out);
  return out;
}

KERNEL_INLINE longs KERNEL(as_longs)(doubles x) {
  longs out;
  memcpy(&out, &x, sizeof out);
  return out;
}

KERNEL_INLINE doubles KERNEL(as_doubles)(longs x) {
  doubles out;
  memcpy(&out, &x, sizeof out);
  return out;
}
