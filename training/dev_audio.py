# SPDX-License-Identifier: Apache-2.0
"""Recordings of a manifest as the product hears them, one a window, for `seben eval`, `verify precision` and `rank rows`.

usage: python -m training.dev_audio MANIFEST... --out DIR [--split dev] [--count 60] [--conditions clean noisy telephone]
Writes DIR/manifest.tsv: recording, text, condition. Noise is at 10 dB, the telephone's band 300 to 3400 Hz at 8 kHz.
"""

import argparse
import random
from pathlib import Path

import numpy as np
from scipy.signal import resample_poly, sosfilt

from . import augment, manifest, spelling
from .wav import write_wav
from .windows import TELEPHONE


def heard(samples: np.ndarray, condition: str, seed: int) -> np.ndarray:
    samples = np.pad(samples * 0.6 / (np.abs(samples).max() + 1e-6), (3200, 3200))
    if condition == "noisy":
        return np.clip(augment.add_noise(samples, 10, np.random.default_rng(seed)), -1, 1)
    if condition == "telephone":
        narrow = resample_poly(sosfilt(TELEPHONE, samples), 1, 2)
        return resample_poly(np.round(narrow * 2048) / 2048, 2, 1).astype(np.float32)
    return samples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifests", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", default="dev")
    parser.add_argument("--count", type=int, default=60, help="recordings of each manifest and condition")
    parser.add_argument("--conditions", nargs="+", default=["clean"], choices=("clean", "noisy", "telephone"))
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    lines = []
    for path in args.manifests:
        rows = [row for row in manifest.read(path) if row.split == args.split]
        random.Random(args.seed).shuffle(rows)
        for condition in args.conditions:
            for i, row in enumerate(rows[: args.count]):
                samples = manifest.load_audio(path.parent / row.audio)
                source = row.source.split("/")[0]
                name = f"{source}-{condition}-{i:04d}.wav"
                write_wav(args.out / name, heard(samples, condition, i))
                lines.append(f"{name}\t{spelling.full(row.nko)}\t{source}, {condition}")
    (args.out / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{args.out / 'manifest.tsv'}: {len(lines)} recordings")


if __name__ == "__main__":
    main()
