#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What the shared library shows: the functions of seben.h, all of them and no other C name; of C++ only the classes of
# include/seben. The archive defines no C names
# but these either. usage: symbols_test.sh LIBRARY ARCHIVE
set -euo pipefail
cd "$(dirname "$0")/../.."
shown=$(nm --dynamic --defined-only --extern-only "$1" | awk '$2 != "A" { print $3 }' | sed 's/@.*//' | sort -u)
[ -n "$shown" ] || { echo "symbols_test: $1: expected symbols, found none" >&2; exit 1; }
declared=$(sed 's@/\*.*\*/@@' include/seben/seben.h | grep -v '^ \*' | grep -oE 'seben_[a-z_]+\(' | tr -d '(' | sort -u)
if ! diff <(echo "$declared") <(echo "$shown" | grep -v '^_Z') >&2; then
  echo "symbols_test: C names: left what seben.h declares, right what $1 shows" >&2
  exit 1
fi
foreign=$(echo "$shown" | grep '^_Z' | c++filt | grep -vE '^(non-virtual thunk to |typeinfo (name )?for |vtable for )?seben::(Bundle|Corrector|Transcriber|Stream|Error)(::|$)|^seben::to_string\(seben::ErrorCategory\)$|^seben::configure_ffmpeg\(|^seben::transliterate(\[abi:cxx11\])?\(' || true)
inside=$(echo "$shown" | grep '^_Z' | c++filt | grep -E '::Impl' || true)
if [ -n "$foreign$inside" ]; then
  echo "symbols_test: $1: expected no other C++ names, found:" >&2
  printf '%s\n' "$foreign" "$inside" | head -n 20 >&2
  exit 1
fi
kept=$(nm --defined-only --extern-only "$2" | awk 'NF == 3 { print $3 }' | sort -u)
grep -qx seben_create <<<"$kept" || { echo "symbols_test: $2: expected seben_create, found none" >&2; exit 1; }
others=$(grep -vE '^(_Z|seben_|DW\.ref\.)' <<<"$kept" || true)
if [ -n "$others" ]; then
  echo "symbols_test: $2: expected no C names but those of seben.h, found: $others" >&2
  exit 1
fi
echo "symbols: $(echo "$declared" | wc -l) C functions, $(echo "$shown" | grep -c '^_Z') C++ names"
