/* Floor 1: one source for several widths of vector.
 *
 * A kernel file defines a function KERNEL(name) for vectors of VECTOR doubles
 * and is included once for each width; the function's attribute, not a compiler
 * flag, lets the compiler use the wider instructions, and the machine is asked
 * at run time. All widths keep to the same eight logical lanes, or add up each
 * column alone, and none may fuse a product into a sum, so all give the same
 * bits. Not on Windows, where stacks are not aligned for wide vectors.
 */
#ifndef HM_SIMD_H
#define HM_SIMD_H

#if defined(__GNUC__) && defined(__x86_64__) && !defined(_WIN32)
#define HM_WIDE __attribute__((target("avx2")))
static inline int hm_wide(void) { return __builtin_cpu_supports("avx2"); }
#else
static inline int hm_wide(void) { return 0; }
#endif

/* Arrays of vectors stay in registers only where loops over them are unrolled.
 */
#if defined(__clang__)
#define HM_UNROLL _Pragma("unroll")
#elif defined(__GNUC__)
#define HM_UNROLL _Pragma("GCC unroll 8")
#else
#define HM_UNROLL
#endif

#endif
