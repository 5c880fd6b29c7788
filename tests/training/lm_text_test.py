# SPDX-License-Identifier: Apache-2.0
"""Texts for a language model (training/lm_text.py). usage: lm_text_test.py, from the repository's root"""

import contextlib
import io
import sys
import tempfile
import unittest
from pathlib import Path

from training import lm_text, text


class LmText(unittest.TestCase):
    def test_latin_becomes_letters_and_figures_words(self):
        cases = {
            "A ye ba 2 san.": "\u07ca \u07e6\u07cb \u07d3\u07ca \u07dd\u07cc\u07df\u07ca \u07db\u07ca\u07f2",
            "k'a ta!": "\u07de\u07f4\u07ca \u07d5\u07ca",
        }
        for line, expected in cases.items():
            self.assertEqual(lm_text.from_latin(line), (expected, ""))
        self.assertEqual(lm_text.from_latin("x")[1], "foreign letters")
        self.assertEqual(lm_text.from_latin("3.5")[1], "figures")
        self.assertEqual(lm_text.from_latin("...")[1], "nothing left")

    def test_no_sentence_is_in_two_parts(self):
        consonants = "bdfjklmnst"
        words = [a + x + b + y for a in consonants for b in consonants for x in "aeiou" for y in "aeiou"]
        with tempfile.TemporaryDirectory() as folder:
            data, out = Path(folder) / "data", Path(folder) / "out"
            data.mkdir()
            nko = "".join(lm_text.from_latin(w)[0] + "\n" for w in words)
            (data / "nko_train.txt").write_text(nko, encoding="utf-8")
            (data / "bambara_spoken.tsv").write_text("seconds\ttext\n" + "".join(f"1.0\t{w} la\n" for w in words))
            (data / "bambara_latin.txt").write_text("".join(f"{w} ye. \n" for w in words) + "x\n")
            with contextlib.redirect_stdout(io.StringIO()) as said:
                sys.argv = ["lm_text", "--data", str(data), "--out", str(out)]
                self.assertEqual(lm_text.main(), 0)
            self.assertIn("'foreign letters': 1", said.getvalue())
            for kind in lm_text.KINDS:
                parts = [set((out / f"{kind}{s}.txt").read_text(encoding="utf-8").split("\n")) - {""}
                         for s in ("", ".dev", ".test")]
                self.assertTrue(all(parts))
                self.assertFalse(parts[0] & parts[1] or parts[0] & parts[2] or parts[1] & parts[2])
                self.assertTrue(all(text.split_of(line) == "train" for line in parts[0]))
            mixed = (out / "mix.txt").read_text(encoding="utf-8").splitlines()
            self.assertGreater(len(mixed), 3)


if __name__ == "__main__":
    unittest.main()
