# SPDX-License-Identifier: Apache-2.0
"""Bundle bytes and word error rates of a Whisper under weight codecs, nearest and calibrated codes, and of its text
decoder behind feature codecs, in one table.

  python3 bench/peers/compression.py WORK --seben build/release/bin/seben --bundle BUNDLE --speech SPEECH \\
      --calibrate 'train/*.opus' --calibrate more.wav [--only REGEX] [--clips N]

SPEECH is a folder with manifest.tsv, as words.py has it, and so are clips, options, normaliser and intervals: language
given, greedy with fallback, no voice activity detection. --calibrate are recordings (or patterns) that codes of the
calibrated rows are chosen by; none of them may lie in SPEECH. Rows run in f32 arithmetic but for int8. WORK keeps bundles
and texts, so that only what is missing runs again; its bundles are those of one SEBEN, so that another needs another WORK.

Bytes are those of all files of the bundle. "lost" are word errors more than f32 makes on the same clips, with 95 % of
10,000 bootstrap samples: where that contains 0 nothing is lost that could be told from chance. Rows "features C" read
the encoder's features after they went through codec C and back.
"""

import argparse
import glob
import hashlib
import re
import sys
from pathlib import Path

import numpy as np

from words import Missing, errors, finish, interval, kept, normalised, path_of, read_clips, run, seben_texts

FEATURES = "features "
# name, arithmetic, what quantize is told: --calibrate last where codes are chosen by speech
ROWS = [
    ("f32", "f32", None),
    ("int8", "int8", None),
    ("w8:g32", "f32", ["--weights", "w8:g32"]),
    ("w5:g32", "f32", ["--weights", "w5:g32"]),
    ("w4:g32", "f32", ["--weights", "w4:g32"]),
    ("w4:g32, tokens too", "f32", ["--weights", "w4:g32", "--part", "decoder.embed_tokens=w4:g32"]),
    ("w4:g32 calibrated", "f32", ["--weights", "w4:g32", "--calibrate"]),
    ("w3:g32", "f32", ["--weights", "w3:g32"]),
    ("w3:g32 calibrated", "f32", ["--weights", "w3:g32", "--calibrate"]),
    *((FEATURES + codec, "f32", None)
      for codec in ("fp16", "affine8:g32", "turbo8", "affine5:g32", "turbo5", "affine4:g32", "turbo4", "affine3:g32", "turbo3")),
]


def named(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name)


def bundle_of(args, name: str, options: list[str] | None, speech: list[str]) -> Path:
    if options is None:
        return args.bundle
    folder = args.work / f"bundle-{named(name)}"
    if not folder.exists():
        # The option is in `options`; it takes one recording each time.
        more = [word for f in speech for word in ("--calibrate", f)][1:] if options[-1] == "--calibrate" else []
        if options[-1] == "--calibrate" and not speech:
            raise Missing("no --calibrate")
        run([args.seben, "quantize", args.bundle, "-o", folder, "-t", args.threads, *options, *more])
    return folder


def size(bundle: Path) -> int:
    return sum(f.stat().st_size for f in bundle.rglob("*") if f.is_file())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("work", type=Path)
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--calibrate", action="append", default=[], help="a recording or a pattern; several times")
    parser.add_argument("--only", default="", help="rows whose names match")
    parser.add_argument("--clips", type=int, default=0, help="only so many clips, evenly chosen; default: all")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    speech = sorted(f for pattern in args.calibrate for f in glob.glob(pattern))
    inside = [f for f in speech if args.speech.resolve() in Path(f).resolve().parents]
    if inside:
        sys.exit(f"--calibrate: expected speech that is not measured on, found {inside[0]}")
    clips = read_clips(args.speech)
    if args.clips:
        clips = [clips[i * len(clips) // args.clips] for i in range(args.clips)]
    words = np.array([len(c.words) for c in clips])
    languages = sorted({c.language for c in clips})
    key = hashlib.sha256("".join(str(c.path) + " ".join(c.words) for c in clips).encode()).hexdigest()[:8]
    print(f"{len(clips)} clips, {words.sum()} words\n")
    print("| | MB | of f32 | word errors, % | " + " | ".join(languages) + " | lost, points |")
    print("|---|---|---|---|" + "---|" * (len(languages) + 1))
    reference, missing = None, []
    for name, precision, options in ROWS:
        if name != "f32" and not re.search(args.only, name):
            continue
        try:
            bundle = bundle_of(args, name, options, speech)
            codec = name.removeprefix(FEATURES) if name.startswith(FEATURES) else ""
            texts = kept(args.work / f"{key}-{named(name)}.json",
                         lambda some, bundle=bundle, precision=precision, codec=codec:
                         seben_texts(args, bundle, some, precision, codec), clips)
        except Missing as error:
            if reference is None:  # nothing to compare with
                sys.exit(f"f32: {error}")
            missing.append(f"{name}: {error}")
            continue
        found = np.array([errors(normalised(texts[path_of(c)]), c.words) for c in clips])
        reference = found if reference is None else reference
        low, high = interval(found, words)
        apart = interval(found - reference, words)
        cells = [f"{size(bundle) / 1e6:.1f}", f"{size(args.bundle) / size(bundle):.2f} ×",
                 f"{100 * found.sum() / words.sum():.2f} [{low:.1f}, {high:.1f}]"]
        for code in languages:
            of = np.array([c.language == code for c in clips])
            cells.append(f"{100 * found[of].sum() / words[of].sum():.1f}")
        lost = 100 * (found - reference).sum() / words.sum()
        cells.append("" if name == "f32" else f"{lost:+.2f} [{apart[0]:+.1f}, {apart[1]:+.1f}]")
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    finish(missing)


if __name__ == "__main__":
    main()
