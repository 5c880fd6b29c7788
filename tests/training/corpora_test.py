# SPDX-License-Identifier: Apache-2.0
"""Published corpora as tables (training/corpus_table.py), by files of their form.

usage: corpora_test.py, from the repository's root
"""

import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import unittest
from pathlib import Path

from training import corpus_table


def run(*arguments: str) -> tuple[int, str]:
    sys.argv = ["corpus_table", *arguments]
    with contextlib.redirect_stdout(io.StringIO()) as said:
        code = corpus_table.main()
    return code, said.getvalue()


class Corpora(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()
        self.out = self.folder / "out"

    def table(self) -> list[list[str]]:
        return [line.split("\t") for line in (self.out / "table.tsv").read_text(encoding="utf-8").splitlines()]

    def test_nemo_manifests(self):
        rows = [{"audio_filepath": "audios/train/griots_r7-0-100.wav", "duration": 0.1, "text": "a ye\tsan 3 ta"},
                {"audio_filepath": "audios/train/griots_r8-0-100.wav", "duration": 0.1, "text": " "}]
        manifest = self.folder / "manifest.json"
        manifest.write_text("".join(json.dumps(r) + "\n" for r in rows))
        code, said = run("nemo", str(manifest), "--out", str(self.out), "--speaker-from-name", "^(griots_r[0-9]+)",
                         "--licence", "CC-BY-4.0")
        self.assertEqual((code, said), (0, "1 rows; left out: {'no text': 1}\n"))
        self.assertEqual(self.table(), [["audio", "text", "speaker", "licence"],
                                        [str(self.folder / "audios/train/griots_r7-0-100.wav"), "a ye san 3 ta",
                                         "griots_r7", "CC-BY-4.0"]])
        manifest.write_text("{}\n")
        with self.assertRaisesRegex(SystemExit, "manifest.json:1: expected audio_filepath"):
            run("nemo", str(manifest), "--out", str(self.out))

    def test_common_voice(self):
        table = self.folder / "train.tsv"
        row = "c" * 128 + "\ta.mp3\tI ni ce.\t2\n"
        table.write_text("client_id\tpath\tsentence\tup_votes\n" + row, encoding="utf-8")
        self.assertEqual(run("common-voice", str(table), "--out", str(self.out), "--split", "train")[0], 0)
        self.assertEqual(self.table()[1], [str(self.folder / "clips/a.mp3"), "I ni ce.", "c" * 16, "train"])
        table.write_text("client_id\tsentence\n", encoding="utf-8")
        with self.assertRaisesRegex(SystemExit, "expected a column path"):
            run("common-voice", str(table), "--out", str(self.out))
        with self.assertRaisesRegex(SystemExit, "expected a file"):
            run("common-voice", str(self.folder / "none.tsv"), "--out", str(self.out))

    @unittest.skipUnless(importlib.util.find_spec("pyarrow"), "pyarrow is not there")
    def test_parquet_and_arrow(self):
        import pyarrow
        import pyarrow.parquet

        table = pyarrow.table({"audio": [{"bytes": b"fLaC123", "path": "x"}, {"bytes": None, "path": "y"}],
                               "bam": ["a bora", "n bora"], "speakerID": ["s1", "s2"]})
        pyarrow.parquet.write_table(table, self.folder / "part.parquet")
        with pyarrow.OSFile(str(self.folder / "part.arrow"), "wb") as sink:
            with pyarrow.ipc.new_stream(sink, table.schema) as stream:
                stream.write_table(table)
        for name in ("part.parquet", "part.arrow"):
            code, said = run("parquet", str(self.folder / name), "--text", "bam", "--speaker-column", "speakerID",
                             "--out", str(self.out))
            self.assertEqual((code, said), (0, "1 rows; left out: {'no audio': 1}\n"))
            audio, text, speaker = self.table()[1]
            self.assertEqual((Path(audio).read_bytes(), text, speaker), (b"fLaC123", "a bora", "s1"))
        with self.assertRaisesRegex(SystemExit, "expected a column text"):
            run("parquet", str(self.folder / "part.parquet"), "--out", str(self.out))


if __name__ == "__main__":
    unittest.main()
