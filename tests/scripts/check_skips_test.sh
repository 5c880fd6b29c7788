#!/usr/bin/env bash
# scripts/check-skips refuses skips that tests/skips.txt does not list, and those of shared data or real models where these
# are at hand.
# usage: check_skips_test.sh
set -euo pipefail
check=$(cd "$(dirname "$0")/../.." && pwd)/scripts/check-skips
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
mkdir -p "$folder/shared/data" "$folder/models/bundles/base" "$folder/models/bundles/tiny.en" "$folder/half/bundles/base"
export SEBEN_REAL_MODELS=$folder/nowhere

# expect CODE SHARED NAME [STATUS]: what check-skips says of one passed test and one called NAME.
expect() {
  local found=0
  printf '<testsuite>\n<testcase name="A.B" classname="A.B" time="1" status="run">\n<testcase name="%s" %s>\n' "$3" \
    "classname=\"x\" time=\"0\" status=\"${4:-notrun}\"" > "$folder/tests.xml"
  SEBEN_SHARED_DIR="$folder/$2" "$check" "$folder/tests.xml" > "$folder/out" 2>&1 || found=$?
  [ "$found" -eq "$1" ] ||
    { echo "$3 with shared data at $2: expected exit $1, found $found: $(cat "$folder/out")" >&2; exit 1; }
}
expect 0 nowhere Labels.HumanTextOfSharedData
expect 1 shared Labels.HumanTextOfSharedData
expect 0 shared Labels.HumanTextOfSharedData run
expect 0 shared Swift.PackageOfTheDemoBundle
expect 0 shared RealModels.SomeTest
SEBEN_REAL_MODELS=$folder/half expect 0 shared RealModels.SomeTest
SEBEN_REAL_MODELS=$folder/models expect 1 nowhere RealModels.SomeTest
SEBEN_REAL_MODELS=$folder/models expect 0 nowhere RealModels.SomeTest run
expect 1 nowhere Some.OtherTest
expect 1 shared Some.OtherTest disabled
: > "$folder/none.xml"
if "$check" "$folder/none.xml" 2> /dev/null; then echo "no tests: expected a refusal, found none" >&2; exit 1; fi
