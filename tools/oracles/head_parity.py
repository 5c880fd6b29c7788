# SPDX-License-Identifier: Apache-2.0
"""Seben's CTC heads against PyTorch's modules at full size; the first case is the anchor [1, 1500, 1280] -> [1, 375, 66].

  scripts/setup-oracles && cmake --build --preset release --target seben-parity
  build/venv-oracles/bin/python -m tools.oracles.head_parity --program build/release/bin/seben-parity

Exit status 1 when f32 logits differ by more than 1e-4 anywhere or one argmax is another.
"""

import argparse
import json
import subprocess
import sys
from pathlib import Path

from safetensors.numpy import save_file

from tools.oracles.heads import (
    BilstmHead,
    ConvBilstmHead,
    HeadSize,
    TransformerHead,
    logits,
    make,
    make_features,
    metadata,
    state,
)

BOUND = 1e-4
V3 = dict(input_dim=1280, width=768, layers=6, heads=12, ffn=3072)
CASES = {
    "anchor, stride 4": (TransformerHead, HeadSize(**V3, stride=4), 1500),
    "stride 2": (TransformerHead, HeadSize(**V3, stride=2, positions=1000), 1500),
    "stride 1, 375 frames": (TransformerHead, HeadSize(**V3, stride=1), 375),
    "stride 4, trajectory": (TransformerHead, HeadSize(**V3, stride=4, trajectory="scalars"), 1500),
    "stride 4, trajectory with motifs": (TransformerHead, HeadSize(**V3, stride=4, trajectory="motifs"), 1500),
    "BiLSTM, 375 frames": (BilstmHead, HeadSize(1280, 512, 3), 375),
    "convolution and BiLSTM, stride 2": (ConvBilstmHead, HeadSize(512, 256, 2, stride=2, cells=192), 1500),
}


def run_case(program: Path, folder: Path, case: tuple, precision: str) -> dict:
    kind, size, frames = case
    head = make(kind, size, seed=11)
    features = make_features(frames, size.input_dim, seed=12)
    save_file(state(head), folder / "head.safetensors", metadata(head))
    save_file({"features": features, "logits": logits(head, features)}, folder / "reference.safetensors")
    command = [program, "head", folder / "head.safetensors", folder / "reference.safetensors", precision, "2"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--program", type=Path, default=Path("build/release/bin/seben-parity"))
    parser.add_argument("--folder", type=Path, default=Path("build/parity/head"))
    parser.add_argument("--precision", default="f32")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    good = True
    print("| head | frames in | logits | max abs | mse | other argmax | seconds |\n|---|---|---|---|---|---|---|")
    for name, case in CASES.items():
        r = run_case(options.program, options.folder, case, options.precision)
        d = r["logits"]
        print(
            f"| {name} | {r['frames']} | {r['output_frames']} x {r['classes']} | {d['max_abs']:.2e} | {d['mse']:.2e} "
            f"| {r['unequal_argmax']} | {r['seconds']:.3f} |",
            flush=True,
        )
        good = good and d["max_abs"] <= BOUND and r["unequal_argmax"] == 0
    return 0 if good or options.precision != "f32" else 1


if __name__ == "__main__":
    sys.exit(main())
