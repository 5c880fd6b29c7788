# SPDX-License-Identifier: Apache-2.0
"""From a trained head to a bundle that can be shipped: encoder, head, codes, records, language model, ranker, card.

usage: python -m training.bundle --encoder BUNDLE --layers 4 --head build/head/head.safetensors --features DIR --gate TABLE
           --name nko-base --out bundles/nko-base [--weights w8:g32] [--lm FILE --rows TABLE] [--card FACTS.json]
The head must have been trained on features (--features, training.features) of exactly this encoder. --gate: recordings with
texts, as for `seben eval`, on which the coded weights and faster arithmetics are held against f32; --rows: others, that
the ranker is fitted on.
"""

import argparse
import collections
import json
import shutil
import subprocess
import tempfile
from pathlib import Path

from . import encoder, manifest
from .encoder import SEBEN, run
from .features import identity
from .truncate import truncate


def imported(args, work: Path, out: Path, provenance: dict) -> None:
    encoder.vocabulary(work / "vocab.json")
    (work / "provenance.json").write_text(json.dumps(provenance, indent=2, ensure_ascii=True) + "\n")
    card = ["--card", args.card] if args.card else []
    run(SEBEN, "import", "--encoder", work / "hf", "--head", args.head, "--vocab", work / "vocab.json", "--variant",
        encoder.variant(args.encoder, args.layers), "--feature-stride", 1, "--name", args.name, "--licence", args.licence, "--provenance",
        work / "provenance.json", *card, out)


def require_same_encoder(bundle: Path, features: Path) -> None:
    provided = json.loads((bundle / "bundle.json").read_text())["contract"]["requires"]
    known = json.loads((features / "encoder.json").read_text())["contract"]
    wanted, found = identity(known)["extractor"], identity(provided)["extractor"]
    if wanted != found or known["mel"] != provided["mel"]:
        raise SystemExit(f"{features}: expected features of encoder {found['weights'][:16]}, found {wanted['weights'][:16]}")


def measured(out: Path, plain: Path, args) -> None:
    """Coded weights admit nothing until they were measured against those that they come from; f32 has to hold."""
    against = ["--against", plain] if args.weights != "none" else []
    for precision in [p for p in args.precisions if against or p != "f32"]:
        command = [SEBEN, "verify", "precision", out, *against, "--precision", precision, "--manifest", args.gate]
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, check=False)
        print(done.stdout.strip() or done.stderr.strip(), flush=True)
        if done.returncode not in (0, 78) or (precision == "f32" and done.returncode != 0):
            raise SystemExit(done.stderr.strip() or f"{out}: coded weights were not admitted in {precision}")


def corrected(out: Path, args, work: Path) -> None:
    """A ranker that knows this head's errors. The language model must not have seen the sentences that it is fitted on."""
    run(SEBEN, "rank", "rows", "--bundle", out, args.rows, "-o", work / "rows")
    run(SEBEN, "rank", "fit", work / "rows/rows.jsonl", "--bundle", out, "--lm", args.lm, "--max-edits", 4, "--install")


def with_samples(out: Path, table: Path, count: int, sources: list[str]) -> None:
    """A few recordings of every condition of these sources, beside the model and not listed in bundle.json, as FLAC."""
    lines, seen = [], collections.Counter()
    for line in table.read_text(encoding="utf-8").splitlines():
        recording, said, condition = line.split("\t")
        if condition.split(",")[0] not in sources:
            continue
        samples = manifest.load_audio(table.parent / recording)
        if seen[condition] < count and len(samples) < 5 * manifest.RATE:
            seen[condition] += 1
            name = Path(recording).with_suffix(".flac").name
            manifest.save_audio(out / "samples" / name, samples)
            lines.append(f"{name}\t{said}\t{condition}\n")
    (out / "samples/manifest.tsv").write_text("".join(lines), encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--head", type=Path, required=True)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--gate", type=Path, help="without: only weights as they are, admitted in f32 alone")
    parser.add_argument("--name", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--weights", default="w8:g32")
    parser.add_argument("--head-weights", default="f32", help="codec of the head; f32 leaves it as it is")
    parser.add_argument("--part", action="append", default=[], metavar="PART=CODEC", help="other codecs for parts (seben quantize)")
    parser.add_argument("--precisions", nargs="+", default=["f32", "int8", "bf16"], choices=("f32", "int8", "bf16"))
    parser.add_argument("--licence", default="CC-BY-SA-4.0")
    parser.add_argument("--lm", type=Path)
    parser.add_argument("--rows", type=Path)
    parser.add_argument("--card", type=Path, help="the model card, Markdown")
    parser.add_argument("--samples", type=Path, help="table as for --gate, of which a few recordings come along")
    parser.add_argument("--sample-sources", nargs="+", default=["espeak", "piper", "kokoro"],
                        help="whose recordings may come along; by default synthetic voices")
    parser.add_argument("--provenance", type=Path, help="JSON object")
    args = parser.parse_args()
    if bool(args.lm) != bool(args.rows):
        raise SystemExit("--lm and --rows: expected both or neither, found one")
    if args.gate is None and args.weights != "none":
        raise SystemExit("--weights: expected --gate, which admits coded weights, or none, found neither")
    provenance = json.loads(args.provenance.read_text()) if args.provenance else {}
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        truncate(args.encoder, args.layers, work / "hf")
        plain = work / "plain"
        imported(args, work, plain, provenance)
        require_same_encoder(plain, args.features)
        shutil.rmtree(args.out, ignore_errors=True)
        args.out.parent.mkdir(parents=True, exist_ok=True)
        if args.weights == "none":
            shutil.copytree(plain, args.out)
        else:
            parts = [word for part in args.part for word in ("--part", part)]
            run(SEBEN, "quantize", plain, "--weights", args.weights, "--head", args.head_weights, *parts, "--out", args.out)
        if args.gate:
            measured(args.out, plain, args)
        if args.rows:
            corrected(args.out, args, work)
    if args.samples:
        with_samples(args.out, args.samples, 2, args.sample_sources)
    run(SEBEN, "verify", "digests", args.out)
    size = sum(f.stat().st_size for f in args.out.rglob("*") if f.is_file())
    print(f"{args.out}: {size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
