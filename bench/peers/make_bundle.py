# SPDX-License-Identifier: Apache-2.0
"""Makes a bundle of an encoder that convert.py wrote and a random head of the anchor's shape, to time `seben bench`.

usage (repository root): scripts/setup-oracles; build/venv-oracles/bin/python -m bench.peers.make_bundle \
       --models FOLDER --seben PROGRAM --out BUNDLE
"""

import argparse
import json
import subprocess
import tempfile
from pathlib import Path

from safetensors.numpy import save_file

from tools.oracles.heads import HeadSize, TransformerHead, make, metadata, state

CLASSES = [chr(0x7C0 + i) for i in range(64)] + [" ", "<blank>"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that holds hf/")
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    width = json.loads((args.models / "hf" / "config.json").read_text())["d_model"]
    head = make(TransformerHead, HeadSize(input_dim=width, width=768, layers=6, heads=12, ffn=3072, stride=4), seed=11)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        save_file(state(head), folder / "head.safetensors", metadata(head))
        vocabulary = {"blank": 65, "classes": CLASSES, "masked": [59, 60]}
        (folder / "vocab.json").write_text(json.dumps(vocabulary))
        command = [args.seben, "import", "--encoder", args.models / "hf", "--head", folder / "head.safetensors"]
        command += ["--vocab", folder / "vocab.json", "--feature-stride", "1", "--name", "random-large"]
        subprocess.run([*command, "--licence", "none", args.out], check=True)


if __name__ == "__main__":
    main()
