# SPDX-License-Identifier: Apache-2.0
"""Whisper's texts against whisper.cpp's, and quantised tensors against ggml's, on seeded random weights and recordings.

  python3 -m venv build/venv-peers && build/venv-peers/bin/pip install numpy safetensors tiktoken
  build/venv-peers/bin/python -m tools.oracles.whisper_cpp_parity WHISPER/build --audio FOLDER --size tiny

WHISPER/build is a build of whisper.cpp with BUILD_SHARED_LIBS=OFF and the targets whisper-cli and whisper-quantize; in
its folder bin, contender_text_whisper_cpp (bench/peers) and ggml_tensors (tools/oracles) are compiled when they are not
there. The model is written for whisper.cpp as f32 and f16 by Seben, and quantised by whisper-quantize.

Without timestamps: tokens of whisper-cli against Seben's of the same file, whole. whisper.cpp forbids more tokens than
openai-whisper does (languages, timestamps); the same are forbidden here.

With timestamps its rules are not openai-whisper's: the first token may be a text, a time may come again after a text, <|0.00|>
counts as no time when it looks for the end of a segment, and a text ends once a time is within 0.1 s of the recording's
end. So each of its tokens is compared with the best one under its own rules of the scores that Seben gives after the
same tokens; texts that are equal under both rules are counted beside.

Flash attention is off: with it, whisper.cpp lets attention see 36 keys of zeros behind the 1500 of a window, and its
texts of these models are others (f32 and f16 alike). It keeps keys and values as f16 and multiplies f16 weights with activations rounded to f16. A text that differs
is excused, and counted, where both choices' scores are within `--noise` of each other at the first difference.
"""

import argparse
import json
import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

from tools.oracles.text_models import END, SIZES, TIMESTAMPS, make_clips, make_model
from tools.oracles.text_program import TextProgram

TYPES = {2: ("q4_0", 18), 3: ("q4_1", 20), 6: ("q5_0", 22), 7: ("q5_1", 24), 8: ("q8_0", 34)}  # bytes of 32 numbers
ROOT = Path(__file__).parents[2]
LENGTH = 480000


def build_helpers(build: Path) -> None:
    source = build.parent
    include = ["-I", source / "include", "-I", source / "ggml/include"]
    ggml = [build / f"ggml/src/lib{name}.a" for name in ("ggml", "ggml-cpu", "ggml-base")]
    last = ["-fopenmp", "-ldl", "-lpthread", "-lm", "-lstdc++"]
    for program, code, libraries in [("contender_text_whisper_cpp", "bench/peers/contender_text_whisper_cpp.cc",
                                      [build / "src/libwhisper.a", *ggml]),
                                     ("ggml_tensors", "tools/oracles/ggml_tensors.c", [ggml[2]])]:
        if not (build / "bin" / program).exists():
            compiler = ["c++", "-std=c++20"] if code.endswith(".cc") else ["cc"]
            subprocess.run([*compiler, "-O2", ROOT / code, *include, *libraries, *last, "-o", build / "bin" / program],
                           check=True)


def first_difference(ours: list[int], theirs: list[int]) -> int | None:
    for i, (a, b) in enumerate(zip(ours, theirs)):
        if a != b:
            return i
    return None if len(ours) == len(theirs) else min(len(ours), len(theirs))


class Comparison:
    def __init__(self, args, model: Path, clips: list[Path]):
        self.args, self.clips, self.ok = args, clips, True
        self.scores_file = args.work / "scores.f32"
        self.model = model
        vocabulary = SIZES[args.size].vocabulary
        self.begin = vocabulary - TIMESTAMPS
        specials = [i for i in range(END + 1, self.begin)]
        self.plain = {"timestamps": False, "max_tokens": 220, "suppress_non_speech": False,
                      "suppress": [*specials, *range(self.begin, vocabulary)]}
        self.timed = {"timestamps": True, "max_tokens": 220, "suppress_non_speech": False, "suppress": specials}

    def row(self, kind: str, what: str, equal: int, count: int, note: str) -> None:
        print(f"| {kind} | {what} | {equal} of {count} | {note} |", flush=True)

    def command_line(self, kind: str, file: Path, program: TextProgram) -> None:
        out = self.args.work / "cli"
        out.mkdir(exist_ok=True)
        files = [word for clip in self.clips for word in ("-f", clip, "-of", out / clip.stem)]
        subprocess.run([self.args.build / "bin/whisper-cli", "-m", file, "-t", str(self.args.threads), "-l", "en", "-nt",
                        "-ng", "-nfa", "-nf", "-bs", "1", "-bo", "1", "-tp", "0", "-mc", "0", "-nth", "1", "-np", "-ojf", *files],
                       check=True, capture_output=True)
        equal, excused, gaps = 0, [], []
        for clip in self.clips:
            whole = json.loads((out / f"{clip.stem}.json").read_text(errors="replace"), strict=False)
            theirs = [token["id"] for segment in whole["transcription"] for token in segment["tokens"]]
            ours = program.ask(clip, self.plain)["tokens"] + [END]
            at = first_difference(ours, theirs)
            if at is None:
                equal += 1
                continue
            scores, _ = program.scores(clip, self.plain, ours[:at], self.scores_file)
            both = [text[at] if at < len(text) else END for text in (ours, theirs)]
            gaps.append(abs(float(scores[at][both[0]] - scores[at][both[1]])))
            if gaps[-1] <= self.args.noise:
                excused.append(clip.stem)
            else:
                self.ok = False
                print(f"{kind} {clip.name}: step {at}, scores differ by {gaps[-1]:.3g}\n  seben {ours}\n  whisper.cpp "
                      f"{theirs}", file=sys.stderr)
        note = f"{len(excused)} more decided by scores within {max(gaps):.1g}" if excused else ""
        self.row(kind, "texts without timestamps (whisper-cli)", equal, len(self.clips), note)

    def rules(self, tokens: list[int], scores: np.ndarray) -> np.ndarray:
        """What whisper.cpp leaves of the scores after `tokens`, without its last rule."""
        s = scores.astype(np.float64).copy()
        begin = self.begin
        s[END + 1 : begin] = -np.inf
        if not tokens:
            s[[220, END]] = -np.inf
            s[begin + 51 :] = -np.inf
        if tokens and tokens[-1] >= begin:
            if len(tokens) < 2 or tokens[-2] >= begin:
                s[begin:] = -np.inf
            else:
                s[:END] = -np.inf
        times = [t for t in tokens if t > begin]
        if times:
            s[begin : times[-1]] = -np.inf
        return s

    def timestamps(self, kind: str, file: Path, program: TextProgram) -> None:
        peer = subprocess.Popen([self.args.build / "bin/contender_text_whisper_cpp", file, str(self.args.threads), "0"],
                                stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        peer.stdout.readline()
        agreed = steps = equal = excused = 0
        worst = 0.0
        padded, raw = self.args.work / "padded.wav", self.args.work / "padded.f32"
        for n, clip in enumerate(self.clips):
            padded = padded.with_name(f"padded-{n}.wav")
            pad(clip, padded, raw)
            peer.stdin.write(f"{raw} 0 1\n")
            peer.stdin.flush()
            theirs = [int(word) for word in peer.stdout.readline().split()[3:]]
            scores, _ = program.scores(padded, self.timed, theirs, self.scores_file)
            for i in range(len(theirs) + 1):
                s = self.rules(theirs[:i], scores[i])
                s, margin = choose(s, self.begin)
                found = int(np.argmax(s))
                steps += 1
                if i == len(theirs):  # its last token is not told, only that the text ended with it
                    right = found == END or found >= self.begin + 1495 or i >= 219
                    lead = margin
                else:
                    right = found == theirs[i]
                    lead = abs(float(s[found] - scores[i][theirs[i]])) if np.isfinite(s[theirs[i]]) else margin
                if right:
                    agreed += 1
                elif lead <= self.args.noise:
                    excused += 1
                    worst = max(worst, lead)
                else:
                    self.ok = False
                    print(f"{kind} {clip.name} timestamps: step {i}, seben {found}, whisper.cpp {theirs[i : i + 1]}, "
                          f"lead {lead:.3g}", file=sys.stderr)
            ours = program.ask(padded, self.timed)["tokens"]
            equal += ours[: len(theirs)] == theirs
            padded.unlink()
        peer.stdin.close()
        peer.wait()
        note = f"{excused} more within {worst:.1g}; " if excused else ""
        self.row(kind, "tokens with timestamps, under its rules", agreed, steps,
                 f"{note}{equal} of {len(self.clips)} texts are the same under openai-whisper's rules")

    def tensors(self, kind: str, file: Path) -> None:
        folder = self.args.work / "tensors"
        folder.mkdir(exist_ok=True)
        said = subprocess.run([self.args.program, file, "tensors", folder], check=True, capture_output=True, text=True)
        ours = json.loads(said.stdout)
        equal = count = numbers = 0
        for name, type_name, elements, blocks in ggml_file(file):
            if type_name is None:
                continue
            theirs = subprocess.run([self.args.build / "bin/ggml_tensors", type_name, str(elements)], input=blocks,
                                    check=True, capture_output=True).stdout
            count += 1
            numbers += elements
            key = hugging_face_name(name)
            if ours.get(key, {}).get("type") == type_name and (folder / f"{key}.f32").read_bytes() == theirs:
                equal += 1
            else:
                self.ok = False
                print(f"{kind}: {name} ({key}) differs", file=sys.stderr)
        for path in folder.iterdir():
            path.unlink()
        self.ok = self.ok and count > 0
        self.row(kind, "tensors, every bit", equal, count, f"{numbers / 1e6:.1f} million numbers")


def choose(s: np.ndarray, begin: int) -> tuple[np.ndarray, float]:
    """whisper.cpp's last rule: a time must come when all together are more probable than any text. And how close that is."""
    times, text = s[begin:], float(s[:begin].max())
    top = float(times.max())
    together = top + float(np.log(np.exp(times - top).sum())) if np.isfinite(top) else -np.inf
    if together > text:
        s[:begin] = -np.inf
    return s, abs(together - text)


def pad(clip: Path, padded: Path, raw: Path) -> None:
    with wave.open(str(clip)) as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    whole = np.zeros(LENGTH, "<i2")
    whole[: len(values)] = values[:LENGTH]
    with wave.open(str(padded), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(whole.tobytes())
    (whole.astype(np.float32) / 32768).tofile(raw)


def ggml_file(path: Path):
    """(name, quantised type or nothing, elements, bytes) of each tensor; layout: whisper.cpp, models/convert-*.py."""
    data = memoryview(path.read_bytes())
    at = 4 + 11 * 4

    def integers(count: int) -> tuple[int, ...]:
        nonlocal at
        at += 4 * count
        return struct.unpack_from(f"<{count}i", data, at - 4 * count)

    mels, bins = integers(2)
    at += 4 * mels * bins
    (words,) = integers(1)
    for _ in range(words):
        (length,) = integers(1)
        at += length
    while at < len(data):
        dimensions, length, kind = integers(3)
        elements = int(np.prod(integers(dimensions)))
        name = bytes(data[at : at + length]).decode()
        at += length
        type_name, size = TYPES.get(kind, (None, 0))
        count = elements // 32 * size if type_name else elements * {0: 4, 1: 2}[kind]
        yield name, type_name, elements, bytes(data[at : at + count])
        at += count


def hugging_face_name(name: str) -> str:
    for old, new in ((".blocks.", ".layers."), ("cross_attn_ln", "encoder_attn_layer_norm"),
                     (".attn_ln", ".self_attn_layer_norm"), ("mlp_ln", "final_layer_norm"), ("ln_post", "layer_norm"),
                     ("decoder.ln.", "decoder.layer_norm."), ("cross_attn.", "encoder_attn."), (".attn.", ".self_attn."),
                     ("query", "q_proj"), ("key", "k_proj"), ("value", "v_proj"), ("attn.out", "attn.out_proj"),
                     ("mlp.0", "fc1"), ("mlp.2", "fc2"), ("token_embedding", "embed_tokens")):
        name = name.replace(old, new)
    return f"model.{name}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("build", type=Path, help="build folder of whisper.cpp, inside its source")
    parser.add_argument("--audio", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--clips", type=int, default=50)
    parser.add_argument("--kinds", default="f32,f16,q4_0,q4_1,q5_0,q5_1,q8_0")
    parser.add_argument("--noise", type=float, default=0.05)
    parser.add_argument("--program", type=Path, default=Path("build/release/bin/seben-whisper-text"))
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("build/text-parity"))
    args = parser.parse_args()
    build_helpers(args.build)
    folder = make_model(args.work / args.size, args.size)
    clips = make_clips(args.audio, args.work / "clips")
    clips = [clips[i * len(clips) // args.clips] for i in range(args.clips)]
    comparison = Comparison(args, folder, clips)
    print("| file | what | equal | |\n|---|---|---|---|")
    for kind in args.kinds.split(","):
        file = args.work / f"ggml-{args.size}-{kind}.bin"
        if kind in ("f32", "f16"):
            if not file.exists():
                subprocess.run([args.program, folder, "ggml", kind, file], check=True)
            program = TextProgram(args.program, file, "f32", args.threads)
            comparison.command_line(kind, file, program)
            comparison.timestamps(kind, file, program)
            program.close()
        else:
            whole = args.work / f"ggml-{args.size}-f16.bin"
            if not whole.exists():
                subprocess.run([args.program, folder, "ggml", "f16", whole], check=True)
            subprocess.run([args.build / "bin/whisper-quantize", whole, file, kind], check=True, capture_output=True)
            comparison.tensors(kind, file)
            file.unlink()
    sys.exit(0 if comparison.ok else 1)


if __name__ == "__main__":
    main()
