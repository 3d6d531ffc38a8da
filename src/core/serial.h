/* Floor 1: whether bytes are plain data, before anybody makes objects of them.
 *
 * The bytes are R's serialization in big-endian form, version 2 ("R Internals",
 * section "Serialization Formats"). They are walked, not decoded. Plain are
 * NULL; logical, integer, real, character and raw vectors; lists; symbols,
 * pairlists and calls, without attributes; and S4 objects. Functions,
 * environments, promises, bytecode, pointers and the like are not, nor are
 * vectors that claim more than is there. Attributes on which others rely
 * without a look fit what they belong to: `names` are as many as the elements,
 * `dim` multiplies to their number, `dimnames` fit `dim`, `class` is text.
 */
#ifndef HM_SERIAL_H
#define HM_SERIAL_H

#include "types.h"

/* NULL where all n bytes are one plain object, else what they are not. */
const char *hm_serial_fault(size_t n, const unsigned char *bytes);

#endif
