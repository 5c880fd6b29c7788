#!/bin/bash
# SPDX-License-Identifier: Apache-2.0
# run-on-device.sh and collect.sh with stand-ins of Apple's tools on PATH: order, exit codes, what is collected. It proves
# the scripts' own logic, nothing about the tools.
# usage: scripts_test.sh TEMPLATE
set -euo pipefail
template=$1
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/h/Proof/fixtures" "$work/bin"
cp "$template/run-on-device.sh" "$template/collect.sh" "$template/project.yml" "$work/h/"
echo '{"plan": 1}' >"$work/h/Proof/plan.json"
printf '{\n  "plan_sha256": "%064d"\n}\n' 7 >"$work/h/Proof/chain.json"
echo '{}' >"$work/h/Proof/fixtures/manifest.json"

cat >"$work/bin/xcodegen" <<'END'
#!/bin/bash
[ "${1:-}" = --version ] && echo "Version: 2.43.0"
exit 0
END
# The test run takes a while and writes its last line at the end, as the real one does.
cat >"$work/bin/xcodebuild" <<'END'
#!/bin/bash
echo "xcodebuild $*" >>"$FAKE_CALLS"
case " $* " in
  *" -showdestinations "*) echo "Available destinations" ;;
  *" build-for-testing "*) [ -z "${FAKE_BUILD_FAILS:-}" ] || { echo "error: no profiles"; exit 65; } ;;
  *" test-without-building "*)
    for ((i = 1; i < $#; ++i)); do
      [ "${!i}" != -resultBundlePath ] || { j=$((i + 1)); [ -n "${FAKE_NO_RESULT:-}" ] || mkdir -p "${!j}"; }
    done
    echo "SEBEN_PROCESS 4711"
    sleep "${FAKE_SECONDS:-1}"
    echo "run $TEST_RUNNER_SEBEN_RUN units $TEST_RUNNER_SEBEN_UNITS wait ${TEST_RUNNER_SEBEN_WAIT:-0}"
    if [ -n "${TEST_RUNNER_SEBEN_OUT:-}" ]; then
      mkdir -p "$TEST_RUNNER_SEBEN_OUT" && echo '{}' >"$TEST_RUNNER_SEBEN_OUT/details.json"
    fi
    [ -z "${FAKE_TEST_FAILS:-}" ] || { echo "** TEST FAILED **"; exit 65; }
    echo "** TEST EXECUTE SUCCEEDED **"
    ;;
  *" -version "*) echo "Xcode 16.2" ;;
esac
END
cat >"$work/bin/xcrun" <<'END'
#!/bin/bash
echo "xcrun $*" >>"$FAKE_CALLS"
last=${!#}
case "$*" in
  *lockState*) [ -z "${FAKE_OFFLINE:-}" ] || exit 1 ;;
  *"copy from"*) [ -n "${FAKE_NO_COPY:-}" ] && exit 1; echo '{}' >"$last/details.json" ;;
  *"xctrace record"*) for ((i = 1; i < $#; ++i)); do [ "${!i}" != --output ] || { j=$((i + 1)); mkdir -p "${!j}"; }; done
    sleep 1 ;;
  *"--toc"*) echo '<trace-toc><table schema="coreml-model"/><table schema="cpu-profile"/><table schema="os-signpost"/></trace-toc>' >"$last" ;;
  *"xctrace export"*) echo '<trace-query-result/>' >"$last" ;;
  *"export attachments"*) mkdir -p "$last" ;;
esac
END
chmod +x "$work/bin/"*
export PATH="$work/bin:$PATH" FAKE_CALLS="$work/calls"

run() { # expected exit code, then arguments
  local expected=$1 code=0
  shift
  : >"$FAKE_CALLS"
  "$work/h/run-on-device.sh" "$@" >"$work/stdout" 2>"$work/stderr" || code=$?
  if [ "$code" -ne "$expected" ]; then
    echo "run-on-device.sh $*: expected exit $expected, found $code" >&2
    cat "$work/stderr" >&2
    exit 1
  fi
}
holds() { # file, pattern
  grep -q -- "$2" "$1" || { echo "$1: expected $2, found:" >&2; cat "$1" >&2; exit 1; }
}

run 64
run 64 --device
run 64 --device 'a b'
run 64 --device mac --frobnicate x
run 0 --help
holds "$work/stdout" '--device ID'

# A device that does it all, recorded.
run 0 --device PHONE-1 --out "$work/good" --run r-1 --units cpu_only,all --trace --team TEAM1
holds "$work/good/run.log" 'run r-1 units cpu_only,all wait 30'
holds "$work/good/run.log" 'TEST EXECUTE SUCCEEDED'
holds "$work/good/run.json" '"plan_sha256": "0*7"'
holds "$work/good/run.json" '"xcodebuild_exit": 0'
holds "$FAKE_CALLS" 'DEVELOPMENT_TEAM=TEAM1'
holds "$FAKE_CALLS" 'parallel-testing-enabled NO'
holds "$FAKE_CALLS" 'record --template Core ML --instrument os_signpost --device PHONE-1 --attach 4711'
for file in preflight/devices.txt tools.txt free-bytes.txt device/details.json trace/toc.xml trace/coreml-model.xml \
  trace/os-signpost.xml proof/plan.json proof/chain.json proof/fixtures.json run.json; do
  [ -e "$work/good/$file" ] || { echo "good: expected $file, found none" >&2; exit 1; }
  case $file in *) holds "$work/good/SHA256SUMS" "./$file" ;; esac
done
[ ! -e "$work/good/trace/cpu-profile.xml" ] || { echo "an unwanted table was exported" >&2; exit 1; }
(cd "$work/good" && sha256sum --quiet -c SHA256SUMS)
python3 -c 'import json, sys; json.load(open(sys.argv[1]))' "$work/good/run.json"
run 73 --device PHONE-1 --out "$work/good"

run 0 --device mac --out "$work/mac"
holds "$FAKE_CALLS" 'ProofOnMac -destination platform=macOS'
[ -e "$work/mac/device/details.json" ]

FAKE_OFFLINE=1 run 76 --device PHONE-1 --out "$work/offline"
FAKE_BUILD_FAILS=1 run 65 --device PHONE-1 --out "$work/build"
holds "$work/stderr" 'no profiles'
FAKE_TEST_FAILS=1 run 65 --device PHONE-1 --out "$work/failed"
holds "$work/failed/run.json" '"xcodebuild_exit": 65'
FAKE_NO_RESULT=1 run 78 --device PHONE-1 --out "$work/noresult"
FAKE_NO_COPY=1 run 78 --device PHONE-1 --out "$work/nocopy"
holds "$work/stderr" 'details.json'
PATH=/usr/bin:/bin run 69 --device PHONE-1 --out "$work/notools"
[ ! -e "$work/notools" ]

# Ctrl-C is no success.
: >"$FAKE_CALLS"
code=0
FAKE_SECONDS=20 timeout -s INT 3 "$work/h/run-on-device.sh" --device mac --out "$work/stopped" >/dev/null 2>"$work/stderr" ||
  code=$?
[ "$code" -ne 0 ] && holds "$work/stderr" 'not whole'
[ ! -e "$work/stopped/SHA256SUMS" ]
echo "scripts: order, exit codes and collection hold (with stand-ins of the tools)"
