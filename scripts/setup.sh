#!/usr/bin/env bash
# Makes sure the tools that a build needs are there: installs them through apt or brew, or says exactly what to install.
# Usage: setup.sh PART…   with the parts `build` and `terraform`.
set -euo pipefail

has() { command -v "$1" >/dev/null 2>&1; }
# bindgen looks for libclang under these names in the places clang is installed to.
find_libclang() {
  local candidate
  # libclang-cpp, which comes with llvm alone, is another library.
  for candidate in /usr/lib/llvm-*/lib/libclang{,-[0-9]*}.so* /usr/lib/*/libclang{,-[0-9]*}.so* /usr/lib64/libclang{,-[0-9]*}.so* \
    /opt/homebrew/opt/llvm/lib/libclang.dylib /usr/local/opt/llvm/lib/libclang.dylib \
    /Library/Developer/CommandLineTools/usr/lib/libclang.dylib; do
    [ -e "$candidate" ] && return 0
  done
  [ -n "${LIBCLANG_PATH:-}" ]
}
as_root() { if [ "$(id -u)" -eq 0 ]; then "$@"; elif has sudo; then sudo "$@"; else return 1; fi; }

fail() {
  echo "error: $1" >&2
  echo "help: $2" >&2
  exit 1
}

build() {
  has cargo || fail "cargo is missing" "install Rust 1.88 or newer from https://rustup.rs, then run this again"
  local missing=()
  has cmake || missing+=(cmake)
  has c++ || has g++ || has clang++ || missing+=(compiler)
  find_libclang || missing+=(libclang)
  [ ${#missing[@]} -eq 0 ] && return
  echo "setting up: ${missing[*]}" >&2
  if has apt-get; then
    local packages=()
    for part in "${missing[@]}"; do
      case "$part" in
        cmake) packages+=(cmake) ;;
        compiler) packages+=(build-essential) ;;
        libclang) packages+=(libclang-dev) ;;
      esac
    done
    { as_root apt-get update -qq && as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${packages[@]}" >/dev/null; } \
      || fail "could not install ${packages[*]}" "run: apt-get install ${packages[*]}   (as root)"
  elif has brew; then
    # The command line tools hold the compiler and libclang.
    brew install cmake || fail "could not install cmake" "run: brew install cmake"
    find_libclang || brew install llvm || fail "could not install libclang" "run: brew install llvm"
  else
    fail "missing: ${missing[*]}" "install cmake, a C++ compiler and libclang with this system's package manager"
  fi
}

terraform_there() {
  has terraform && return
  if has brew; then
    brew install hashicorp/tap/terraform && return
  fi
  fail "terraform is missing, and the acceptance tests run the real one" \
    "install Terraform 1.8 or newer (https://developer.hashicorp.com/terraform/install) so that 'terraform' is on the PATH"
}

for part in "$@"; do
  case "$part" in
    build) build ;;
    terraform) terraform_there ;;
    *) fail "unknown part: $part" "use build or terraform" ;;
  esac
done
