# SPDX-License-Identifier: Apache-2.0
"""Error rates of a bundle where a text has several accepted spellings: `seben eval` hears, this counts.

usage: python -m training.measure --bundle DIR TABLE [--columns file,nko,language] [--json OUT]
TABLE: tab-separated with a first line of names; a reference may hold spellings parted by " / ". An utterance is compared
with the accepted spelling that is nearest; spaces are left out, for heads part words by pauses that single words do not have.
"""

import argparse
import collections
import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from . import scoring, text

SEBEN = os.environ.get("SEBEN", "build/release/bin/seben")


@dataclass
class Heard:
    file: str
    condition: str
    references: list
    texts: dict  # mode ("off", "balanced", …) -> what was written

    def errors(self, mode: str) -> tuple[int, int]:
        """(errors, length) against the nearest accepted spelling."""
        found = bare(self.texts[mode])
        return min((scoring.edits(found, r), len(r)) for r in self.references)


def bare(line: str) -> str:
    return text.strip_tones(text.normalise(line)).replace(" ", "")


def read(table: Path, columns: tuple[str, str, str]) -> list[tuple[str, list[str], str]]:
    lines = table.read_text(encoding="utf-8").splitlines()
    header = lines[0].split("\t")
    for name in columns:
        if name not in header:
            raise SystemExit(f"{table}: expected a column {name}, found {' '.join(header)}")
    rows = [dict(zip(header, line.split("\t"))) for line in lines[1:] if line]
    out = []
    for row in rows:
        references = [bare(part) for part in row[columns[1]].split(" / ")]
        if any(references):
            out.append((row[columns[0]], [r for r in references if r], row[columns[2]]))
    return out


def hear(bundle: Path, table: Path, rows, options: list[str]) -> list[Heard]:
    with tempfile.TemporaryDirectory() as scratch:
        listed = Path(scratch) / "manifest.tsv"
        listed.write_text("".join(f"{(table.parent / file).resolve()}\t{references[0]}\t{condition}\n"
                                  for file, references, condition in rows), encoding="utf-8")
        done = subprocess.run([SEBEN, "eval", "--bundle", str(bundle), str(listed), "--json", *options], capture_output=True,
                              text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr.strip() or f"{SEBEN} eval: exit code {done.returncode}")
    utterances = json.loads(done.stdout)["utterances"]
    if len(utterances) != len(rows):
        raise SystemExit(f"{table}: expected {len(rows)} results, found {len(utterances)}")
    return [Heard(file, condition, references, {"off": u["hypothesis"]} | u.get("corrected", {}))
            for (file, references, condition), u in zip(rows, utterances)]


def figures(heard: list[Heard], mode: str) -> dict:
    pairs = [h.errors(mode) for h in heard]
    rate, low, high = scoring.rate_with_interval([e for e, _ in pairs], [n for _, n in pairs])
    return {"clips": len(pairs), "cer": rate, "low": low, "high": high, "exact": sum(e == 0 for e, _ in pairs)}


def by_condition(heard: list[Heard]) -> dict[str, dict[str, dict]]:
    parts = collections.defaultdict(list)
    for h in heard:
        parts[h.condition].append(h)
    return {name: {mode: figures(part, mode) for mode in part[0].texts} for name, part in sorted(parts.items())}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("table", type=Path)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--columns", default="file,nko,language")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--option", action="append", default=[], help="handed to seben eval, such as --option=--precision=f32")
    args = parser.parse_args()
    heard = hear(args.bundle, args.table, read(args.table, tuple(args.columns.split(","))), args.option)
    result = by_condition(heard)
    for name, modes in result.items():
        for mode, f in modes.items():
            print(f"{name}, {mode}: CER {100 * f['cer']:.1f} % ({100 * f['low']:.1f} to {100 * f['high']:.1f}), "
                  f"{f['exact']} of {f['clips']} exactly right")
    if args.json:
        utterances = [{"file": h.file, "condition": h.condition, "references": h.references, "texts": h.texts} for h in heard]
        args.json.write_text(json.dumps({"conditions": result, "utterances": utterances}, ensure_ascii=False, indent=1) + "\n",
                             encoding="utf-8")


if __name__ == "__main__":
    main()
