#include <R.h>

#ifndef _WIN32
#include <sys/stat.h>
#endif

#include "ffi.h"

/* Whether what has this path is a plain file: a device has no end to be read
 * to, and must not be replaced. Windows has none that a path would lead to. */
SEXP ffi_is_plain_file(SEXP path) {
  ffi_string(path, "path");
#ifdef _WIN32
  return Rf_ScalarLogical(1);
#else
  const char *name = R_ExpandFileName(Rf_translateChar(STRING_ELT(path, 0)));
  struct stat about;
  return Rf_ScalarLogical(stat(name, &about) == 0 && S_ISREG(about.st_mode));
#endif
}
