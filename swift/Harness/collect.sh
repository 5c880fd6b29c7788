#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Gathers what a run left behind into an evidence folder; run-on-device.sh calls it, and it can be called again.
# usage: collect.sh EVIDENCE DEVICE BUNDLE-PREFIX     DEVICE: an identifier, or "mac"
#
# EVIDENCE then holds  run.json run.log result.xcresult/ device/ attachments/ trace/ proof/ tools.txt  and SHA256SUMS of
# all of them. Exit 78 when the log, the result bundle or details.json is missing.
set -u
if [ $# -ne 3 ]; then
  sed -n 3,7p "$0" >&2
  exit 64
fi
here=$(cd "$(dirname "$0")" && pwd)
evidence=$1 device=$2 prefix=$3
missing=0
lack() {
  echo "collect: expected $1, found none" >&2
  missing=1
}

[ -s "$evidence/run.log" ] || lack "$evidence/run.log"
[ -e "$evidence/result.xcresult" ] || lack "$evidence/result.xcresult"

# details.json and compute plans: on a Mac the test wrote them here; from a device they are copied.
if [ "$device" != mac ]; then
  mkdir -p "$evidence/device"
  xcrun devicectl device copy from --device "$device" --domain-type appDataContainer \
    --domain-identifier "$prefix.proof" --source Documents/seben-proof --destination "$evidence/device" \
    >"$evidence/copy.log" 2>&1 || echo "collect: devicectl copied nothing ($evidence/copy.log); see attachments/" >&2
fi
# The same files as attachments of the result bundle (Xcode 16 and newer).
if [ -e "$evidence/result.xcresult" ] && [ ! -d "$evidence/attachments" ]; then
  xcrun xcresulttool export attachments --path "$evidence/result.xcresult" --output-path "$evidence/attachments" \
    >"$evidence/attachments.log" 2>&1 || echo "collect: xcresulttool exported no attachments" >&2
fi
find "$evidence/device" -name details.json 2>/dev/null | grep -q . || lack "$evidence/device/details.json"

# Tables of a recording that the trace analyser reads.
if [ -e "$evidence/recording.trace" ]; then
  mkdir -p "$evidence/trace"
  if xcrun xctrace export --input "$evidence/recording.trace" --toc --output "$evidence/trace/toc.xml"; then
    tables=$(grep -o 'schema="[^"]*"' "$evidence/trace/toc.xml" | sort -u | sed 's/schema="\(.*\)"/\1/' |
      grep -E '^(coreml|os-signpost|ane-hw-intervals|mps-|metal-gpu-)' || true)
    for table in $tables; do
      xcrun xctrace export --input "$evidence/recording.trace" \
        --xpath "/trace-toc/run[@number=\"1\"]/data/table[@schema=\"$table\"]" \
        --output "$evidence/trace/$table.xml" || lack "table $table of the recording"
    done
    [ -n "$tables" ] || lack "a table of Core ML, signposts or hardware in the recording"
  else
    lack "an exported table of contents of the recording"
  fi
fi

# What was run: the audit compares digests with these.
mkdir -p "$evidence/proof"
cp "$here/Proof/plan.json" "$here/Proof/chain.json" "$evidence/proof/" || lack "Proof/plan.json and Proof/chain.json"
cp "$here/Proof/fixtures/manifest.json" "$evidence/proof/fixtures.json" || lack "Proof/fixtures/manifest.json"

(
  cd "$evidence" || exit 1
  rm -f SHA256SUMS
  # Recordings and result bundles are digested as they lie, file by file.
  find . -type f ! -name SHA256SUMS | LC_ALL=C sort | while IFS= read -r file; do
    if command -v sha256sum >/dev/null 2>&1; then sha256sum "$file"; else shasum -a 256 "$file"; fi
  done >SHA256SUMS
)
[ "$missing" -eq 0 ] || exit 78
echo "evidence: $evidence"
