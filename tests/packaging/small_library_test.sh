#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# libseben without FFmpeg and oneDNN, built anew: it depends on nothing but the C and C++ libraries and utf8proc, refuses
# a recording in one line, and reads samples as the full library does. usage: small_library_test.sh BUILD CXX SEBEN
set -euo pipefail
cd "$(dirname "$0")/../.."
build=$1 cxx=$2 program=$3
fail() { echo "small_library_test: $*" >&2; exit 1; }
cmake -S . -B "$build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DCMAKE_CXX_COMPILER="$cxx" -DSEBEN_PROGRAM=OFF -DSEBEN_TESTS=OFF \
  -DSEBEN_AUDIO=none -DSEBEN_GEMM=plain -DSEBEN_UNITY=ON >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
cmake --build "$build" >"$build.log" 2>&1 || { cat "$build.log"; exit 1; }
library=$build/lib/libseben.so
needed=$(objdump -p "$library" | awk '$1 == "NEEDED" { print $2 }' | sort | tr '\n' ' ')
for name in $needed; do
  case "$name" in
    libc.so.* | libm.so.* | libstdc++.so.* | libgcc_s.so.* | ld-linux* | libutf8proc.so.*) ;;
    *) fail "$library: expected the C and C++ libraries and utf8proc, found $name" ;;
  esac
done
strip -o "$build/stripped.so" "$library"
size=$(stat -c %s "$build/stripped.so")
[ "$size" -lt 6000000 ] || fail "$library: expected less than 6 MB without symbols, found $size bytes"
"$cxx" -std=c++20 -O1 -Iinclude tests/packaging/samples.cc -o "$build/samples" "$library" -Wl,-rpath,"$(realpath "$(dirname "$library")")"
bundle=bundles/demo-nko sample=bundles/demo-nko/samples/seen-1.wav
found=$("$build/samples" "$bundle" "$sample")
expected=$("$program" transcribe --bundle "$bundle" --precision f32 "$sample")
[ -n "$expected" ] && [ "$found" = "$expected" ] || fail "$sample: expected the full library's text $expected, found $found"
echo "small library: $size bytes without symbols, needs $needed"
