#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# Builds the project, runs its test on a device, waits until the tools have ended, and collects the evidence. To be run
# on a Mac with Xcode 15.3 or newer and XcodeGen.
#
# usage: run-on-device.sh --device ID [options]
#   --device ID      identifier of `xcrun devicectl list devices`, or "mac" for this machine
#   --out DIR        evidence folder, which must not exist; default: evidence-<run>
#   --run NAME       tells this run from others; default: time and number of the process
#   --units LIST     cpu_only, cpu_and_gpu, cpu_and_ne, all; default: cpu_only,cpu_and_ne,all
#   --repeats N      predictions for the timings; default: 3
#   --trace          record with Instruments (template "Core ML") while predictions run
#   --team ID        development team that signs
#   --prefix WORD    of the bundle identifiers; default: dev.seben
# exit: 0 the test passed and the evidence is whole; 64 usage; 69 a tool is missing; 73 the folder exists;
#       74 less than 2 GiB free; 76 no such device; 78 evidence is missing; else what xcodebuild said
set -u
set -m  # else the recorder would ignore the interrupt that ends it
here=$(cd "$(dirname "$0")" && pwd)
device='' out='' run='' units=cpu_only,cpu_and_ne,all repeats=3 trace=no team='' prefix=dev.seben
usage() {
  sed -n 3,18p "$0" | sed 's/^# \{0,1\}//'
}
while [ $# -gt 0 ]; do
  case $1 in
    --trace) trace=yes && shift && continue ;;
    --help | -h) usage && exit 0 ;;
  esac
  if [ $# -lt 2 ]; then
    usage >&2
    exit 64
  fi
  case $1 in
    --device) device=$2 ;;
    --out) out=$2 ;;
    --run) run=$2 ;;
    --units) units=$2 ;;
    --repeats) repeats=$2 ;;
    --team) team=$2 ;;
    --prefix) prefix=$2 ;;
    *)
      usage >&2
      exit 64
      ;;
  esac
  shift 2
done
if [ -z "$device" ]; then
  echo "run-on-device: --device: expected an identifier or mac, found nothing" >&2
  exit 64
fi
run=${run:-$(date -u +%Y-%m-%dT%H:%M:%SZ)-$$}
for word in "$run" "$device" "$units" "$repeats" "$team" "$prefix"; do
  case $word in
    *[!A-Za-z0-9:._,-]*)
      echo "run-on-device: expected letters, digits and :._,- in values, found '$word'" >&2
      exit 64
      ;;
  esac
done
out=${out:-evidence-$(echo "$run" | tr ':' '-')}
if [ -e "$out" ]; then
  echo "run-on-device: $out: expected a folder that does not exist yet, found one that does" >&2
  exit 73
fi
for tool in xcodegen xcodebuild xcrun; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "run-on-device: $tool: expected on PATH, found none" >&2
    exit 69
  fi
done
mkdir -p "$out" || exit 73
out=$(cd "$out" && pwd)
case $device in
  mac) scheme=ProofOnMac destination='platform=macOS' process=SebenProofHostMac ;;
  *) scheme=ProofOnDevice destination="id=$device" process=SebenProofHost ;;
esac

# What the preflight analyser reads, taken before anything is built.
free=$(df -Pk "$out" | awk 'NR == 2 { printf "%.0f", $4 * 1024 }')
echo "$free" >"$out/free-bytes.txt"
{
  uname -a
  xcodebuild -version
  xcodegen --version
} >"$out/tools.txt" 2>&1
if [ "$device" != mac ]; then
  mkdir -p "$out/preflight"
  xcrun devicectl list devices --json-output "$out/preflight/devices.json" >"$out/preflight/devices.txt" 2>&1
  if ! xcrun devicectl device info lockState --device "$device" --json-output "$out/preflight/lock-state.json" \
    >"$out/preflight/lock-state.txt" 2>&1; then
    echo "run-on-device: $device: expected a device that answers, found none ($out/preflight)" >&2
    exit 76
  fi
  xcrun xctrace list devices >"$out/preflight/xctrace.txt" 2>&1
fi
if [ "${free:-0}" -lt 2147483648 ]; then
  echo "run-on-device: $out: expected 2 GiB free, found ${free:-0} bytes" >&2
  exit 74
fi

cd "$here" || exit 66
xcodegen generate --spec project.yml >"$out/xcodegen.log" 2>&1 || {
  cat "$out/xcodegen.log" >&2
  exit 70
}
settings="SEBEN_BUNDLE_PREFIX=$prefix"
[ -z "$team" ] || settings="$settings DEVELOPMENT_TEAM=$team"
[ "$device" = mac ] || xcodebuild -project SebenHarness.xcodeproj -scheme "$scheme" -showdestinations \
  >"$out/preflight/destinations.txt" 2>&1
echo "building ($out/build.log)"
# $settings is a list of words without spaces.
# shellcheck disable=SC2086
xcodebuild build-for-testing -project SebenHarness.xcodeproj -scheme "$scheme" -destination "$destination" \
  -derivedDataPath build/xcode -allowProvisioningUpdates $settings >"$out/build.log" 2>&1
status=$?
if [ "$status" -ne 0 ]; then
  tail -n 20 "$out/build.log" >&2
  exit "$status"
fi

# Variables that begin with TEST_RUNNER_ reach the test without that word.
export TEST_RUNNER_SEBEN_RUN="$run" TEST_RUNNER_SEBEN_UNITS="$units" TEST_RUNNER_SEBEN_REPEATS="$repeats"
[ "$device" != mac ] || export TEST_RUNNER_SEBEN_OUT="$out/device"
[ "$trace" = no ] || export TEST_RUNNER_SEBEN_WAIT=30
started=$(date -u +%Y-%m-%dT%H:%M:%SZ)
echo "testing ($out/run.log)"
xcodebuild test-without-building -project SebenHarness.xcodeproj -scheme "$scheme" -destination "$destination" \
  -derivedDataPath build/xcode -resultBundlePath "$out/result.xcresult" -parallel-testing-enabled NO \
  -test-timeouts-enabled NO >"$out/run.log" 2>&1 &
tester=$!
recorder=''
stop() {
  kill "$tester" 2>/dev/null
  [ -z "$recorder" ] || kill -INT "$recorder" 2>/dev/null
  echo "run-on-device: interrupted; $out is not whole" >&2
  exit 130
}
trap stop INT TERM

if [ "$trace" = yes ]; then
  pid=''
  while [ -z "$pid" ] && kill -0 "$tester" 2>/dev/null; do
    sleep 1
    pid=$(sed -n 's/^SEBEN_PROCESS \([0-9][0-9]*\).*/\1/p' "$out/run.log" | head -n 1)
  done
  if [ -n "$pid" ]; then
    target=''
    [ "$device" = mac ] || target="--device $device"
    # shellcheck disable=SC2086
    xcrun xctrace record --template 'Core ML' --instrument os_signpost $target --attach "$pid" --output "$out/recording.trace" \
      >"$out/xctrace.log" 2>&1 &
    recorder=$!
  else
    echo "run-on-device: the test named no process, so nothing was recorded" >&2
  fi
fi
# Not before the tool has ended is its log whole.
wait "$tester"
status=$?
ended=$(date -u +%Y-%m-%dT%H:%M:%SZ)
if [ -n "$recorder" ]; then  # it ends by itself with the process that it is attached to
  (sleep 60 && kill -INT "$recorder" 2>/dev/null) &
  guard=$!
  wait "$recorder"
  kill "$guard" 2>/dev/null
fi

plan=$(sed -n 's/.*"plan_sha256": "\([0-9a-f]*\)".*/\1/p' Proof/chain.json)
cat >"$out/run.json" <<END
{"schema": "seben.device-run", "version": 1, "run": "$run", "device": "$device", "process": "$process",
 "plan_sha256": "$plan", "compute_units": "$units", "traced": "$trace", "started": "$started", "ended": "$ended",
 "xcodebuild_exit": $status}
END
"$here/collect.sh" "$out" "$device" "$prefix"
collected=$?
if [ "$status" -ne 0 ]; then
  tail -n 20 "$out/run.log" >&2
  echo "run-on-device: xcodebuild ended with $status" >&2
  exit "$status"
fi
exit "$collected"
