/* Clears the way for the next level. */
#undef KERNEL
#undef HM_UNROLL
#undef KERNEL_ATTRIBUTE
#undef KERNEL_BYTES
#undef KERNEL_AVX512
#undef KERNEL_INLINE
#undef APART
#undef MASK_OF
#undef CONVERT
#undef floats
#undef few_floats
#undef words
#undef doubles
#undef longs
#undef float_lanes
#undef double_lanes
