# SPDX-License-Identifier: Apache-2.0
"""Other languages' letters as N'Ko letters, by a table that anyone can write: training/mappings/LANGUAGE.tsv."""

import unicodedata
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent / "mappings"
DOT_BELOW = "\u0323"


@dataclass(frozen=True)
class Rule:
    letters: str
    nko: str
    only_before_no_vowel: bool


class Mapping:
    def __init__(self, path: Path):
        self._rules, self._vowels, self._path = [], set(), path
        rows = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
        for number, line in enumerate(rows[1:], 1):
            cells = (line.split("\t") + ["", "", ""])[:4]
            if cells[2] not in ("always", "not-before-vowel"):
                raise SystemExit(f"{path}: rule {number}: expected always or not-before-vowel, found {cells[2]!r}")
            nko = "".join(chr(int(code, 16)) for code in cells[1].split())
            self._rules.append(Rule(cells[0], nko, cells[2] != "always"))
            if cells[3] == "vowel":
                self._vowels.add(cells[0])

    @staticmethod
    def named(language: str) -> "Mapping":
        return Mapping(FOLDER / f"{language}.tsv")

    @staticmethod
    def letters_of(line: str) -> str:
        """Lower case; marks of tone go, dots below stay; what is no letter becomes a space."""
        marks = "".join(c for c in unicodedata.normalize("NFD", line.lower()) if not unicodedata.combining(c) or c == DOT_BELOW)
        return " ".join("".join(c if c.isalpha() else " " for c in unicodedata.normalize("NFC", marks)).split())

    def to_nko(self, line: str) -> str | None:
        """None for a line with figures or with letters that the table does not have."""
        text, out, i = self.letters_of(line), "", 0
        if any(c.isdigit() for c in line):
            return None
        while i < len(text):
            if text[i] == " ":
                out, i = out + " ", i + 1
                continue
            for rule in self._rules:
                end = i + len(rule.letters)
                if text.startswith(rule.letters, i) and not (rule.only_before_no_vowel and text[end : end + 1] in self._vowels):
                    out, i = out + rule.nko, end
                    break
            else:
                return None
        return out
