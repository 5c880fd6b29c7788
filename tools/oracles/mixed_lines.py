# SPDX-License-Identifier: Apache-2.0
"""Seeded lines of text that try a tokenizer: all scripts, marks, emoji, digits, spaces, apostrophes, any code point."""

import random

BLOCKS = {
    "latin": (0x61, 0x7A), "latin-1": (0xC0, 0xFF), "latin-extended": (0x100, 0x24F), "ipa": (0x250, 0x2AF),
    "greek": (0x391, 0x3C9), "cyrillic": (0x410, 0x44F), "armenian": (0x531, 0x587), "hebrew": (0x5D0, 0x5EA),
    "arabic": (0x620, 0x669), "syriac": (0x700, 0x74F), "thaana": (0x780, 0x7B1), "nko": (0x7C0, 0x7FF),
    "devanagari": (0x900, 0x97F), "bengali": (0x980, 0x9FE), "gurmukhi": (0xA01, 0xA76), "tamil": (0xB82, 0xBFA),
    "telugu": (0xC00, 0xC7F), "sinhala": (0xD81, 0xDF4), "thai": (0xE01, 0xE5B), "lao": (0xE81, 0xEDF),
    "tibetan": (0xF00, 0xFDA), "myanmar": (0x1000, 0x109F), "georgian": (0x10A0, 0x10FF), "ethiopic": (0x1200, 0x139F),
    "cherokee": (0x13A0, 0x13FD), "khmer": (0x1780, 0x17F9), "mongolian": (0x1800, 0x18AA), "hangul": (0xAC00, 0xD7A3),
    "hiragana": (0x3041, 0x309F), "katakana": (0x30A0, 0x30FF), "han": (0x4E00, 0x9FFF), "yi": (0xA000, 0xA48C),
    "vai": (0xA500, 0xA62B), "adlam": (0x1E900, 0x1E95F), "gothic": (0x10330, 0x1034A), "han-b": (0x20000, 0x2A6DF),
    "mathematical": (0x1D400, 0x1D7FF), "fullwidth": (0xFF01, 0xFF5E),
}  # fmt: skip
SPACES = [" ", "  ", "   ", "\t", "\t\t", "\n", "\n\n", "\r\n", "\u00a0", " \u00a0 ", "\u3000", "\u2028", "\u2009",
          "\u0085", "\u1680", "\u202f", "\u200b", "\ufeff", " \t ", "\v", "\f"]
ENGLISH = ("the quick runner didn't stop at once because she's sure that they'll wait I've heard we're late it'd be "
           "fine I'm told nobody's here don't can't won't you're O'Neill rock'n'roll IT'S WE'LL 's 't 're 've 'm 'll 'd "
           "speech recognition on a device writes what was said in N'Ko script without any network").split(" ")
PUNCTUATION = list("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~") + ["...", "--", "\u2026", "\u2014", "\u201c", "\u201d", "\u2019",
                                                        "\u300c", "\u300d", "\u266a\u266a", "((", "))", "<|", "|>", "''"]


def word(rng: random.Random, block: str) -> str:
    first, last = BLOCKS[block]
    return "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(1, 9)))


def emoji(rng: random.Random) -> str:
    text = chr(rng.randint(0x1F300, 0x1FAFF))
    if rng.random() < 0.3:
        text += chr(rng.randint(0x1F3FB, 0x1F3FF))
    if rng.random() < 0.3:
        text += "\u200d" + chr(rng.randint(0x1F300, 0x1FAFF)) + "\ufe0f"
    return text


def marked(rng: random.Random) -> str:
    marks = lambda: "".join(chr(rng.randint(0x300, 0x36F)) for _ in range(rng.randint(1, 4)))
    return "".join(c + marks() for c in word(rng, rng.choice(["latin", "greek", "cyrillic"])))


def anything(rng: random.Random) -> str:
    top = rng.choice([0x7F, 0x7FF, 0xFFFF, 0x10FFFF])
    codes = (rng.randint(0, top) for _ in range(rng.randint(1, 12)))
    return "".join(chr(c) for c in codes if not 0xD800 <= c < 0xE000)


def long_run(rng: random.Random) -> str:
    return rng.choice([*"aA0 \n=-_.", "ab", "\u00e9", "\u07ca", "\u4e00"]) * rng.randint(2, 300)


def piece(rng: random.Random) -> str:
    kind = rng.randrange(10)
    if kind <= 2:
        return rng.choice(ENGLISH)
    if kind <= 4:
        return word(rng, rng.choice(list(BLOCKS)))
    if kind == 5:
        return "".join(str(rng.randrange(10)) for _ in range(rng.randint(1, 30)))
    if kind == 6:
        return "".join(rng.choice(PUNCTUATION) for _ in range(rng.randint(1, 3)))
    return rng.choice([emoji, marked, anything, long_run if rng.random() < 0.2 else emoji])(rng)


def line(rng: random.Random, texts: list[str]) -> str:
    if texts and rng.random() < 0.3:
        return rng.choice(texts)
    parts = []
    if rng.random() < 0.15:
        parts.append(rng.choice(SPACES))
    for _ in range(rng.randint(1, 14)):
        parts.append(piece(rng))
        parts.append(" " if rng.random() < 0.6 else rng.choice(["", rng.choice(SPACES)]))
    return "".join(parts)[: rng.choice([40, 200, 1000])]


def mixed_lines(count: int, seed: int, texts: list[str]) -> list[str]:
    rng = random.Random(seed)
    return [line(rng, texts) for _ in range(count)]
