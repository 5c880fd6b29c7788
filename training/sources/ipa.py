# SPDX-License-Identifier: Apache-2.0
"""N'Ko text to the International Phonetic Alphabet, for neural voices that take phonemes."""

from ..phonemes import NASAL_BEFORE, Syllable, syllables

SOUNDS = {
    "dZ": "d\u0292", "tS": "t\u0283", "n^": "\u0272", "r/": "\u027e", "R": "r", "gb": "\u0261b", "g": "\u0261",
    "S": "\u0283", "Z": "\u0292", "x": "x", "D": "\u00f0", "Q": "\u0263", "T": "\u03b8", "N": "\u014b",
    "E": "\u025b", "O": "\u0254",
}  # fmt: skip
STRESS, LONG, NASAL_VOWEL = "\u02c8", "\u02d0", "\u0303"
AFFRICATES = {"d\u0292": "\u02a4", "t\u0283": "\u02a7"}  # Kokoro has a sign of its own for each


def _sound(name: str) -> str:
    return SOUNDS.get(name, name)


def _spell(syllable: Syllable, following: str, first: bool, nasal_vowels: bool) -> str:
    closing = _sound(NASAL_BEFORE.get(following, "N"))
    if syllable.vowel in ("", "-"):
        return _sound(syllable.onset) + (closing if syllable.nasal else "")
    vowel = "n" if syllable.vowel == "n-" else _sound(syllable.vowel)
    stress = STRESS if first and vowel != "n" else ""
    length = LONG if syllable.long and vowel != "n" else ""
    if not syllable.nasal:
        return stress + _sound(syllable.onset) + vowel + length
    if nasal_vowels:
        return stress + _sound(syllable.onset) + vowel + NASAL_VOWEL + length + (closing if following else "")
    return stress + _sound(syllable.onset) + vowel + length + closing


def to_ipa(text: str, nasal_vowels: bool, affricate_signs: bool = False) -> str:
    """nasal_vowels: a nasal vowel is said as one; else as a vowel and a nasal consonant, as many voices must."""
    words = []
    for word in text.split():
        parts = syllables(word)
        nexts = [s.onset for s in parts[1:]] + [""]
        words.append("".join(_spell(s, n, i == 0, nasal_vowels) for i, (s, n) in enumerate(zip(parts, nexts))))
    out = " ".join(filter(None, words))
    for spelled, sign in AFFRICATES.items() if affricate_signs else ():
        out = out.replace(spelled, sign)
    return out
