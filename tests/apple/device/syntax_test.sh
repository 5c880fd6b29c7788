#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Syntax and types of src/apple/device against stand-in headers. It proves that the file compiles, nothing about a device.
# exit 77 (skipped) without clang++
set -euo pipefail
cd "$(dirname "$0")/../../.."
clang=$(command -v clang++ || command -v clang++-14 || true)
if [ -z "$clang" ]; then
  echo "SKIPPED: no clang++ here (scripts/setup --developer installs it)"
  exit 77
fi
"$clang" -x objective-c++ -std=c++20 -fsyntax-only -fobjc-arc -fobjc-runtime=macosx -Wall -Wno-objc-root-class \
  -Isrc/apple -Isrc/lab -Isrc/core -Iinclude -Itests/apple/device/stand_in src/apple/device/coreml_runner.mm
echo "src/apple/device/coreml_runner.mm: syntax and types hold (not run on a device)"
