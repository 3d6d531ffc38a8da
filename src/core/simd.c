#include "simd.h"

const char *hm_level_name(int level) {
  static const char *const names[] = {"plain", "baseline", "avx2", "avx512"};
  return level >= HM_PLAIN && level <= HM_AVX512 ? names[level] : NULL;
}

int hm_level_here(hm_level level) {
  switch (level) {
    case HM_PLAIN:
      return 1;
    case HM_BASELINE:
#ifdef HM_VECTORS
      return 1;
#else
      return 0;
#endif
    case HM_AVX2:
#ifdef HM_X86
      return __builtin_cpu_supports("avx2") != 0;
#else
      return 0;
#endif
    case HM_AVX512:
#ifdef HM_X86
      return __builtin_cpu_supports("avx512f") != 0;
#else
      return 0;
#endif
  }
  return 0;
}
