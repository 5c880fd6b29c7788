# SPDX-License-Identifier: Apache-2.0
"""Text for a language model of speech, by kind, in N'Ko letters: what `seben rank lm ... --mix` takes.

usage: python -m training.lm_text --data FOLDER --out DIR [--splits train [ranker]]
FOLDER has nko_train.txt (N'Ko as people write it, with the vowels that syllables share: training.spelling),
bambara_spoken.tsv (as griots speak it) and bambara_latin.txt (as it is written). Writes DIR/KIND.txt to train on, DIR/KIND.dev.txt and DIR/KIND.test.txt to measure on, and DIR/mix.txt: of
the dev parts equally many letters, to weigh the kinds by. A sentence belongs to one part by the hash of its letters, as in
training (training.text.split_of), so no sentence that a head is measured on is in a model's text. Figures become words
(training.numbers); lines with other letters or signs are left out and counted.
"""

import argparse
import collections
import sys
from pathlib import Path

from . import latin, numbers, spelling, text

KINDS = {"nko": "nko_train.txt", "spoken": "bambara_spoken.tsv", "written": "bambara_latin.txt"}
PARTING = dict.fromkeys(map(ord, ".,;:?!\"()[]\u2026\u00ab\u00bb\u201c\u201d-\u2013\u2014*"), " ")
LETTERS = set(latin.VOWELS) | set(latin.CONSONANTS) | {"g", "z", "v", latin.ENG, "'", " "}


def from_latin(line: str) -> tuple[str, str]:
    """(N'Ko text, reason): the text is empty where there is a reason."""
    line, reason = numbers.verbalise(line.strip().rstrip("."))
    if reason:
        return "", "figures"
    plain = latin.canonical(line.translate(PARTING))
    if not set(plain) <= LETTERS:
        return "", "foreign letters"
    found = text.normalise(latin.to_nko(" ".join(plain.split())))
    return found, "" if found else "nothing left"


def from_nko(line: str) -> tuple[str, str]:
    found = spelling.full(text.normalise(line))
    if text.DIGITS & set(found):
        return "", "figures"
    return found, "" if found else "nothing left"


def read(path: Path, kind: str) -> tuple[list[str], collections.Counter]:
    lines = path.read_text(encoding="utf-8").splitlines()
    if kind == "spoken":
        if not lines or "text" not in lines[0].split("\t"):
            raise SystemExit(f"{path}: expected a first line with a column text, found {lines[:1]}")
        column = lines[0].split("\t").index("text")
        lines = [(line.split("\t") + [""] * column)[column] for line in lines[1:]]
    kept, refused = [], collections.Counter()
    for line in lines:
        found, reason = (from_nko if kind == "nko" else from_latin)(line)
        if reason:
            refused[reason] += 1
        else:
            kept.append(found)
    return kept, refused


def of_equal_length(parts: list[list[str]]) -> list[str]:
    """From each part its first lines, up to as many letters as the shortest part has."""
    most = min(sum(map(len, part)) for part in parts)
    out = []
    for part in parts:
        letters = 0
        for line in part:
            if letters + len(line) > most:
                break
            out.append(line)
            letters += len(line)
    return out


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--splits", nargs="+", choices=("train", "ranker"), default=["train"])
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    held = []
    for kind, name in KINDS.items():
        kept, refused = read(args.data / name, kind)
        parts = {"": [], ".dev": [], ".test": []}
        for line in kept:
            split = text.split_of(text.strip_tones(line))
            if split in args.splits:
                parts[""].append(line)
            elif split in ("dev", "test"):
                parts["." + split].append(line)
        for suffix, lines in parts.items():
            (args.out / f"{kind}{suffix}.txt").write_text("".join(line + "\n" for line in lines), encoding="utf-8")
        held.append(parts[".dev"])
        sizes = ", ".join(f"{len(lines)} {suffix[1:] or 'train'}" for suffix, lines in parts.items())
        print(f"{kind}: lines {sizes}; left out: {dict(refused)}")
    (args.out / "mix.txt").write_text("".join(line + "\n" for line in of_equal_length(held)), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
