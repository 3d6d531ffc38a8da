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
