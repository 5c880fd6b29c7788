# SPDX-License-Identifier: Apache-2.0
"""Numbers from 0 to 9999 as Bambara, Dyula and Maninka say them, in Latin letters: figures in transcripts become words.

usage: python -m training.numbers [--language bambara|dyula|maninka] < TEXT

Units; tens as bi and the unit, but for 10 and 20; hundreds as keme and its number behind it, thousands as waga or wa
and its number; parts joined by ni. Bambara and Dyula by An ka taa, "Numbers 1-10" (kalan.ankataa.com), and
languagesandnumbers.com; Maninka by what people write in N'Ko, the commonest spellings in the 89,123 lines of
nko_train.txt (0 and 100 are Bambara's there, too: the text has none). One word for each number, where regions have
several (7 is also wolonwula, 1000 also ba). Years, sums of money (counted in fives of francs) and telephone numbers are
said in other ways: such lines are better left out.
"""

import argparse
import re
import sys

LANGUAGES = ("bambara", "dyula", "maninka")
ZERO, TEN, TENS, HUNDRED, AND = "fu", "tan", "bi", "k\u025bm\u025b", "ni"
SIX = "w\u0254\u0254r\u0254"
BAMBARA = ("kelen", "fila", "saba", "naani", "duuru", SIX, "wolonfila", "segin", "k\u0254n\u0254nt\u0254n")
MANINKA = ("kelen", "fila", "saba", "naanin", "loolu", SIX, "w\u0254r\u0254nwila", "seyin", "k\u0254n\u0254nd\u0254")
UNITS = {"bambara": BAMBARA, "dyula": BAMBARA[:4] + ("looru",) + BAMBARA[5:], "maninka": MANINKA}
TWENTY = {"bambara": "mugan", "dyula": "mugan", "maninka": "muwan"}
THOUSAND = {"bambara": "waga", "dyula": "waga", "maninka": "wa"}
MOST = 9999
FIGURES = re.compile(r"[0-9]+(?:[.,:/][0-9]+)*|[\u07c0-\u07c9]+")


def words(number: int, language: str = "bambara") -> str:
    if not 0 <= number <= MOST:
        raise ValueError(f"number: expected 0 to {MOST}, found {number}")
    if language not in LANGUAGES:
        raise ValueError(f"language: expected {' or '.join(LANGUAGES)}, found {language}")
    if number == 0:
        return ZERO

    def unit(value: int) -> str:
        return UNITS[language][value - 1]

    thousands, hundreds, tens, ones = number // 1000, number // 100 % 10, number // 10 % 10, number % 10
    parts = []
    if thousands:
        parts.append(f"{THOUSAND[language]} {unit(thousands)}")
    if hundreds:
        parts.append(HUNDRED if hundreds == 1 else f"{HUNDRED} {unit(hundreds)}")
    if tens:
        parts.append(TEN if tens == 1 else TWENTY[language] if tens == 2 else TENS + unit(tens))
    if ones:
        parts.append(unit(ones))
    return f" {AND} ".join(parts)


def verbalise(line: str, language: str = "bambara") -> tuple[str, str]:
    """(line with its whole numbers as words, reason): the line is empty where figures are no such number."""
    for found in FIGURES.findall(line):
        plain = "".join(chr(ord(c) - 0x07C0 + 0x30) if "\u07c0" <= c <= "\u07c9" else c for c in found)
        if not plain.isdigit():
            return "", f"figures {found}: expected a whole number"
        if len(plain) > 1 and plain[0] == "0":
            return "", f"figures {found}: expected no leading zero"
        if int(plain) > MOST:
            return "", f"figures {found}: expected at most {MOST}"

    def said(match: re.Match) -> str:
        plain = "".join(chr(ord(c) - 0x07C0 + 0x30) if "\u07c0" <= c <= "\u07c9" else c for c in match.group())
        before, after = line[: match.start()][-1:], line[match.end() :][:1]
        return (" " if before.isalpha() else "") + words(int(plain), language) + (" " if after.isalpha() else "")

    return FIGURES.sub(said, line), ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--language", choices=LANGUAGES, default="bambara")
    args = parser.parse_args()
    refused = 0
    for number, line in enumerate(sys.stdin, 1):
        text, reason = verbalise(line.rstrip("\n"), args.language)
        if reason:
            print(f"line {number}: {reason}", file=sys.stderr)
            refused += 1
        else:
            print(text)
    return 65 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
