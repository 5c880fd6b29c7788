# SPDX-License-Identifier: Apache-2.0
"""The first layers of a Whisper encoder as an encoder of its own, with the same final norm.

usage: python -m training.truncate --encoder BUNDLE --layers 4 --out DIR
Features of a middle layer are so made by an ordinary, smaller encoder: its own digest, its own contract, less work, and
nothing in the product has to know. DIR is what `seben import --encoder DIR` reads.
"""

import argparse
import json
import re
from pathlib import Path

from safetensors import safe_open
from safetensors.numpy import save_file

LAYER = re.compile(r"(?:^|\.)layers\.(\d+)\.")
PREFIX = "model.encoder."


def truncate(source: Path, layers: int, out: Path) -> int:
    config = json.loads((source / "config.json").read_text())
    if not 1 <= layers <= config["encoder_layers"]:
        raise SystemExit(f"{source}: expected 1 to {config['encoder_layers']} layers, found {layers}")
    kept = {}
    with safe_open(source / "encoder.safetensors", "np") as f:
        for name in f.keys():
            layer = LAYER.search(name)
            if layer is None or int(layer[1]) < layers:
                kept[PREFIX + name.removeprefix(PREFIX).removeprefix("encoder.")] = f.get_tensor(name)
    out.mkdir(parents=True, exist_ok=True)
    save_file(kept, out / "model.safetensors", {"format": "pt"})
    wanted = ("model_type", "activation_function", "d_model", "encoder_attention_heads", "encoder_ffn_dim", "num_mel_bins",
              "max_source_positions")
    described = {"architectures": ["WhisperModel"], "encoder_layers": layers} | {k: config[k] for k in wanted}
    (out / "config.json").write_text(json.dumps(described, indent=2) + "\n")
    return len(kept)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True, help="bundle or folder with encoder.safetensors, config.json")
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    print(f"{args.out}: {truncate(args.encoder, args.layers, args.out)} tensors, {args.layers} layers")


if __name__ == "__main__":
    main()
