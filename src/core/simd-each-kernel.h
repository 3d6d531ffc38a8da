/* Includes HM_KERNEL_FILE once for each level. One kernel file for each file of
 * code. */
#if defined(__clang__)
#pragma STDC FP_CONTRACT OFF
#endif

#ifdef HM_X86
#include <immintrin.h>
#endif

#define KERNEL(name) name##_plain
#define KERNEL_ATTRIBUTE HM_UNFUSED
#define KERNEL_BYTES 0
#include "simd-kernel.h"
#include HM_KERNEL_FILE
#include "simd-end-kernel.h"

#ifdef HM_VECTORS
#define KERNEL(name) name##_baseline
#define KERNEL_ATTRIBUTE HM_UNFUSED
#define KERNEL_BYTES 16
#include "simd-kernel.h"
#include HM_KERNEL_FILE
#include "simd-end-kernel.h"
#endif

#ifdef HM_X86
#define KERNEL(name) name##_avx2
#define KERNEL_ATTRIBUTE __attribute__((target("avx2")))
#define KERNEL_BYTES 32
#include "simd-kernel.h"
#include HM_KERNEL_FILE
#include "simd-end-kernel.h"

#define KERNEL(name) name##_avx512
#define KERNEL_ATTRIBUTE __attribute__((target("avx512f")))
#define KERNEL_BYTES 64
#define KERNEL_AVX512
#include "simd-kernel.h"
#include HM_KERNEL_FILE
#include "simd-end-kernel.h"
#endif
