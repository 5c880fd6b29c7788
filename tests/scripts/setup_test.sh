#!/usr/bin/env bash
# scripts/setup asks for no more than it is told to, with stand-ins of apt and cmake. usage: setup_test.sh
set -euo pipefail
root=$(cd "$(dirname "$0")/../.." && pwd)
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/bin" "$folder/tree/scripts"
cp "$root/scripts/setup" "$folder/tree/scripts/"

stand_in() { { echo '#!/bin/sh'; cat; } > "$folder/bin/$1"; chmod +x "$folder/bin/$1"; }
stand_in dpkg-query <<< 'exit 1'  # nothing is installed
for name in apt-get sudo cmake; do stand_in "$name" <<< "echo $name \"\$@\" >> '$folder/log'"; done

# asked OPTIONS...: what was run.
asked() {
  : > "$folder/log"
  PATH="$folder/bin:$PATH" "$folder/tree/scripts/setup" "$@" > /dev/null
  cat "$folder/log"
}
# has TEXT PATTERN / lacks TEXT PATTERN
has() { grep -qE -- "$2" <<< "$1" || { echo "expected $2, found: $1" >&2; exit 1; }; }
lacks() { if grep -qE -- "$2" <<< "$1"; then echo "expected no $2, found: $1" >&2; exit 1; fi; }

program=$(asked --program)
has "$program" 'install .*libdnnl-dev'
lacks "$program" 'gtest|gmock|benchmark|ccache|clang|zlib1g-dev| ffmpeg'
has "$program" 'cmake --preset release -DSEBEN_UNITY=ON -DSEBEN_TESTS=OFF'
has "$program" 'cmake --build --preset release --target seben$'

all=$(asked)
has "$all" 'install .*libgtest-dev'
lacks "$all" 'benchmark|clang'
has "$all" 'cmake --preset release -DSEBEN_UNITY=ON -DSEBEN_TESTS=ON'
has "$all" 'cmake --build --preset release$'

# A folder that has tests keeps them.
mkdir -p "$folder/tree/build/release"
touch "$folder/tree/build/release/CMakeCache.txt"
lacks "$(asked --program)" 'SEBEN_TESTS'

lacks "$(asked --packages-only)" '^cmake'
has "$(asked --developer --packages-only)" 'install .*clang-14'
if PATH="$folder/bin:$PATH" "$folder/tree/scripts/setup" --nonsense 2> /dev/null; then
  echo "--nonsense: expected a refusal, found none" >&2
  exit 1
fi
