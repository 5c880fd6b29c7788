# SPDX-License-Identifier: Apache-2.0
"""Words that Seben, faster-whisper and whisper.cpp write where nobody speaks, each at its defaults, in one table.

  build/venv-real/bin/python bench/peers/inventions.py WORK --seben build/release/bin/seben --bundle BUNDLE \\
      --ctranslate2 FOLDER --whisper-cpp WHISPER/build [--minutes 60] [--only REGEX]

The sounds are made by no_speech_sounds.py; BUNDLE, FOLDER and WORK are as in words.py. Defaults: what each does when it
is given a model and a recording: whisper-cli searches with 5 beams in English, faster-whisper with 5 beams in the
language that it detects, Seben greedily in the language that it detects, with its silence gate. Counted are words as
words.py normalises them, without what stands in brackets, parentheses or asterisks, which describes sounds.
"""

import argparse
import json
import re
from pathlib import Path

from no_speech_sounds import KINDS, make
from words import (Missing, Texts, add_engines, faster_whisper_model, finish, kept, normalised, run,
                   whisper_cpp_model)

ASIDE = re.compile(r"\[[^\]]*\]|\([^)]*\)|\*[^*]*\*")


def invented(text: str) -> int:
    return len(normalised(ASIDE.sub(" ", text)))


def seben(args, files: list[Path], extra: tuple[str, ...]) -> Texts:
    if not args.seben or not args.bundle:
        raise Missing("no --seben and --bundle")
    out = args.work / "seben-inventions"
    out.mkdir(exist_ok=True)
    run([args.seben, "transcribe", "-b", args.bundle, "-f", "json", "-t", args.threads, *extra, "-o", f"{out}/", *files])
    for file in files:
        yield file.name, json.loads((out / (file.name + ".json")).read_text())["whisper"]["text"]


def faster_whisper(args, files: list[Path]) -> Texts:
    model = faster_whisper_model(args)
    for file in files:
        yield file.name, "".join(s.text for s in model.transcribe(str(file))[0])


def whisper_cpp(args, files: list[Path]) -> Texts:
    program, model = whisper_cpp_model(args)
    for file in files:
        out = args.work / "sound"
        run([program, "-m", model, "-f", file, "-t", args.threads, "-oj", "-of", out, "-np"])
        pieces = json.loads(out.with_suffix(".json").read_text(errors="replace"))["transcription"]
        yield file.name, "".join(p["text"] for p in pieces)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_engines(parser)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--only", default="", help="rows whose names match")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    made = make(args.work / "no-speech", args.minutes)
    files = [path for _, path, _ in made]
    minutes = {kind: sum(s for k, _, s in made if k == kind) / 60 for kind in KINDS}
    rows = {
        "faster-whisper": lambda f: faster_whisper(args, f),
        "whisper.cpp f16": lambda f: whisper_cpp(args, f),
        "Seben, --vad off": lambda f: seben(args, f, ("--vad", "off")),
        "Seben": lambda f: seben(args, f, ()),
    }
    missing = []
    print(f"{len(files)} recordings, {sum(minutes.values()):.1f} minutes; words a minute\n")
    print("| | all | " + " | ".join(KINDS) + " |\n|---|---|" + "---|" * len(KINDS), flush=True)
    for name, texts_of in rows.items():
        if not re.search(args.only, name):
            continue
        try:
            texts = kept(args.work / f"no-speech-{name.replace(' ', '-')}.json", texts_of, files, lambda f: f.name)
        except Missing as error:
            missing.append(f"{name}: {error}")
            continue
        words = {kind: sum(invented(texts[p.name]) for k, p, _ in made if k == kind) for kind in KINDS}
        cells = [f"{sum(words.values()) / sum(minutes.values()):.2f}", *(f"{words[k] / minutes[k]:.1f}" for k in KINDS)]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)
    finish(missing)


if __name__ == "__main__":
    main()
