#!/usr/bin/env bash
# Every message and exit code of tests/fixtures/cli/cases.sh is the recorded one (tests/fixtures/cli/messages.txt).
# usage: messages_test.sh PROGRAM DIRECTORY_OF_SAMPLE_MODELS SCRATCH_FOLDER [--write]
#   --write records what PROGRAM says, for a change that is wanted: look at `git diff` before it is committed
set -euo pipefail
program=$(realpath "$1")
bin=$(realpath "$2")
root=$(cd "$(dirname "$0")/../.." && pwd)
cases=$root/tests/fixtures/cli/cases.sh
record=$root/tests/fixtures/cli/messages.txt
"$root/tests/docs/scratch.sh" "$3" "$bin"
cd "$3"
scratch=$PWD
seben() { "$program" "$@"; }

export SEBEN_MODELS=$scratch/models HF_HOME=$scratch/hf XDG_CACHE_HOME=$scratch/cache
unset HF_ENDPOINT HF_TOKEN HF_HUB_CACHE HUGGINGFACE_HUB_CACHE HF_HUB_OFFLINE SEBEN_BUNDLE

prepare() {
  printf 'no format that anybody knows\nsecond line\n' | tee garbage > garbage.npy
  : > empty.wav
  mkdir empty results copy empty.mlpackage garbage-bundle
  echo kept > results/kept
  cp talk.wav copy/talk.wav
  echo '{' > garbage-bundle/bundle.json
  local name
  for name in version-2 changed-byte changed-size; do cp -R bundles/demo-nko "$name"; done
  sed -i 's/"version": *1/"version": 2/' version-2/bundle.json
  printf 'X' | dd of=changed-byte/encoder.safetensors bs=1 seek=100000 conv=notrunc status=none
  printf 'X' >> changed-size/encoder.safetensors
  printf 'talk.wav\t\u07ca\n' > dev.tsv
  printf 'gone.wav\t\u07ca\n' > gone.tsv
  printf 'talk.wav\n' > one-column.tsv
  printf '\u07d3a\u07ca\n' > labels.txt
  head -c 5000 ggml-large-v3.bin > ggml-cut.bin
  mkdir ctranslate2-cut ctranslate2-other adapter
  head -c 5000 "$root/tests/fixtures/ctranslate2/float32.bin" > ctranslate2-cut/model.bin
  printf '\7' | cat - <(tail -c +2 "$root/tests/fixtures/ctranslate2/float32.bin") > ctranslate2-other/model.bin
  echo '{"peft_type": "LORA", "base_model_name_or_path": "openai/whisper-small"}' > adapter/adapter_config.json
  cp -R whisper-small whisper-other
  # near the end, where the encoder's tensors are
  printf '\x3f' | dd of=whisper-other/model.safetensors bs=1 conv=notrunc status=none \
    seek="$(($(stat -c %s whisper-other/model.safetensors) - 97))"
  seben import --model whisper-small/ --name whisper --licence MIT whisper > /dev/null
}
prepare 2> prepare.log || { cat prepare.log >&2; exit 1; }

# What one command said, without what differs from machine to machine.
tell() {
  local status=0 output=nothing
  echo "\$ $1"
  eval "$1" > .out 2> .err < /dev/null || status=$?
  [ ! -s .out ] || output=something
  echo "exit $status, printed $output"
  sed -E -e "s|$scratch|SCRATCH|g; s|$root|ROOT|g; s|/tmp/[A-Za-z0-9._-]*|TMP|g" \
    -e 's/"time":"[^"]*"/"time":"TIME"/; s/(free_bytes[a-z_]*)":[0-9]+/\1":N/g; s/found [0-9.]+ GiB/found N GiB/; s/\.partial-[A-Za-z0-9_-]+/.partial-N/g; s/\b[0-9a-f]{64}\b/SHA256/g' .err
}
while IFS= read -r line; do
  case $line in
    '## '*) printf '\n%s\n' "$line" ;;
    '' | \#*) ;;
    *) tell "$line" ;;
  esac
done < "$cases" > messages.txt

if [ "${4:-}" = --write ]; then
  cp messages.txt "$record"
  echo "recorded $(grep -c '^\$ ' "$record") commands"
elif ! diff -u --label recorded --label found "$record" messages.txt; then
  echo "messages or exit codes changed; if that is wanted: $0 ${*:1:3} --write" >&2
  exit 1
else
  echo "$(grep -c '^\$ ' "$record") commands answer as recorded"
fi
