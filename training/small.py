# SPDX-License-Identifier: Apache-2.0
"""The whole way on a set so small that it takes a minute: what continuous integration runs (scripts/check-training).

usage: python -m training.small --out DIR [--encoder bundles/demo-nko]
A few sentences said by espeak-ng, and rows that must be refused; prepare, features, head (stopped and resumed), bundle,
measurement, comparison. The head learns next to nothing; every step's output is checked.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np

from . import manifest, measure
from .phonemes import to_phonemes
from .voice import Delivery, Synthesizer

SYLLABLES = "\u07d3\u07ca \u07de\u07cf \u07db\u07cc \u07ca\u07df\u07ce \u07e1\u07d0\u07db\u07cf \u07dd\u07cc\u07df\u07ca \u07de\u07cd \u07d5\u07ca\u07e1\u07cc\u07f2"


def call(*command) -> str:
    done = subprocess.run([sys.executable, "-m", *map(str, command)], capture_output=True, text=True, check=False)
    print(done.stdout, end="", flush=True)
    if done.returncode != 0:
        raise SystemExit(f"{' '.join(map(str, command))}: exit code {done.returncode}\n{done.stderr}")
    return done.stdout


def recordings(folder: Path) -> Path:
    """48 good rows by two voices, and one of each kind that must be left out."""
    words, synthesizer, lines = SYLLABLES.split(), Synthesizer(), ["audio\ttext\tspeaker\tsplit"]
    rng = np.random.default_rng(1)
    for i in range(48):
        said = " ".join(rng.choice(words, rng.integers(2, 5)))
        samples = synthesizer.say(to_phonemes(said), Delivery(("shn", "shn+f2")[i % 2], 110, 50, 50))
        manifest.save_audio(folder / f"{i}.flac", samples)
        lines.append(f"{i}.flac\t{said}\tvoice {i % 2}\t{'dev' if i >= 40 else 'train'}")
    manifest.save_audio(folder / "silent.flac", np.zeros(16000, np.float32))
    manifest.save_audio(folder / "short.flac", np.full(1000, 0.1, np.float32))
    (folder / "broken.flac").write_bytes(b"no sound")
    lines += [f"{name}\t{said}\tvoice 0\ttrain" for name, said in (
        ("missing.flac", words[0]), ("silent.flac", words[0]), ("short.flac", words[0]), ("broken.flac", words[0]),
        ("0.flac", words[0]), ("1.flac", ""), ("1.flac", "word"), ("1.flac", words[0] + "\u07c3"))]
    (folder / "table.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return folder / "table.tsv"


def check_report(report: str) -> None:
    for reason in ("no such file", "silent", "0.06 s", "unreadable", "the same recording", "no text", "foreign letters", "figures"):
        assert reason in report, f"report.txt: expected {reason!r}, found\n{report}"
    assert len(report.splitlines()) >= 8, report


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, default=Path("bundles/demo-nko"))
    args = parser.parse_args()
    out, layers = args.out, 2
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out / "raw")
    table = recordings(out / "raw")
    call("training.prepare", table, "--labels", "nko", "--out", out / "set")
    check_report((out / "set/report.txt").read_text(encoding="utf-8"))
    call("training.encoder", "--encoder", args.encoder, "--layers", layers, "--weights", "none", "--out", out / "encoder")
    for name, split, *extra in (("train", "train"), ("dev", "dev", "--plain"), ("alone", "dev", "--alone")):
        call("training.features", out / "set/manifest.tsv", "--split", split, *extra, "--encoder", out / "encoder", "--out", out / name)
    train = ["training.head", "--features", out / "train", "--dev", f"dev={out / 'dev'}", f"alone={out / 'alone'}", "--out", out / "head", "--threads", 1, "--frames", 1500,
             "--clock", "process_time"]
    call(*train, "--minutes", 0.15)
    assert "resumed at step" in call(*train, "--minutes", 0.4, "--resume")
    phrases = call("training.sources.phrases", out / "set/manifest.tsv", "--features", out / "dev", "--split", "dev", "--checkpoint",
                   out / "head/checkpoint.pt", "--out", out / "phrases")
    assert f"of {len([r for r in manifest.read(out / 'set/manifest.tsv') if r.split == 'dev'])} recordings" in phrases, phrases
    bundle = ["training.bundle", "--encoder", args.encoder, "--layers", layers, "--head", out / "head/head.safetensors", "--weights", "none"]
    call(*bundle, "--features", out / "train", "--name", "small", "--out", out / "bundle")
    rows = [row for row in manifest.read(out / "set/manifest.tsv") if row.split == "dev"]
    lines = ["file\tnko\tlanguage"] + [f"{row.audio}\t{row.nko} / {row.nko}\tdev" for row in rows]
    (out / "set/dev.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    heard = measure.hear(out / "bundle", out / "set/dev.tsv", measure.read(out / "set/dev.tsv", ("file", "nko", "language")), [])
    assert len(heard) == len(rows) > 0
    said = call("training.compare", out / "bundle", args.encoder, out / "set/dev.tsv")
    assert f"dev, {len(rows)} recordings" in said and "p " in said, said
    print("small: everything ran")


if __name__ == "__main__":
    main()
