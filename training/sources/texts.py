# SPDX-License-Identifier: Apache-2.0
"""What the voices say: whole sentences, and stretches of one to three words, as people give commands.

Three kinds of text: N'Ko as people wrote it, Bambara as griots spoke it, Bambara as it is written. A sentence belongs
to one split by the hash of its letters (training.text.split_of), and so do the stretches that are cut from it.
"""

import random
from dataclasses import dataclass
from pathlib import Path

from .. import latin, text

MAX_WORDS = 8
SHARES = (("nko", 0.5), ("spoken", 0.28), ("written", 0.22))
LICENCES = {"nko": "CC-BY-SA-4.0", "spoken": "CC-BY-4.0", "written": "CC-BY-SA-4.0"}
STRETCHES = 0.55  # share of utterances that are one to three words
APOSTROPHES = "\u07f4\u07f5"


@dataclass(frozen=True)
class Utterance:
    spoken: str  # with tone marks and marks of foreign sounds: what a voice is to say
    written: str  # what the head must write
    kind: str


def _clean_latin(line: str) -> str | None:
    """None for a line with letters or figures that the table of letters does not have."""
    line = latin.canonical(line.strip().rstrip("."))
    line = "".join(" " if c in ",;:!?\"()-\u2026\u00ab\u00bb." else c for c in line)
    known = set(latin.VOWELS) | set(latin.CONSONANTS) | {"g", "z", "v", latin.ENG, "'", " "}
    return " ".join(line.split()) if set(line) <= known else None


def _nko_lines(path: Path) -> list[str]:
    return [s for s in map(text.normalise, path.read_text(encoding="utf-8").splitlines()) if not text.DIGITS & set(s)]


def _latin_lines(lines) -> list[str]:
    return [text.normalise(latin.to_nko(clean)) for clean in map(_clean_latin, lines) if clean]


def sentences(data: Path, kind: str) -> list[str]:
    if kind == "nko":
        return _nko_lines(data / "text/nko_train.txt")
    if kind == "spoken":
        rows = (data / "text/bambara_spoken.tsv").read_text(encoding="utf-8").splitlines()[1:]
        return _latin_lines(row.split("\t")[1] for row in rows)
    return _latin_lines((data / "text/bambara_latin.txt").read_text(encoding="utf-8").splitlines())


def _stretch(words: list[str], rng: random.Random) -> str:
    """Only a stretch that is not tied to its neighbours by an apostrophe can stand alone."""
    count = rng.choices((1, 2, 3), (0.55, 0.3, 0.15))[0]
    start = rng.randrange(max(1, len(words) - count + 1))
    return " ".join(words[start : start + count]).strip(APOSTROPHES)


def draw(data: Path, split: str, count: int, seed: int) -> list[Utterance]:
    """`count` utterances of a split, by the shares above; equal ones may recur, as words do in speech."""
    rng = random.Random(seed)
    pools = {}
    for kind, _ in SHARES:
        known = dict.fromkeys(s for s in sentences(data, kind) if text.split_of(text.strip_tones(s)) == split)
        pools[kind] = [s for s in known if len(s) > 1]
    out: list[Utterance] = []
    while len(out) < count:
        kind = rng.choices([k for k, _ in SHARES], [w for _, w in SHARES])[0]
        words = rng.choice(pools[kind]).split()
        if rng.random() < STRETCHES:
            spoken = _stretch(words, rng)
        elif len(words) <= MAX_WORDS:
            spoken = " ".join(words)
        else:
            start = rng.randrange(len(words) - MAX_WORDS)
            spoken = " ".join(words[start : start + rng.randint(4, MAX_WORDS)])
        written = text.strip_tones(spoken)
        if any("\u07ca" <= c <= "\u07d0" for c in written):
            out.append(Utterance(spoken, written, kind))
    return out
