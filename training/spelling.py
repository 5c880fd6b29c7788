# SPDX-License-Identifier: Apache-2.0
"""One spelling of vowels for what a head learns: every vowel is written (docs/decisions/0063).

N'Ko lets neighbouring syllables share a vowel that is written once; Bambara by rule and other languages by their mapping
write each. The sound is the same, so a head that is taught both can only guess which one is meant.
"""

from .phonemes import CONSONANTS, NO_VOWEL, TONE_MARKS, VOWELS

MARKS = {*TONE_MARKS, "\u07f2", "\u07f3"}


def full(line: str) -> str:
    """The line with the vowels that its consonants share, behind each of them; spaces and all else as they are."""
    return " ".join(_word(word) for word in line.split(" "))


def _word(word: str) -> str:
    out: list[str] = []
    shared = ""  # the vowel that a consonant to the left would share
    i = len(word)
    while i > 0:
        start = i - 1
        while start > 0 and word[start] in MARKS:
            start -= 1
        letter, cluster = word[start], word[start:i]
        following = word[i : i + 1]
        if letter in CONSONANTS:
            if following in CONSONANTS and following and shared:
                out.append(shared)
            elif following not in VOWELS:
                shared = ""
        else:
            shared = letter if letter in VOWELS else ""
        if letter == NO_VOWEL:
            shared = ""
        out.append(cluster)
        i = start
    return "".join(reversed(out))
