# SPDX-License-Identifier: Apache-2.0
"""Times pyctcdecode's beam search on one stored window of log-probabilities, as seben rank rows writes them.

    pip install pyctcdecode kenlm numpy
    python bench/peers/beam.py rows/000000.npy [--width 16] [--arpa nko.arpa]

Its language models are over words: with a character model every word is unknown, so only the cost compares, not the text.
"""

import argparse
import time

import numpy
from pyctcdecode import build_ctcdecoder


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("log_probs")
    parser.add_argument("--width", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--arpa")
    args = parser.parse_args()
    labels = [chr(0x07C0 + i) for i in range(64)] + [" ", ""]
    decoder = build_ctcdecoder(labels, kenlm_model_path=args.arpa, unigrams=[chr(0x07CA)] if args.arpa else None)
    window = numpy.maximum(numpy.load(args.log_probs), -1e4)
    times = []
    for _ in range(args.rounds):
        start = time.perf_counter()
        decoder.decode(window, beam_width=args.width, token_min_logp=-9.0, beam_prune_logp=-1e4)
        times.append(1e3 * (time.perf_counter() - start))
    print(f"{window.shape[0]} frames, width {args.width}: median {sorted(times)[len(times) // 2]:.2f} ms")


if __name__ == "__main__":
    main()
