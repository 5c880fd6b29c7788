# SPDX-License-Identifier: Apache-2.0
"""N'Ko text to espeak-ng phonemes of the Shan table, the one table with all seven Manding vowels and tone phonemes.

Vowel values follow the Unicode names (EE = closed e, E = open e, OO = closed o, O = open o).
"""

from dataclasses import dataclass

VOWELS = dict(zip("\u07ca\u07cb\u07cc\u07cd\u07ce\u07cf\u07d0", ["a", "e", "i", "E", "u", "o", "O"]))
CONSONANTS = {
    "\u07d3": "b", "\u07d4": "p", "\u07d5": "t", "\u07d6": "dZ", "\u07d7": "tS", "\u07d8": "d", "\u07d9": "r/",
    "\u07da": "R", "\u07db": "s", "\u07dc": "gb", "\u07dd": "f", "\u07de": "k", "\u07df": "l", "\u07e0": "n",
    "\u07e1": "m", "\u07e2": "n^", "\u07e3": "n", "\u07e4": "h", "\u07e5": "w", "\u07e6": "j", "\u07e7": "n^",
    "\u07e8": "dZ", "\u07e9": "tS", "\u07ea": "r/",
}  # fmt: skip
FOREIGN = {  # consonant and the mark above it -> a sound that Manding does not have
    "\u07dc\u07ed": "g", "\u07d6\u07ed": "z", "\u07db\u07ed": "S", "\u07dd\u07ed": "v", "\u07de\u07ed": "x",
    "\u07d8\u07ed": "D", "\u07d9\u07ed": "Q", "\u07db\u07eb": "T", "\u07e4\u07ed": "h", "\u07d6\u07f3": "Z",
}  # fmt: skip
SYLLABIC_N, NO_VOWEL, NASAL, DOTS = "\u07d2", "\u07d1", "\u07f2", "\u07f3"
HIGH, LOW, RISING, FALLING, UNMARKED = "4", "2", "1", "5", "3"
TONE_MARKS = {  # mark -> (tone phoneme, long vowel)
    "\u07eb": (HIGH, False), "\u07ec": (LOW, False), "\u07ed": (RISING, False), "\u07ee": (FALLING, True),
    "\u07ef": (HIGH, True), "\u07f0": (LOW, True), "\u07f1": (RISING, True),
}  # fmt: skip
NASAL_BEFORE = {**dict.fromkeys(["b", "p", "m", "f", "gb"], "m"), **dict.fromkeys("tdsnlz", "n"), "r/": "n"}


@dataclass
class Syllable:
    onset: str = ""
    vowel: str = ""  # "" = none written yet, "-" = explicitly none
    tone: str = UNMARKED
    long: bool = False
    nasal: bool = False


def _read_marks(word: str, i: int, syllable: Syllable) -> tuple[int, str]:
    marks = ""
    while i < len(word) and (word[i] in TONE_MARKS or word[i] in NASAL + DOTS):
        marks += word[i]
        if word[i] in TONE_MARKS:
            syllable.tone, syllable.long = TONE_MARKS[word[i]]
        elif word[i] == NASAL:
            syllable.nasal = True
        i += 1
    return i, marks


def syllables(word: str) -> list[Syllable]:
    out: list[Syllable] = []
    i = 0
    while i < len(word):
        letter, i = word[i], i + 1
        fresh = Syllable()
        if letter in CONSONANTS:
            i, marks = _read_marks(word, i, fresh)
            fresh.onset = next((FOREIGN[letter + m] for m in marks if letter + m in FOREIGN), CONSONANTS[letter])
            out.append(Syllable(onset=fresh.onset, nasal=fresh.nasal))
        elif letter in VOWELS:
            i, _ = _read_marks(word, i, fresh)
            fresh.vowel = VOWELS[letter]
            if out and out[-1].onset and not out[-1].vowel:
                fresh.onset = out.pop().onset
            out.append(fresh)
        elif letter == SYLLABIC_N:
            i, _ = _read_marks(word, i, fresh)
            out.append(Syllable(vowel="n-", tone=fresh.tone))
        elif letter == NO_VOWEL and out and not out[-1].vowel:
            out[-1].vowel = "-"
    # Orthographic elision: a consonant without a vowel shares the vowel that the next syllable writes.
    for left, right in reversed(list(zip(out, out[1:]))):
        if not left.vowel and right.onset and right.vowel not in ("", "-"):
            left.vowel = "i" if right.vowel == "n-" else right.vowel
            left.tone = right.tone
    return out


def _spell(syllable: Syllable, following: str) -> str:
    nasal = NASAL_BEFORE.get(following, "N") if syllable.nasal else ""
    if syllable.vowel in ("", "-"):
        return syllable.onset + nasal
    length = ":" if syllable.long and syllable.vowel != "n-" else ""
    return syllable.onset + syllable.vowel + length + syllable.tone + nasal


def to_phonemes(text: str) -> str:
    """One phoneme string for espeak-ng's [[...]] input; words that spell nothing are left out."""
    words = []
    for word in text.split():
        parts = syllables(word)
        nexts = [s.onset for s in parts[1:]] + [""]
        words.append("".join(_spell(s, following) for s, following in zip(parts, nexts)))
    return " ".join(filter(None, words))
