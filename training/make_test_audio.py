# SPDX-License-Identifier: Apache-2.0
"""Writes recordings and a manifest for `seben eval`, or those of the sentences that are kept back for the ranker.

usage: python -m training.make_test_audio --corpus DIR --out DIR                      the five test conditions
       python -m training.make_test_audio --split ranker --text FILE --out DIR [--count 3000]
"""

import argparse
import random
from pathlib import Path

import numpy as np

from . import conditions, text
from .corpus import Corpus, build
from .voice import SEEN_VOICES
from .wav import write_wav


def write_conditions(corpus: Path, out: Path) -> list[str]:
    lines = []
    for name in conditions.NAMES:
        for i, (samples, reference, _) in enumerate(conditions.recordings(corpus, name)):
            path = f"{name}/{i:04d}.wav"
            write_wav(out / path, samples)
            lines.append(f"{path}\t{reference}\t{name}")
    return lines


def write_split(split: str, text_file: Path, out: Path, count: int, max_words: int, seed: int) -> list[str]:
    sentences = text.load(text_file, max_words, keep_tones=False)[split]
    picked = random.Random(seed).sample(sentences, min(count, len(sentences)))
    build(out / split, picked, SEEN_VOICES, (90, 150), seed + 5000, workers=2)
    corpus, lines = Corpus(out / split), []
    for i in range(len(corpus)):
        write_wav(out / split / f"{i:05d}.wav", np.pad(corpus.samples(i), (3200, 3200)))
        lines.append(f"{split}/{i:05d}.wav\t{corpus.written(i)}\t{split}")
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, help="what training.corpus wrote")
    parser.add_argument("--split", choices=["ranker", "dev", "test"], help="a split of the text instead of the conditions")
    parser.add_argument("--text", type=Path)
    parser.add_argument("--count", type=int, default=3000)
    parser.add_argument("--max-words", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    if args.split:
        lines = write_split(args.split, args.text, args.out, args.count, args.max_words, args.seed)
    else:
        lines = write_conditions(args.corpus, args.out)
    (args.out / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} recordings in {args.out}")


if __name__ == "__main__":
    main()
