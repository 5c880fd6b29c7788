# SPDX-License-Identifier: Apache-2.0
"""The frozen encoder that features are made by: its first layers, coded weights, as a bundle of its own.

usage: python -m training.encoder --encoder BUNDLE --layers 4 --weights w8:g32 --out DIR
A head is trained on what exactly this encoder gives (docs/contract.md). The bundle has a head too, of random numbers:
`seben import` makes no bundle without a reader, and only a head's contract says that windows are padded with silence.
"""

import argparse
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import torch
from safetensors.torch import save_file

from . import text
from .model import CtcHead, Shape
from .truncate import truncate

SEBEN = os.environ.get("SEBEN", "build/release/bin/seben")


def vocabulary(path: Path) -> None:
    classes = [chr(text.FIRST + i) for i in range(64)] + [" ", "<blank>"]
    masked = [0x07FB - text.FIRST, 0x07FC - text.FIRST]
    path.write_text(json.dumps({"blank": text.BLANK, "classes": classes, "masked": masked}, indent=2) + "\n")


def unused_head(path: Path, width: int) -> None:
    """`seben import` makes bundles with a head; whoever exports features never runs it."""
    torch.manual_seed(0)
    head = CtcHead(Shape(d_model=width, head_width=8, head_heads=1, head_layers=1))
    metadata = {"format": "pt", "seben.head.kind": "transformer", "seben.head.stride": "2", "seben.head.heads": "1",
                "seben.head.blank": str(text.BLANK)}
    save_file({name: value.contiguous() for name, value in head.state_dict().items()}, path, metadata)


def run(*command) -> None:
    done = subprocess.run([str(part) for part in command], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip() or f"{command[0]}: exit code {done.returncode}")


def variant(source: Path, layers: int) -> str:
    name = json.loads((source / "bundle.json").read_text())["name"]
    return f"{name}-{layers}-of-{json.loads((source / 'config.json').read_text())['encoder_layers']}"


def make(source: Path, layers: int, weights: str, out: Path) -> None:
    width = json.loads((source / "config.json").read_text())["d_model"]
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        truncate(source, layers, work / "hf")
        vocabulary(work / "vocab.json")
        unused_head(work / "head.safetensors", width)
        plain = work / "plain" if weights != "none" else out
        run(SEBEN, "import", "--encoder", work / "hf", "--head", work / "head.safetensors", "--vocab", work / "vocab.json",
            "--variant", variant(source, layers), "--feature-stride", 1, "--name", f"{variant(source, layers)}-features",
            "--licence", json.loads((source / "bundle.json").read_text())["licence"], plain)
        if weights != "none":
            run(SEBEN, "quantize", plain, "--weights", weights, "--head", "f32", "--out", out)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True, help="bundle with encoder.safetensors and config.json")
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--weights", default="w8:g32", help="codec of the weights (seben quantize), or none")
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    shutil.rmtree(args.out, ignore_errors=True)
    args.out.parent.mkdir(parents=True, exist_ok=True)
    make(args.encoder, args.layers, args.weights, args.out)
    print(f"{args.out}: {args.layers} layers, {args.weights}")


if __name__ == "__main__":
    main()
