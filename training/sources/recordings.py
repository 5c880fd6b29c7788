# SPDX-License-Identifier: Apache-2.0
"""Recordings of another language that N'Ko's letters can write, by a mapping table (training/mappings).

usage: python -m training.sources.recordings TABLE --mapping yoruba --speaker NAME --licence MIT --source WHERE --out MANIFEST
TABLE: tab-separated with the columns file, seconds, transcript. A sentence belongs to a split by its letters: with one
speaker, dev shows how well new sentences are read, not new people.
"""

import argparse
import hashlib
import os
from pathlib import Path

from .. import manifest, text
from ..mapping import Mapping

DEV_IN_A_THOUSAND = 60


def split_of(written: str) -> str:
    place = int.from_bytes(hashlib.sha256(b"recordings " + written.encode()).digest()[:8], "big") % 1000
    return "dev" if place < DEV_IN_A_THOUSAND else "train"


def rows_of(table: Path, mapping: Mapping, speaker: str, licence: str, source: str, out: Path):
    lines = table.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    rows, refused = [], []
    for number, line in enumerate(lines[1:], 2):
        row = dict(zip(header, line.split("\t")))
        written = mapping.to_nko(row["transcript"])
        if not written:
            refused.append(f"{table}:{number}: {row['file']}: letters or figures that the mapping does not have")
            continue
        audio = os.path.relpath(table.parent / row["file"], out.parent)
        written = text.strip_tones(written)
        rows.append(manifest.Row(audio, float(row["seconds"]), speaker, written, source, licence, split_of(written)))
    return rows, refused


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--mapping", required=True)
    parser.add_argument("--speaker", required=True)
    parser.add_argument("--licence", required=True)
    parser.add_argument("--source", required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.parent.mkdir(parents=True, exist_ok=True)
    found = rows_of(args.table, Mapping.named(args.mapping), args.speaker, args.licence, args.source, args.out)
    manifest.write(args.out, found[0])
    args.out.with_suffix(".refused.txt").write_text("".join(line + "\n" for line in found[1]), encoding="utf-8")
    hours = sum(r.seconds for r in found[0]) / 3600
    print(f"{args.out}: {len(found[0])} utterances, {hours:.2f} h; {len(found[1])} refused")


if __name__ == "__main__":
    main()
