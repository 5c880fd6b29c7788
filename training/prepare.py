# SPDX-License-Identifier: Apache-2.0
"""Anybody's recordings with texts, checked, labelled and split: what `training.features` reads.

usage: python -m training.prepare TABLE --labels latin|nko --out DIR [--against MANIFEST...] [--licence ID] [--source NAME]
TABLE: tab-separated, first line the columns: audio, text; if there are any: speaker, split, source, licence.
--against: sets to be measured on; no text of theirs may be trained on. Writes DIR/manifest.tsv, DIR/report.txt with every
row that was left out and why, DIR/report.html. Exit code 65 when nothing is left.
"""

import argparse
import collections
import hashlib
import os
import re
import sys
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import latin, manifest, numbers, prepare_page, text

SHORTEST, LONGEST = 0.2, 29.0  # seconds
SLOWEST, FASTEST = 0.5, 40.0  # labels a second
SILENT = 1e-3  # root mean square of full scale
PUNCTUATION = ".,;:!?\"()[]\u2026\u00ab\u00bb\u201c\u201d-\u2013\u2014/\u07f8\u07f9\u060c\u061b\u061f"
DEV, TEST = 50, 50  # parts of a thousand


@dataclass
class Found:
    where: str
    reason: str
    detail: str = ""


def label_of(line: str, kind: str, figures: str = "") -> tuple[str, str]:
    """(label, reason): the label is empty when there is a reason. figures: the language that whole numbers are said in."""
    if figures:
        line, reason = numbers.verbalise(line, figures)
        if reason:
            return "", reason
        if kind == "nko":  # the words are Latin letters
            line = "".join(latin.to_nko(part) if part.isascii() or not any("\u07c0" <= c <= "\u07ff" for c in part) else part
                           for part in re.split("(\\s+)", line))
    line = "".join(" " if c in PUNCTUATION else c for c in unicodedata.normalize("NFC", line))
    if any(unicodedata.category(c) == "Nd" for c in line):
        return "", "figures: write them as words"
    if kind == "latin":
        line = latin.to_nko(line)
    strange = sorted({c for c in line if not c.isspace() and not text.is_invisible(c) and not 0x07C0 <= ord(c) <= 0x07FF})
    if strange:
        return "", "foreign letters " + " ".join(f"U+{ord(c):04X}" for c in strange[:5])
    label = text.strip_tones(text.normalise(line))
    return (label, "") if label else ("", "no text")


def read_table(path: Path) -> list[dict]:
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split("\t")
    for name in ("audio", "text"):
        if name not in header:
            raise SystemExit(f"{path}: expected a column {name}, found {' '.join(header)}")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if line.strip():
            cells = line.rstrip("\r").split("\t")
            if len(cells) != len(header):
                raise SystemExit(f"{path}:{number}: expected {len(header)} cells, found {len(cells)}")
            rows.append(dict(zip(header, cells)) | {"where": f"{path.name}:{number}"})
    return rows


def audio_fault(path: Path, label: str) -> tuple[str, float, str]:
    """(reason, seconds, digest of the samples)."""
    if not path.is_file():
        return "no such file", 0.0, ""
    try:
        samples = manifest.load_audio(path)
    except (OSError, RuntimeError) as error:
        return "unreadable: " + str(error).splitlines()[0][:120], 0.0, ""
    seconds = len(samples) / manifest.RATE
    digest = hashlib.sha256(samples.tobytes()).hexdigest()
    if not SHORTEST <= seconds <= LONGEST:
        return f"{seconds:.2f} s: expected {SHORTEST} to {LONGEST:.0f}", seconds, digest
    if float(np.sqrt(np.mean(samples**2))) < SILENT:
        return "silent", seconds, digest
    rate = len(label.replace(" ", "")) / seconds
    if not SLOWEST <= rate <= FASTEST:
        return f"{rate:.1f} labels a second: expected {SLOWEST} to {FASTEST:.0f}", seconds, digest
    return "", seconds, digest


def split_of(row: manifest.Row, by_speaker: bool) -> str:
    key = row.speaker if by_speaker else row.nko.replace(" ", "")
    place = int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], "big") % 1000
    return "test" if place < TEST else "dev" if place < TEST + DEV else "train"


def bare(line: str) -> str:
    return line.replace(" ", "")


def held_texts(paths: list[Path]) -> set[str]:
    """Texts of sets to be measured on; alternatives are parted by " / "."""
    out = set()
    for path in paths:
        for line in path.read_text(encoding="utf-8").splitlines():
            for cell in line.split("\t"):
                out |= {bare(text.strip_tones(text.normalise(part))) for part in cell.split(" / ")}
    return out - {""}


def check(rows: list[dict], args) -> tuple[list[manifest.Row], list[Found]]:
    kept, found, heard = [], [], {}
    held = held_texts(args.against)
    for row in rows:
        label, reason = label_of(row["text"], args.labels, args.figures)
        path = args.table.parent / row["audio"]
        seconds, digest = 0.0, ""
        if not reason:
            reason, seconds, digest = audio_fault(path, label)
        if not reason and digest in heard:
            reason = f"the same recording as {heard[digest]}"
        if not reason and bare(label) in held and len(label.split()) > 1:
            reason = "its text is in a set to be measured on"
        if reason:
            found.append(Found(row["where"], reason, row["audio"]))
            continue
        heard[digest] = row["where"]
        kept.append(manifest.Row(os.path.relpath(path, args.out), seconds, row.get("speaker", "") or "unknown", label,
                                 row.get("source") or args.source, row.get("licence") or args.licence, row.get("split", "")))
    return kept, found


def split(rows: list[manifest.Row], found: list[Found]) -> list[manifest.Row]:
    """Stated splits are kept, but a speaker is in one only: what training shares with dev or test is left out."""
    speakers = {row.speaker for row in rows}
    by_speaker = len(speakers) >= 20
    for row in rows:
        row.split = row.split or split_of(row, by_speaker)
    tested = {row.speaker for row in rows if row.split != "train"} if by_speaker else set()
    texts = {bare(row.nko) for row in rows if row.split != "train" and len(row.nko.split()) > 1}
    kept = []
    for row in rows:
        if row.split == "train" and row.speaker in tested:
            found.append(Found(row.audio, f"speaker {row.speaker} is in dev or test, too"))
        elif row.split == "train" and bare(row.nko) in texts:
            found.append(Found(row.audio, "its text is in dev or test, too"))
        else:
            kept.append(row)
    return kept


def infeasible(rows: list[manifest.Row]) -> dict[int, float]:
    """Share that a head of a stride cannot write whatever it learns: more labels than frames."""
    needed = [(text.frames_needed(text.labels(row.nko)), row.seconds * 50) for row in rows]
    return {stride: sum(n > frames / stride for n, frames in needed) / max(1, len(rows)) for stride in (1, 2, 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--labels", choices=("latin", "nko"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--figures", choices=numbers.LANGUAGES, default="", help="say whole numbers in this language; else refuse them")
    parser.add_argument("--against", type=Path, nargs="*", default=[])
    parser.add_argument("--licence", default="unknown")
    parser.add_argument("--source", default="")
    args = parser.parse_args()
    args.source = args.source or args.table.stem
    args.out.mkdir(parents=True, exist_ok=True)
    table = read_table(args.table)
    rows, found = check(table, args)
    rows = split(rows, found)
    manifest.write(args.out / "manifest.tsv", rows)
    (args.out / "report.txt").write_text("".join(f"{f.where}: {f.reason}{f' ({f.detail})' if f.detail else ''}\n" for f in found),
                                         encoding="utf-8")
    shares = infeasible(rows)
    prepare_page.write(args.out / "report.html", rows, found, shares)
    hours = collections.Counter()
    for row in rows:
        hours[row.split] += row.seconds / 3600
    print(f"{args.out}/manifest.tsv: {len(rows)} of {len(table)} rows, "
          + ", ".join(f"{name} {hours[name]:.2f} h" for name in ("train", "dev", "test"))
          + f", {len({r.speaker for r in rows})} speakers; {len(found)} left out (report.txt)")
    print("cannot be written: " + ", ".join(f"stride {s} {100 * share:.1f} %" for s, share in shares.items()))
    if not rows:
        print(f"{args.table}: expected a row that can be trained on, found none", file=sys.stderr)
        raise SystemExit(65)


if __name__ == "__main__":
    main()
