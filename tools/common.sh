# shellcheck shell=sh disable=SC2034 # the scripts use these
# Read by every script in tools/ once it stands in the checkout's top folder:
# the folders they share, and how they speak. Here `build/library` becomes the
# first place in which R looks for packages.

root=$(pwd)
library=$root/build/library
R_LIBS=$library${R_LIBS:+:$R_LIBS}
export R_LIBS

# Two cores are what the tests and timings are made for.
: "${OMP_NUM_THREADS:=2}" "${OPENBLAS_NUM_THREADS:=2}"
export OMP_NUM_THREADS OPENBLAS_NUM_THREADS

# The core is free of warnings at this level.
strict="-std=c99 -Wall -Wextra -Wpedantic -Wshadow -Wconversion \
-Wmissing-prototypes -Wstrict-prototypes -Wundef -Wdouble-promotion -Werror"

say() { printf '%s\n' "$*"; }
die() {
  printf '%s: %s\n' "${0##*/}" "$*" >&2
  exit 1
}
have() { command -v "$1" >/dev/null 2>&1; }

# R without the user's own profile, which could print or change things.
rscript() { Rscript --no-init-file "$@"; }

# A folder that is gone when the script ends, in $scratch.
make_scratch() {
  scratch=$(mktemp -d)
  trap 'rm -rf "$scratch"' EXIT
  trap 'exit 130' INT TERM
}

# The first BLAS that links, as flags. Needs $scratch.
find_blas() {
  say 'void dgemm_(void); int main(void) { dgemm_(); }' >"$scratch/blas.c"
  r_lib=$(R RHOME 2>/dev/null || :)/lib
  for flags in -lblas -lopenblas "-L$r_lib -Wl,-rpath,$r_lib -lRblas" \
    "-framework Accelerate"; do
    # shellcheck disable=SC2086 # several flags
    if ${CC:-cc} "$scratch/blas.c" -o "$scratch/blas" $flags 2>/dev/null; then
      say "$flags"
      return 0
    fi
  done
  return 1
}

# stage FOLDER: a fresh copy of the package's sources, without what was built.
stage() {
  rm -rf "$1"
  mkdir -p "$1"
  for entry in .Rbuildignore *; do
    case $entry in
      build | demo-output | *.Rcheck | *.tar.gz) ;;
      *) cp -R "$entry" "$1/" ;;
    esac
  done
  find "$1/src" -name '*.o' -exec rm -f {} + -o -name '*.so' -exec rm -f {} +
}

# install_with_sanitizers FOLDER: the package, which ends R where an address is
# wrong or something is undefined, in a library of its own. Needs $scratch.
install_with_sanitizers() {
  cat >"$scratch/Makevars" <<'MAKEVARS'
CC = gcc
CFLAGS = -O1 -g -fno-omit-frame-pointer -fsanitize=address,undefined \
  -fno-sanitize-recover=undefined
LDFLAGS = -fsanitize=address,undefined
MAKEVARS
  stage "$scratch/source"
  mkdir -p "$1"
  R_MAKEVARS_USER=$scratch/Makevars R CMD INSTALL --no-docs --no-test-load \
    --library="$1" "$scratch/source" >"$scratch/install" 2>&1 || {
    cat "$scratch/install"
    die "the package does not build with the sanitizers"
  }
}

# with_sanitizers COMMAND...: R with that package, whose runtime must come
# first; options beside those that R needs in SANITIZER_OPTIONS. R itself never
# frees all it has, and takes memory in its own way.
with_sanitizers() {
  runtime=$(gcc -print-file-name=libasan.so)
  [ -e "$runtime" ] || die "no libasan.so (Debian: it comes with gcc)"
  LD_PRELOAD=$runtime UBSAN_OPTIONS=print_stacktrace=1 \
    ASAN_OPTIONS=detect_leaks=0:alloc_dealloc_mismatch=0:${SANITIZER_OPTIONS:-} \
    "$@"
}
