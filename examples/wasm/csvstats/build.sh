#!/bin/sh
# Builds csvstats.wasm from csvstats.c and notes in MANIFEST which source it was built from.
#
# Debian 12: apt-get install --no-install-recommends clang lld wasi-libc libclang-rt-14-dev-wasm32
# Elsewhere: any clang with a wasm32-wasi sysroot; name it in SYSROOT.
set -eu
cd "$(dirname "$0")"
"${CC:-clang}" --target=wasm32-wasi --sysroot="${SYSROOT:-/usr}" \
    -std=c11 -Wall -Wextra -Werror -Os -Wl,--strip-all -o csvstats.wasm csvstats.c -lm
sha256sum csvstats.c build.sh csvstats.wasm > MANIFEST
"${CC:-clang}" --version | head -n 1 | sed 's/^/# built by /' >> MANIFEST
cat MANIFEST
