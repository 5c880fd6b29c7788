#!/usr/bin/env bash
# Makes a folder in which the documentation's commands run as they are written: the demo bundle, and under the names that
# the pages use recordings, texts, models and stand-ins of programs. usage: scratch.sh FOLDER DIRECTORY_OF_PROGRAMS [PAGE]
set -euo pipefail
folder=$1
bin=$2
root=$(cd "$(dirname "$0")/../.." && pwd)
demo=$root/bundles/demo-nko
page=${3:-/dev/null}
rm -rf "$folder"
mkdir -p "$folder/bundles" "$folder/stand-ins"
cd "$folder"

# Bundles, copied, because some commands write records and rankers into them.
cp -R "$demo" bundles/demo-nko
ln -s "$root/bundles/nko-base" bundles/nko-base
grep -q 'cp -R bundles/demo-nko my-model' "$page" || cp -R "$demo" my-model
ln -s "$root/tests/fixtures/heads" heads
ln -s "$root/src" src

# Recordings; FFmpeg looks at what is in a file, not at its name.
for name in talk.m4a speech.m4a speech.wav talk.wav; do cp "$demo/samples/seen-1.wav" "$name"; done

# A minute of speech, where the page asks for it.
if grep -q 'interviews/' "$page"; then
  mkdir interviews
  for name in first second; do cp "$demo/samples/long.wav" "interviews/$name.wav"; done
fi

# Texts.
cp "$root/tests/fixtures/text/nko.txt" sentences.txt
cp "$root/tests/fixtures/text/nko.txt" nko_train.txt
cp "$root/tests/fixtures/text/nko_held_out.txt" nko_dev.txt
cp "$root/tests/fixtures/text/nko_word_edits.tsv" nko_human_word_edits.tsv
grep -v '^#' "$demo/samples/manifest.tsv" | cut -f2 > test.txt
cp "$demo/language-model.arpa" nko.arpa
head -n 3 test.txt | tr ' ' '\n' | sort -u | head -n 3 > names.txt

# Whispers in every format, and a head.
"$bin/sample_models" .

# What a recogniser heard, where the page asks for it: a text with its log-probabilities, and rows of several.
if grep -q heard "$page"; then
  grep -v '^#' "$demo/samples/manifest.tsv" | head -n 4 | sed "s|^|$demo/samples/|" > heard.tsv
  "$bin/seben" rank rows --bundle bundles/demo-nko heard.tsv -o heard > /dev/null
  cp heard/000000.npy heard.npy
  sed -nE '1s/.*"hypothesis":"([^"]*)".*/\1/p' heard/rows.jsonl > heard.txt
fi

# The input of the demo's head: a safetensors file of one tensor, zeros, whose header is 80 bytes long.
if grep -q 'features\.safetensors' "$page"; then
  {
    printf '\x50\0\0\0\0\0\0\0%-80s' '{"features":{"dtype":"F32","shape":[1,1500,192],"data_offsets":[0,1152000]}}'
    head -c 1152000 /dev/zero
  } > features.safetensors
fi

# What a device's tools said.
for sample in "$root"/tests/fixtures/evidence/*; do ln -s "$sample" .; done

stand_in() {  # stand_in NAME: a program that does what the page's does, without its machine
  { echo '#!/bin/sh'; cat; } > "stand-ins/$1"
  chmod +x "stand-ins/$1"
}
stand_in arecord <<< 'exec cat bundles/demo-nko/samples/seen-1.wav'
stand_in recogniser <<< 'exec sed "s|\"log_probs\":\"|&heard/|" heard/rows.jsonl'
stand_in run-on-device <<< 'exec seben execute "$1" "$2" "$3"'
stand_in run-on-device.sh <<< 'echo ran'
stand_in probe.sh <<< 'cp devices.json "$SEBEN_PROBE/devices.json"; cp unlocked.json "$SEBEN_PROBE/lock.json"'
cp stand-ins/run-on-device stand-ins/run-on-device.sh stand-ins/probe.sh .
