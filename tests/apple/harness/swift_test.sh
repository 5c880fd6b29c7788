#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The exported harness as far as it goes without a device: twice exported and compared, its Swift package built and tested,
# its device tests type-checked against stand-ins, and the chain rehearsed on this processor; the marker that the Swift
# code printed is then judged by the analyser (test_harness). exit 77 (skipped) without Swift.
# usage: swift_test.sh FOLDER SEBEN BUNDLE RECORDING TEST_HARNESS
set -eu
folder=$1 seben=$2 bundle=$3 recording=$4 test_harness=$5
here=$(cd "$(dirname "$0")" && pwd)
if ! command -v swift >/dev/null 2>&1; then
  echo "SKIPPED: no 'swift' on PATH, so the harness was neither built nor rehearsed."
  exit 77
fi
mkdir -p "$folder"
folder=$(cd "$folder" && pwd)
rm -rf "$folder/new" "$folder/again" "$folder/half" "$folder/out"
mkdir "$folder/out"
export_to() {
  name=$1
  shift
  "$seben" export harness "$bundle" "$folder/$name" --audio "$recording" --threads 2 --rows 50 "$@"
}

export_to new
export_to again
diff -r "$folder/new" "$folder/again"
echo "exported twice: the same bytes"
rm -rf "$folder/again"

# Files that are as they were keep their times, and the build lies outside of the package: a second run compiles only what
# changed.
if [ -d "$folder/harness" ]; then
  (cd "$folder/new" && find . -type f) | while IFS= read -r file; do
    cmp -s "$folder/new/$file" "$folder/harness/$file" && touch -r "$folder/harness/$file" "$folder/new/$file" || true
  done
  rm -rf "$folder/harness"
fi
mv "$folder/new" "$folder/harness"
SEBEN_PLAN_SAMPLE=$folder/out/plan.json swift test --package-path "$folder/harness/SebenProof" --scratch-path "$folder/build" --jobs 2 -Xswiftc -O

# What needs Apple's frameworks: syntax and types only.
modules=$folder/stand_in
proof=$(dirname "$(find "$folder/build" -path '*debug/Modules/SebenProof.swiftmodule' | head -n 1)")
mkdir -p "$modules"
for module in CoreML os SwiftUI XCTest; do
  swiftc -emit-module -parse-as-library -module-name "$module" -o "$modules/$module.swiftmodule" \
    "$here/stand_in/$module.swift"
done
swiftc -typecheck -swift-version 5 -parse-as-library -warnings-as-errors -module-name SebenProofTests -I "$modules" \
  -I "$proof" "$folder"/harness/DeviceTests/*.swift
swiftc -typecheck -swift-version 5 -parse-as-library -warnings-as-errors -module-name SebenProofHost -I "$modules" \
  "$folder/harness/Host/HostApp.swift"
echo "DeviceTests, Host: syntax and types hold (not run on a device)"

rehearse() {
  "$folder/build/debug/seben-rehearsal" "$seben" "$1/Proof" "$folder/out" cpu_only,cpu_and_ne,all
}
rehearse "$folder/harness" >"$folder/out/fp32.txt"
# The same in half precision is honestly further away than an fp32 gate allows.
export_to half --precision fp16 --layout ane
rehearse "$folder/half" >"$folder/out/fp16.txt"
SEBEN_MARKERS=$folder/out SEBEN_PLAN=$folder/harness/Proof/plan.json "$test_harness" \
  --gtest_filter='SwiftMarker.*' >"$folder/out/judged.txt" || { cat "$folder/out/judged.txt"; exit 1; }
cat "$folder/out/judged.txt"
if grep -q SKIPPED "$folder/out/judged.txt"; then exit 1; fi
grep -q 'PASSED.* 5 tests' "$folder/out/judged.txt"
