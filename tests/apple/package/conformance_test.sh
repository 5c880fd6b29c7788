#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# Our packages in coremltools' hands. usage: conformance_test.sh SEBEN PROTOC SCRATCH
# exit 77 (skipped) without build/venv-coreml, which scripts/setup-coreml makes
set -euo pipefail
cd "$(dirname "$0")/../../.."
seben=$1 protoc=$2 scratch=$3
python=build/venv-coreml/bin/python
if [ ! -x "$python" ]; then
  echo "SKIPPED: no coremltools here; scripts/setup-coreml installs it"
  exit 77
fi
rm -rf "$scratch"
mkdir -p "$scratch"
export_as() { "$seben" export coreml bundles/demo-nko "$scratch/$1" "${@:2}" >/dev/null; }
export_as sequence15 --opset ios15
export_as ane16 --layout ane --precision fp16 --io fp16
export_as mixed16 --precision fp16 --keep-fp32 softmax,layer_norm --part encoder+head
export_as stages17 --opset ios17 --stages device-safe --part encoder
export_as affine16 --precision fp16 --weights affine8
export_as palette16 --weights palette6
export_as block18 --opset ios18 --weights blockwise4
export_as palette18 --opset ios18 --weights palette4 --precision fp16
export_as lengths --part encoder --lengths 1000,3000
export_as range --part head --lengths 100..1500
export_as whispercpp --opset ios15 --part encoder --naming whisper.cpp
"$protoc" --proto_path=src/apple/package/proto --include_imports --descriptor_set_out="$scratch/schema.pb" Model.proto
arguments=(--descriptors "$scratch/schema.pb")
n=0
for package in "$scratch"/*/*.mlpackage; do
  n=$((n + 1))
  "$seben" inspect --json "$package" >"$scratch/$n.json"
  arguments+=(--summary "$package" "$scratch/$n.json")
done
"$python" tools/oracles/coreml_conformance.py "${arguments[@]}" 2>/dev/null
