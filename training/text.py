# SPDX-License-Identifier: Apache-2.0
"""Which N'Ko sentences are used for what, and how a sentence becomes CTC labels.

Classes (heads convention A): 0..63 = U+07C0 + i, 64 = space, 65 = blank.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from pathlib import Path

FIRST = 0x07C0
SPACE, BLANK, CLASSES = 64, 65, 66
TONES = frozenset(map(chr, range(0x07EB, 0x07F2)))
DOT_BEHIND_TONES = re.compile("([\u07eb-\u07f1]+)(\u07f3+)")  # form C leaves both orders, which look alike
DIGITS = frozenset(map(chr, range(0x07C0, 0x07CA)))
# Parts per thousand of the hash range. The ranker part is for the correction model only and is never trained on here.
SPLITS = (("test", 25), ("dev", 10), ("ranker", 200), ("train", 765))


# Nobody sees them, though Unicode counts them as letters or marks: Default_Ignorable_Code_Point beside Cc and Cf.
IGNORABLE = frozenset(map(chr, (0x034F, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180B, 0x180C, 0x180D, 0x180F, 0x3164, 0xFFA0,
                                *range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0))))


@dataclass(frozen=True)
class Sentence:
    spoken: str  # NFC, with tone marks: what the voice says
    written: str  # what the model must write


def is_invisible(c: str) -> bool:
    return c in IGNORABLE or (unicodedata.category(c) in ("Cc", "Cf") and not c.isspace())


def normalise(line: str) -> str:
    """No invisible characters; NFC, U+07F3 before tone marks; all outside U+07C0..U+07FF becomes a single space."""
    line = unicodedata.normalize("NFC", "".join(c for c in line if not is_invisible(c)))
    line = DOT_BEHIND_TONES.sub(r"\2\1", line)
    return " ".join("".join(c if FIRST <= ord(c) <= 0x07FF else " " for c in line).split())


def strip_tones(text: str) -> str:
    return "".join(c for c in text if c not in TONES)


def labels(text: str) -> list[int]:
    return [SPACE if c == " " else ord(c) - FIRST for c in text]


def to_text(classes) -> str:
    return "".join(" " if c == SPACE else chr(FIRST + c) for c in classes)


def frames_needed(classes: list[int]) -> int:
    """The least number of CTC frames that can carry these labels: one each, and one more between equal neighbours."""
    return len(classes) + sum(a == b for a, b in zip(classes, classes[1:]))


def split_of(written: str) -> str:
    """Decided by the tone-stripped sentence alone, so that no sentence crosses by its tone marks or source."""
    place = int.from_bytes(hashlib.sha256(strip_tones(written).encode()).digest()[:8], "big") % 1000
    for name, width in SPLITS:
        if place < width:
            return name
        place -= width
    raise AssertionError("the splits cover the whole range")


def load(path: Path, max_words: int, keep_tones: bool) -> dict[str, list[Sentence]]:
    """Sentences of 2..max_words words without digits, each written form once, by split."""
    seen, parts = set(), {name: [] for name, _ in SPLITS}
    for line in path.read_text(encoding="utf-8").splitlines():
        spoken = normalise(line)
        if not 2 <= len(spoken.split()) <= max_words or DIGITS & set(spoken):
            continue
        written = spoken if keep_tones else strip_tones(spoken)
        if written not in seen:
            seen.add(written)
            parts[split_of(written)].append(Sentence(spoken, written))
    return parts
