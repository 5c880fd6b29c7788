# SPDX-License-Identifier: Apache-2.0
"""Writes the small test set that a bundle carries: synthetic recordings in SAMPLES/set and SAMPLES/manifest.tsv.

usage: python -m training.make_samples --text FILE --samples bundles/demo-nko/samples [--characters 1010] [--seed 7]
Sentences are of the test split, and none has a near neighbour (`overlap`) in the rest of the text, which training, the
ranker and the language model know. The four short samples of transcripts.tsv are listed first. espeak-ng answers equal
input with slightly different samples, so a second set is not equal to the bit.
"""

import argparse
import random
from itertools import cycle
from pathlib import Path

import numpy as np

from . import augment, overlap, text
from .phonemes import to_phonemes
from .voice import SEEN_VOICES, UNSEEN_VOICES, Delivery, Synthesizer
from .wav import write_wav

CONDITIONS = {"seen": SEEN_VOICES, "unseen": UNSEEN_VOICES, "noisy": SEEN_VOICES}
PADDING = 1600  # samples on either side
LONGEST_WINDOW = 30.0  # seconds; what one window holds


def far_sentences(path: Path, max_words: int) -> list[text.Sentence]:
    """Those of the test split without a near neighbour in the other splits, of five words or more."""
    parts = text.load(path, max_words, keep_tones=False)
    known = [s.written for name, sentences in parts.items() if name != "test" for s in sentences]
    far = overlap.distant(known, [s.written for s in parts["test"]])
    return [s for s in parts["test"] if s.written in far and len(s.written.split()) >= 5]


def listed_samples(samples: Path) -> list[tuple[str, str, str]]:
    """(recording, text, condition) of the samples that one window holds."""
    rows = []
    for line in (samples / "transcripts.tsv").read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if line.startswith("#") or (samples / cells[0]).stat().st_size > LONGEST_WINDOW * 32000:
            continue
        condition = cells[3].split(",")[0].removeprefix("clean_")
        rows.append((cells[0], cells[1], condition))
    return rows


def spoken(sentence: text.Sentence, condition: str, synthesizer: Synthesizer, rng: random.Random) -> np.ndarray:
    samples = synthesizer.say(to_phonemes(sentence.spoken), Delivery.draw(rng, CONDITIONS[condition]))
    if condition == "noisy":
        generator = np.random.default_rng(rng.randrange(2**32))
        samples = np.clip(augment.add_noise(samples, generator.uniform(5, 15), generator), -1, 1)
    return np.pad(samples, (PADDING, PADDING))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--samples", type=Path, required=True)
    parser.add_argument("--characters", type=int, default=1010, help="of all texts together, at least")
    parser.add_argument("--max-words", type=int, default=8)
    parser.add_argument("--seed", type=int, default=7)
    args = parser.parse_args()
    rng, synthesizer = random.Random(args.seed), Synthesizer()
    sentences = far_sentences(args.text, args.max_words)
    rng.shuffle(sentences)
    rows, size = listed_samples(args.samples), 0
    for number, (sentence, condition) in enumerate(zip(sentences, cycle(CONDITIONS)), 1):
        if sum(len(reference) for _, reference, _ in rows) >= args.characters:
            break
        name = f"set/{number:02d}-{condition}.wav"
        write_wav(args.samples / name, spoken(sentence, condition, synthesizer, rng))
        size += (args.samples / name).stat().st_size
        rows.append((name, sentence.written, condition))
    lines = ["# recording\tits text\tcondition: seen or unseen voices, or noise (made by training.make_samples)"]
    lines += ["\t".join(row) for row in rows]
    (args.samples / "manifest.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(rows)} recordings, {sum(len(r) for _, r, _ in rows)} characters, {size / 1e6:.2f} MB new")


if __name__ == "__main__":
    main()
