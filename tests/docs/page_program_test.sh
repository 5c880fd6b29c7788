#!/usr/bin/env bash
# A program of the documentation transcribes speech.m4a with bundles/demo-nko and has to write what
# `seben transcribe` writes. usage: page_program_test.sh PROGRAM BIN SCRATCH_FOLDER
set -euo pipefail
program=$(realpath "$1")
bin=$(realpath "$2")
"$(dirname "$0")/scratch.sh" "$3" "$bin"
cd "$3"
expected=$("$bin/seben" transcribe --bundle bundles/demo-nko speech.m4a)
found=$("$program" | sed -E 's/^[0-9.]+ //')  # the time that docs/api.md prints before each text
[ -n "$expected" ] && [ "$found" = "$expected" ] ||
  { echo "$(basename "$program"): expected $expected, found $found" >&2; exit 1; }
echo "$found"
