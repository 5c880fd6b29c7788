#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds an exported package and runs its tests with the Swift toolchain on PATH; exit 77 (skipped) without one.
# usage: swift_test.sh FOLDER COMMAND…   COMMAND writes the package to the folder that SEBEN_SWIFT_PACKAGE names.
set -eu
folder=$1
shift
if ! command -v swift >/dev/null 2>&1; then
  echo "SKIPPED: no 'swift' on PATH, so the exported Swift package was neither built nor tested."
  echo "SKIPPED: install a Swift toolchain (5.9 or newer, https://swift.org/install) and run the tests again."
  exit 77
fi
# The build outside the package survives it: a second run compiles only what changed.
mkdir -p "$folder"
rm -rf "$folder/package"
SEBEN_SWIFT_PACKAGE=$folder/package
export SEBEN_SWIFT_PACKAGE
"$@"
# Optimised: a thousand rows take a debug build half a minute more.
swift test --package-path "$folder/package" --scratch-path "$folder/build" --jobs 2 -Xswiftc -O
