#include "simd.h"

const char *hm_level_name(int level) {
  static const char *const names[] = {"plain", "baseline", "avx2", "avx512"};
  return level >= HM_PLAIN && level <= HM_AVX512 ? names[level] : NULL;
}

int hm_level_here(hm_level level) {
  switch (level) {
    case HM_PLAIN:
#ifdef HM_VECTORS
    case HM_BASELINE:
#endif
      return 1;
#ifdef HM_X86
    case HM_AVX2:
      return __builtin_cpu_supports("avx2") != 0;
    case HM_AVX512:
      return __builtin_cpu_supports("avx512f") != 0;
#endif
    default:
      return 0;
  }
}
