# SPDX-License-Identifier: Apache-2.0
"""Numbers as words (training/numbers.py). usage: numbers_test.py, from the repository's root"""

import unittest

from training import latin, numbers


class Numbers(unittest.TestCase):
    def test_words_are_those_of_the_sources(self):
        cases = {
            0: "fu",
            1: "kelen",
            7: "wolonfila",
            10: "tan",
            15: "tan ni duuru",
            20: "mugan",
            21: "mugan ni kelen",
            30: "bisaba",
            99: "bik\u0254n\u0254nt\u0254n ni k\u0254n\u0254nt\u0254n",
            100: "k\u025bm\u025b",
            110: "k\u025bm\u025b ni tan",
            200: "k\u025bm\u025b fila",
            1000: "waga kelen",
            1960: "waga kelen ni k\u025bm\u025b k\u0254n\u0254nt\u0254n ni biw\u0254\u0254r\u0254",
            9003: "waga k\u0254n\u0254nt\u0254n ni saba",
        }
        for number, expected in cases.items():
            self.assertEqual(numbers.words(number), expected)
        self.assertEqual(numbers.words(25, "dyula"), "mugan ni looru")
        self.assertEqual(numbers.words(1027, "maninka"), "wa kelen ni muwan ni w\u0254r\u0254nwila")

    def test_every_number_has_words_of_its_own_that_n_ko_can_write(self):
        for language in numbers.LANGUAGES:
            said = [numbers.words(n, language) for n in range(numbers.MOST + 1)]
            self.assertEqual(len(set(said)), len(said))
            letters = set("".join(map(latin.to_nko, said)))
            self.assertTrue(all(c == " " or "\u07c0" <= c <= "\u07ff" for c in letters), letters)

    def test_texts_are_verbalised_or_refused_with_a_reason(self):
        self.assertEqual(numbers.verbalise("so 12 ani 300."), ("so tan ni fila ani k\u025bm\u025b saba.", ""))
        self.assertEqual(numbers.verbalise("m\u0254g\u02545"), ("m\u0254g\u0254 duuru", ""))
        self.assertEqual(numbers.verbalise("\u07c2\u07c1"), ("mugan ni kelen", ""))
        self.assertEqual(numbers.verbalise("a ka kan"), ("a ka kan", ""))
        for line, reason in {"3.5": "whole", "12:30": "whole", "007": "zero", "10000": "at most 9999"}.items():
            text, why = numbers.verbalise(line)
            self.assertEqual(text, "")
            self.assertIn(reason, why)

    def test_other_numbers_and_languages_are_refused(self):
        for number, language in ((-1, "bambara"), (10000, "bambara"), (5, "french")):
            with self.assertRaises(ValueError):
                numbers.words(number, language)


if __name__ == "__main__":
    unittest.main()
