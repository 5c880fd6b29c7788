# SPDX-License-Identifier: Apache-2.0
"""Word error rates of Seben, faster-whisper and whisper.cpp on the same clips and weights, by language, in one table.

  build/venv-real/bin/python bench/peers/words.py WORK --seben build/release/bin/seben --bundle BUNDLE \\
      --ctranslate2 FOLDER [--whisper-cpp WHISPER/build] --speech SPEECH [--only REGEX]

SPEECH is a folder with manifest.tsv (file, seconds, language, transcript, ...). FOLDER is the model as faster-whisper has
it; for whisper.cpp the bundle is exported as f16 and quantised by its own program. WORK keeps every text, so that only
what is missing runs again. An engine that is not there is said, and the exit code is 1: a table without it proves less.

All of them: language given, greedy with fallback (temperatures 0 to 1 by 0.2), thresholds as openai-whisper has them,
no voice activity detection; loops and inventions as each treats them by default. Normaliser: NFKC, case folded, every
character that is no letter, mark or digit is a space; numbers stay as they are written. Error rate: substitutions,
deletions and insertions of all clips over words of all
references, in percent. In brackets 95 % of 10,000 bootstrap samples of clips; in the last column the difference to
--reference, clip by clip, and its interval: where that contains 0 the two do not differ by more than chance.
"""

import argparse
import csv
import hashlib
import json
import re
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

CODES = {"German": "de", "English": "en", "Spanish": "es", "French": "fr", "Portuguese": "pt"}
SAMPLES = 10_000


class Missing(Exception):
    pass


class Clip:
    def __init__(self, path: Path, language: str, transcript: str):
        self.path, self.language, self.words = path, language, normalised(transcript)


def normalised(text: str) -> list[str]:
    text = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c if unicodedata.category(c)[0] in "LMN" else " " for c in text).split()


def read_clips(speech: Path) -> list[Clip]:
    with open(speech / "manifest.tsv", newline="") as file:
        rows = csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        return [Clip(speech / r["file"], CODES[r["language"]], r["transcript"]) for r in rows if r["language"] in CODES]


def errors(found: list[str], expected: list[str]) -> int:
    row = list(range(len(found) + 1))
    for i, word in enumerate(expected, 1):
        diagonal, row[0] = row[0], i
        for j, other in enumerate(found, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (word != other))
    return row[-1]


def run(command: list) -> None:
    done = subprocess.run([str(c) for c in command], capture_output=True, text=True)
    if done.returncode != 0:
        raise Missing(f"{Path(str(command[0])).name} ends with {done.returncode}: {done.stderr.strip().splitlines()[-1:]}")


Texts = Iterator[tuple[str, str]]  # a recording's name and what is written of it


def by_language(clips: list[Clip]) -> list[tuple[str, list[Clip]]]:
    return [(code, [c for c in clips if c.language == code]) for code in sorted({c.language for c in clips})]


def seben_texts(args, bundle: Path, clips: list[Clip], precision: str, codec: str = "") -> Texts:
    out = args.work / "seben-texts"
    out.mkdir(exist_ok=True)
    for language, group in by_language(clips):
        command = [args.seben, "transcribe", "-b", bundle, "-f", "json", "-p", precision, "--decoder", "whisper",
                   "--vad", "off", "--language", language, "-t", args.threads, "-o", f"{out}/"]
        command += ["--feature-codec", codec] if codec else []
        recordings = [c.path for c in group]
        # Where a record admits it the permission is idle, and an idle option is refused.
        try:
            run([*command, *recordings])
        except Missing:
            run([*command, "--allow-unadmitted", *recordings])
        for clip in group:
            yield path_of(clip), json.loads((out / (clip.path.name + ".json")).read_text())["whisper"]["text"]


def faster_whisper_model(args, compute_type: str = "default"):
    if not args.ctranslate2:
        raise Missing("no --ctranslate2")
    try:
        from faster_whisper import WhisperModel
    except ImportError as error:
        raise Missing(str(error)) from None
    return WhisperModel(str(args.ctranslate2), device="cpu", compute_type=compute_type, cpu_threads=args.threads,
                        local_files_only=True)


def whisper_cpp_model(args) -> tuple[Path, Path]:
    """The program, and the bundle's weights as its file, in f16."""
    if not args.whisper_cpp:
        raise Missing("no --whisper-cpp")
    program, model = args.whisper_cpp / "bin/whisper-cli", args.work / "ggml-f16.bin"
    if not program.exists():
        raise Missing(f"no {program}")
    if not model.exists():
        run([args.seben, "export", "ggml", args.bundle, model])
    return program, model


def add_engines(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("work", type=Path)
    parser.add_argument("--seben", type=Path)
    parser.add_argument("--bundle", type=Path)
    parser.add_argument("--ctranslate2", type=Path)
    parser.add_argument("--whisper-cpp", type=Path, help="a build folder")
    parser.add_argument("--threads", type=int, default=2)


class Engines:
    def __init__(self, args):
        self.args = args

    def coded(self, codec: str) -> Path:
        folder = self.args.work / f"bundle-{codec.replace(':', '-')}"
        if not folder.exists():
            run([self.args.seben, "quantize", self.args.bundle, "--weights", codec, "-o", folder])
        return folder

    def seben(self, clips: list[Clip], precision: str, codec: str = "") -> Texts:
        if not self.args.seben or not self.args.bundle:
            raise Missing("no --seben and --bundle")
        bundle = self.coded(codec) if codec else self.args.bundle
        return seben_texts(self.args, bundle, clips, precision)

    def faster_whisper(self, clips: list[Clip], compute_type: str) -> Texts:
        model = faster_whisper_model(self.args, compute_type)
        for clip in clips:
            segments, _ = model.transcribe(str(clip.path), language=clip.language, beam_size=1, best_of=5)
            yield path_of(clip), "".join(s.text for s in segments)

    def whisper_cpp(self, clips: list[Clip], kind: str) -> Texts:
        program, whole = whisper_cpp_model(self.args)
        model = whole if kind == "f16" else self.args.work / f"ggml-{kind}.bin"
        if not model.exists():
            quantise = program.with_name("whisper-quantize")
            run([quantise if quantise.exists() else program.with_name("quantize"), whole, model, kind])
        for clip in clips:
            wav, out = self.args.work / "clip.wav", self.args.work / "clip"
            run(["ffmpeg", "-nostdin", "-y", "-i", clip.path, "-ac", "1", "-ar", "16000", wav])
            run([program, "-m", model, "-f", wav, "-l", clip.language, "-bs", "1", "-bo", "5", "-t", self.args.threads,
                 "-oj", "-of", out, "-np"])
            pieces = json.loads(out.with_suffix(".json").read_text(errors="replace"))["transcription"]
            yield path_of(clip), "".join(p["text"] for p in pieces)

    def all(self) -> dict[str, Callable[[list[Clip]], Texts]]:
        rows: dict[str, Callable[[list[Clip]], Texts]] = {}
        for name in ("f32", "bf16", "int8"):
            rows[f"Seben {name}"] = lambda clips, name=name: self.seben(clips, name)
        for codec in ("w8:g32", "w4:g32"):
            rows[f"Seben {codec}"] = lambda clips, codec=codec: self.seben(clips, "f32", codec)
        for name in ("float32", "int8"):
            rows[f"faster-whisper {name}"] = lambda clips, name=name: self.faster_whisper(clips, name)
        for kind in ("f16", "q8_0", "q5_0"):
            rows[f"whisper.cpp {kind}"] = lambda clips, kind=kind: self.whisper_cpp(clips, kind)
        return rows


def path_of(clip: Clip) -> str:
    return str(clip.path)


def kept(file: Path, make: Callable[[list], Texts], recordings: list, name: Callable = path_of) -> dict[str, str]:
    """Every text, by `name`, as soon as it is there, so that a run that was stopped goes on."""
    texts = json.loads(file.read_text()) if file.exists() else {}
    todo = [r for r in recordings if name(r) not in texts]
    for which, text in make(todo) if todo else ():
        texts[which] = text
        file.write_text(json.dumps(texts, ensure_ascii=False, indent=1))
    return texts


def finish(missing: list[str]) -> None:
    for line in missing:
        print(f"\nMISSING {line}")
    sys.exit(1 if missing else 0)


def interval(counts: np.ndarray, words: np.ndarray) -> tuple[float, float]:
    """Of 100 * sum(counts) / sum(words) over clips drawn with replacement."""
    drawn = np.random.default_rng(0).integers(0, len(words), (SAMPLES, len(words)))
    rates = 100 * counts[drawn].sum(1) / words[drawn].sum(1)
    low, high = np.percentile(rates, [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_engines(parser)
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--reference", default="faster-whisper float32")
    parser.add_argument("--only", default="", help="rows whose names match")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    clips = read_clips(args.speech)
    words = np.array([len(c.words) for c in clips])
    languages = sorted({c.language for c in clips})
    key = hashlib.sha256("".join(str(c.path) + " ".join(c.words) for c in clips).encode()).hexdigest()[:8]
    counts, missing = {}, []
    for name, make in Engines(args).all().items():
        if not re.search(args.only, name):
            continue
        try:
            texts = kept(args.work / f"{key}-{name.replace(' ', '-').replace(':', '-')}.json", make, clips)
        except Missing as error:
            missing.append(f"{name}: {error}")
            print(f"MISSING {missing[-1]}", file=sys.stderr, flush=True)
            continue
        counts[name] = np.array([errors(normalised(texts[path_of(c)]), c.words) for c in clips])
    print(f"{len(clips)} clips, {words.sum()} words\n")
    print("| | all | " + " | ".join(languages) + f" | against {args.reference} |\n|---|---|" + "---|" * (len(languages) + 1))
    for name, found in counts.items():
        low, high = interval(found, words)
        cells = [f"{100 * found.sum() / words.sum():.2f} [{low:.1f}, {high:.1f}]"]
        for code in languages:
            of = np.array([c.language == code for c in clips])
            cells.append(f"{100 * found[of].sum() / words[of].sum():.1f}")
        cells.append("")
        if name != args.reference and args.reference in counts:
            apart = found - counts[args.reference]
            low, high = interval(apart, words)
            cells[-1] = f"{100 * apart.sum() / words.sum():+.2f} [{low:+.1f}, {high:+.1f}]"
        print(f"| {name} | " + " | ".join(cells) + " |")
    finish(missing)


if __name__ == "__main__":
    main()
