# SPDX-License-Identifier: Apache-2.0
"""Latin Bambara, Maninka and Dyula to N'Ko letters: the rules of src/core/text/nko/transliterate.h, for training.

`selfcheck` holds both against the same cases. What is no letter and no sign of the table stays as it is.
"""

import unicodedata

VOWELS = dict(zip("aei\u025buo\u0254", "\u07ca\u07cb\u07cc\u07cd\u07ce\u07cf\u07d0"))
CONSONANTS = dict(zip(
    "bptjcdrsfklm\u0272nhwy",
    "\u07d3\u07d4\u07d5\u07d6\u07d7\u07d8\u07d9\u07db\u07dd\u07de\u07df\u07e1\u07e2\u07e3\u07e4\u07e5\u07e6",
))  # fmt: skip
FOREIGN = "\u07ed"
SPELLINGS = {
    "gb": "\u07dc", "rr": "\u07da", "sh": "\u07db" + FOREIGN, "kh": "\u07de" + FOREIGN,
    "g": "\u07dc" + FOREIGN, "z": "\u07d6" + FOREIGN, "v": "\u07dd" + FOREIGN,
}  # fmt: skip
SIGNS = {",": "\u07f8", "!": "\u07f9", "'": "\u07f4", "?": "\u061f", ";": "\u061b", **{str(d): chr(0x07C0 + d) for d in range(10)}}
LOWERED = {"\u00e9": "e", "\u00e8": "\u025b", "\u00f2": "\u0254", "\u2019": "'"}
ENG, ENYE, NO_VOWEL, SYLLABIC_N, LONG, NASAL = "\u014b", "\u0272", "\u07d1", "\u07d2", "\u07ef", "\u07f2"


def canonical(latin: str) -> str:
    """Lower case without tone diacritics; ny is one letter, and eng before anything but a vowel is n."""
    low = "".join(LOWERED.get(c.lower(), c.lower()) for c in unicodedata.normalize("NFC", latin)
                  if not 0x0300 <= ord(c) <= 0x036F)
    out, i = "", 0
    while i < len(low):
        after = low[i + 1 : i + 2]
        as_n = low[i] == "n" or (low[i] == ENG and after not in VOWELS)
        if as_n and after == "y":
            out, i = out + ENYE, i + 2
        else:
            out, i = out + ("n" if as_n else low[i]), i + 1
    return out


def _is_consonant(c: str) -> bool:
    return c != "" and (c in CONSONANTS or c == ENG or c in SPELLINGS)


def to_nko(latin: str) -> str:
    text, out, i = canonical(latin), "", 0
    while i < len(text):
        c, after = text[i], text[i + 1 : i + 2]
        if c in VOWELS:
            out, i = out + VOWELS[c], i + 1
            long = text[i : i + 1] == c
            i += long
            following = text[i + 1 : i + 2]
            if text[i : i + 1] == "n" and following not in VOWELS and following != "'":
                out, i = out + NASAL, i + 1
            out += LONG if long else ""
        elif c == ENG or (c == "n" and after not in VOWELS and after != "'"):
            out, i = out + SYLLABIC_N, i + 1
        elif _is_consonant(c):
            spelling = next((s for s in SPELLINGS if text.startswith(s, i)), None)
            out, i = out + (SPELLINGS[spelling] if spelling else CONSONANTS[c]), i + len(spelling or c)
            out += NO_VOWEL if _is_consonant(text[i : i + 1]) else ""
        else:
            out, i = out + SIGNS.get(c, c), i + 1
    return unicodedata.normalize("NFC", out)
