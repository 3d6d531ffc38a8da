/* For fsync() where the compiler is asked for plain C99. */
/* NOLINTNEXTLINE(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */
#define _POSIX_C_SOURCE 200809L

#include <R.h>
#include <errno.h>
#include <fcntl.h>

#ifdef _WIN32
#include <io.h>
#else
#include <sys/stat.h>
#include <unistd.h>
#endif

#include "ffi.h"

static const char *path_of(SEXP path) {
  ffi_string(path, "path");
  return R_ExpandFileName(Rf_translateChar(STRING_ELT(path, 0)));
}

/* Whether what has this path is a plain file: a device has no end to be read
 * to, and must not be replaced. Windows has none that a path would lead to. */
SEXP ffi_is_plain_file(SEXP path) {
  const char *name = path_of(path);
#ifdef _WIN32
  (void)name;
  return Rf_ScalarLogical(1);
#else
  struct stat about;
  return Rf_ScalarLogical(stat(name, &about) == 0 && S_ISREG(about.st_mode));
#endif
}

/* Waits until the system has brought a file to the disk. FALSE where the disk
 * has no room or is broken; systems that cannot flush such a file are let
 * off. */
SEXP ffi_flush_file(SEXP path) {
  const char *name = path_of(path);
#ifdef _WIN32
  int file = _open(name, _O_WRONLY | _O_BINARY);
  int done = file < 0 ? 0 : _commit(file);
#else
  int file = open(name, O_RDONLY | O_NONBLOCK);
  int done = file < 0 ? 0 : fsync(file);
#endif
  int broken = done != 0 && (errno == EIO || errno == ENOSPC);
  if (file >= 0) {
#ifdef _WIN32
    (void)_close(file);
#else
    (void)close(file);
#endif
  }
  return Rf_ScalarLogical(!broken);
}
