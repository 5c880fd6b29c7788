# SPDX-License-Identifier: Apache-2.0
"""How often Seben, openai-whisper, faster-whisper and whisper.cpp tell the language of a clip, heard whole and for 5 seconds.

  build/venv-real/bin/python bench/peers/languages.py WORK --seben build/release/bin/seben --bundle BUNDLE \\
      --openai WEIGHTS.pt --ctranslate2 FOLDER --whisper-cpp WHISPER/build --speech SPEECH [--clips fleurs]

Arguments are as in words.py; --clips: a folder of SPEECH. Each detects as its transcription does when no language is given.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path

from words import (CODES, Missing, add_engines, faster_whisper_model, finish, read_clips, run,
                   whisper_cpp_model)


def cut(args, clips, seconds: float | None) -> list[Path]:
    folder = args.work / ("whole" if seconds is None else f"first-{seconds:g}")
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for clip in clips:
        out.append(folder / f"{clip.path.stem}.wav")
        if not out[-1].exists():
            run(["ffmpeg", "-nostdin", "-i", clip.path, *(["-t", seconds] if seconds else []), "-ac", 1, "-ar", 16000, out[-1]])
    return out


def seben(args, files: list[Path]) -> list[str]:
    if not args.seben or not args.bundle:
        raise Missing("no --seben and --bundle")
    out = args.work / "seben-languages"
    out.mkdir(exist_ok=True)
    run([args.seben, "transcribe", "-b", args.bundle, "-f", "json", "-p", "f32", "--decoder", "whisper", "--vad", "off",
         "--temperature", 0, "--max-tokens", 1, "-t", args.threads, "-o", f"{out}/", *files])
    return [json.loads((out / f"{f.name}.json").read_text())["whisper"]["language"] for f in files]


def openai_whisper(args, files: list[Path]) -> list[str]:
    if not args.openai:
        raise Missing("no --openai")
    try:
        import torch
        import whisper
    except ImportError as error:
        raise Missing(str(error)) from None
    torch.set_num_threads(args.threads)
    model = whisper.load_model(str(args.openai), device="cpu")
    out = []
    for file in files:  # as whisper.transcribe does it
        mel = whisper.log_mel_spectrogram(whisper.load_audio(str(file)), model.dims.n_mels, padding=whisper.audio.N_SAMPLES)
        _, probabilities = model.detect_language(whisper.pad_or_trim(mel, whisper.audio.N_FRAMES))
        out.append(max(probabilities, key=probabilities.get))
    return out


def faster_whisper(args, files: list[Path]) -> list[str]:
    model = faster_whisper_model(args, "float32")
    return [model.transcribe(str(f))[1].language for f in files]  # the text is not asked for


def whisper_cpp(args, files: list[Path]) -> list[str]:
    program, model = whisper_cpp_model(args)
    out = []
    for file in files:
        done = subprocess.run([program, "-m", model, "-f", file, "-t", str(args.threads), "-dl"], capture_output=True,
                              text=True, errors="replace")
        found = re.search(r"auto-detected language: (\w+)", done.stderr)
        if not found:
            raise Missing(f"{program.name} says no language for {file.name}")
        out.append(found[1])
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_engines(parser)
    parser.add_argument("--openai", type=Path)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--clips", default="fleurs", help="folder of SPEECH")
    args = parser.parse_args()
    clips = [c for c in read_clips(args.speech) if c.path.is_relative_to(args.speech / args.clips)]
    codes = sorted(set(CODES.values()))
    print(f"{len(clips)} clips\n\n| | heard | right | " + " | ".join(codes) + " |\n|---|---|---|" + "---|" * len(codes))
    missing = []
    for seconds in (None, 5.0):
        files = cut(args, clips, seconds)
        for name, detect in {"Seben": seben, "openai-whisper": openai_whisper, "faster-whisper": faster_whisper,
                             "whisper.cpp f16": whisper_cpp}.items():
            try:
                found = detect(args, files)
            except Missing as error:
                missing.append(f"{name}: {error}")
                continue
            right = [f == c.language for f, c in zip(found, clips)]
            cells = [f"{sum(right)} of {len(right)}"]
            for code in codes:
                of = [r for r, c in zip(right, clips) if c.language == code]
                cells.append(f"{sum(of)} of {len(of)}")
            print(f"| {name} | {'whole' if seconds is None else f'{seconds:g} s'} | " + " | ".join(cells) + " |", flush=True)
            for f, c in zip(found, clips):
                if f != c.language:
                    print(f"  {name}: {c.path.name} is {c.language}, found {f}", file=sys.stderr)
    finish(missing)


if __name__ == "__main__":
    main()
