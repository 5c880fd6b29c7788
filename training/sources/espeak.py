# SPDX-License-Identifier: Apache-2.0
"""espeak-ng's voices as a source: the same texts as the neural voices, many a second.

usage: python -m training.sources.espeak --data ../shared/data --out DIR --hours H [--split train] [--unseen] [--seed 3]
--unseen: the two voices that training never hears. Writes DIR/manifest.tsv and FLAC.
"""

import argparse
import random
from pathlib import Path

from .. import manifest
from ..phonemes import to_phonemes
from ..voice import SEEN_VOICES, UNSEEN_VOICES, Delivery, Synthesizer
from . import texts


def generate(data: Path, out: Path, hours: float, split: str, voices, seed: int) -> None:
    synthesizer, rng = Synthesizer(), random.Random(seed)
    rows, total = [], 0.0
    for number, utterance in enumerate(texts.draw(data, split, int(hours * 3600), seed)):
        if total >= hours * 3600:
            break
        how = Delivery.draw(rng, voices, (90, 165))
        samples = synthesizer.say(to_phonemes(utterance.spoken), how)
        if not 3200 <= len(samples) <= 20 * manifest.RATE:
            continue
        name = f"{number:06d}.flac"
        manifest.save_audio(out / name, samples)
        # What espeak-ng says is nobody's work but the text's; the program's own licence covers the program.
        rows.append(manifest.Row(name, len(samples) / manifest.RATE, f"espeak:{how.voice}", utterance.written,
                                 f"espeak/{utterance.kind}", texts.LICENCES[utterance.kind], split, utterance.spoken))
        total += rows[-1].seconds
    manifest.write(out / "manifest.tsv", rows)
    print(f"{out / 'manifest.tsv'}: {len(rows)} utterances, {total / 3600:.2f} h")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--unseen", action="store_true")
    parser.add_argument("--seed", type=int, default=3)
    args = parser.parse_args()
    generate(args.data, args.out, args.hours, args.split, UNSEEN_VOICES if args.unseen else SEEN_VOICES, args.seed)


if __name__ == "__main__":
    main()
