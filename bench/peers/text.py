# SPDX-License-Identifier: Apache-2.0
"""Times Whisper's text of one window in Seben, whisper.cpp and faster-whisper, in turn, round after round.

usage: text.py --audio FOLDER --size tiny|base|large-v3-turbo --seben BIN_DIR --whisper-cpp BUILD [--threads 2]
               [--rounds 5] [--only REGEX] [--work FOLDER]

  python3 -m venv build/venv-peers
  build/venv-peers/bin/pip install faster-whisper==1.2.1 ctranslate2==4.8.5 safetensors tiktoken

Seeded random weights, equal for all (tools/oracles/text_models.py). The window is 29.9 s of recordings from FOLDER.
Random weights do not end as trained ones do, so that every engine is forbidden <|endoftext|> and all tokens beyond it, and
writes exactly --tokens tokens: greedy, no timestamps, no fallback. BUILD is whisper.cpp's build folder with contender_text_whisper_cpp in bin
(tools/oracles/whisper_cpp_parity.py compiles it); its flash attention is on, as it is by default.

A round asks every engine once. "tokens/s" counts the steps from the first token's scores to the last's; "window" is all
from samples to text; ratios are formed inside each round. Every engine is a process of its own, that loads once a run.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import numpy as np

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

from tools.oracles import text_models  # noqa: E402

CLASSES = {"f32": ("f32", "float32"), "bf16": ("f16", None), "int8": ("q8_0", "int8")}
END = text_models.END


class Engine:
    def __init__(self, name: str, command: list):
        self.name, self.seconds, self.steps, self.peak, self.tokens = name, [], [], 0, []
        self.process = subprocess.Popen([str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.DEVNULL, text=True)
        self.load = self.ready(self.process.stdout.readline())

    def ready(self, line: str) -> float:
        words = line.split()
        if len(words) != 2 or words[0] != "ready":
            raise RuntimeError(f"{self.name} did not start")
        return float(words[1])

    def ask(self, samples: Path, count: int) -> str:
        self.process.stdin.write(self.request(samples, count) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.name} ended with status {self.process.wait()}")
        return line

    def request(self, samples: Path, count: int) -> str:
        return f"{samples} {count} 0"

    def answer(self, line: str) -> tuple[float, float, int, list[int]]:
        words = line.split()
        return float(words[0]), float(words[1]), int(words[2]), [int(w) for w in words[3:]]

    def run(self, samples: Path, count: int, keep: bool) -> None:
        seconds, steps, self.peak, self.tokens = self.answer(self.ask(samples, count))
        if len(self.tokens) != count:
            raise RuntimeError(f"{self.name} wrote {len(self.tokens)} tokens, not {count}")
        if keep:
            self.seconds.append(seconds)
            self.steps.append((count - 1) / steps)

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


class Seben(Engine):
    suppress: list[int] = []

    def ready(self, line: str) -> float:
        return json.loads(line)["load_seconds"]

    def request(self, samples: Path, count: int) -> str:
        options = {"timestamps": False, "max_tokens": count, "suppress": self.suppress,
                   "suppress_non_speech": False}
        return json.dumps({"audio": str(samples.with_suffix(".wav")), "options": options, "one": True})

    def answer(self, line: str) -> tuple[float, float, int, list[int]]:
        said = json.loads(line)
        s = said["seconds"]
        return s["mel"] + s["encode"] + s["hear"] + s["decode"], s["decode"] - s["one"], said["peak_bytes"], said["tokens"]


def make_window(audio: Path, work: Path) -> Path:
    """29.9 s of all recordings one after another, as WAV and as f32; returns the latter."""
    wav = work / "window.wav"
    if not wav.exists():
        sources = sorted(p for p in audio.iterdir() if p.suffix in (".wav", ".mp3"))
        inputs = [word for source in sources for word in ("-i", source)]
        each = "".join(f"[{n}:a]aresample=16000,aformat=channel_layouts=mono[a{n}];" for n in range(len(sources)))
        joined = each + "".join(f"[a{n}]" for n in range(len(sources))) + f"concat=n={len(sources)}:v=0:a=1[out]"
        subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *inputs, "-filter_complex", joined, "-map", "[out]", "-t",
                        "29.9", "-ar", "16000", "-c:a", "pcm_s16le", "-bitexact", wav], check=True)
    import wave

    with wave.open(str(wav)) as file:
        values = np.frombuffer(file.readframes(file.getnframes()), "<i2")
    (values.astype(np.float32) / 32768).tofile(wav.with_suffix(".f32"))
    return wav.with_suffix(".f32")


def make_files(args) -> dict[str, Path]:
    """The same weights for every engine."""
    folder = text_models.make_model(args.work / args.size, args.size)
    files = {"hf": folder}
    for kind in ("f32", "f16", "q8_0"):
        files[kind] = args.work / f"ggml-{args.size}-{kind}.bin"
        if args.whisper_cpp and not files[kind].exists():
            if kind == "q8_0":
                command = [args.whisper_cpp / "bin/whisper-quantize", files["f16"], files[kind], "q8_0"]
            else:
                command = [args.seben / "seben-whisper-text", folder, "ggml", kind, files[kind]]
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    for kind, quantization in (("float32", None), ("int8", "int8")):
        files[kind] = args.work / f"ct2-{args.size}-{kind}"
        if not (files[kind] / "model.bin").exists():
            write_ct2(folder, files[kind], args.size, quantization)
    return files


def write_ct2(folder: Path, out: Path, name: str, quantization: str | None) -> None:
    import convert
    import weights
    from safetensors.numpy import load_file

    size = text_models.SIZES[name]
    e = size.encoder
    shape = weights.Size(e.d_model, e.layers, e.heads, e.n_mels, size.layers, size.vocabulary)
    tokenizer = json.loads((folder / "tokenizer.json").read_text())
    words = tokenizer["model"]["vocab"] | {token["content"]: token["id"] for token in tokenizer["added_tokens"]}
    tensors = {key: value.astype(np.float32) for key, value in load_file(folder / "model.safetensors").items()}
    convert.write_ct2(out, shape, tensors, quantization, sorted(words, key=words.get))
    for file in ("tokenizer.json", "preprocessor_config.json"):
        (out / file).write_bytes((folder / file).read_bytes())


def engines(args, files: dict[str, Path]) -> list[tuple[str, type, list]]:
    out = []
    for precision, (ggml, ct2) in CLASSES.items():
        out.append((f"Seben {precision}", Seben,
                    [args.seben / "seben-whisper-text", files["hf"], "serve", precision, args.threads]))
        if args.whisper_cpp:
            out.append((f"whisper.cpp {ggml}", Engine,
                        [args.whisper_cpp / "bin/contender_text_whisper_cpp", files[ggml], args.threads, 1]))
        if ct2:
            out.append((f"faster-whisper {ct2}", Engine, [sys.executable, HERE / "contender_text_faster_whisper.py",
                                                          files[ct2], args.threads, ct2]))
    return [entry for entry in out if re.search(args.only, entry[0])]


def print_table(running: list[Engine], length: float) -> None:
    print("| engine | tokens/s | Seben's as many times | window, s | real-time factor | times Seben's | peak, MB | load, s |")
    print("|---|---|---|---|---|---|---|---|")
    ours = None
    for engine in running:
        ours = engine if engine.name.startswith("Seben") else ours
        faster = seconds = ""
        if ours is not None and ours is not engine:
            faster = f"{statistics.median(a / b for a, b in zip(ours.steps, engine.steps)):.2f}"
            seconds = f"{statistics.median(b / a for a, b in zip(ours.seconds, engine.seconds)):.2f}"
        window = statistics.median(engine.seconds)
        print(f"| {engine.name} | {statistics.median(engine.steps):.0f} | {faster} | {window:.3f} | {window / length:.4f} | "
              f"{seconds} | {engine.peak / 1e6:.0f} | {engine.load:.2f} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", type=Path, required=True)
    parser.add_argument("--size", default="tiny", choices=text_models.SIZES)
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--whisper-cpp", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--tokens", type=int, default=100)
    parser.add_argument("--only", default=".", help="regular expression of engine names")
    parser.add_argument("--work", type=Path, default=Path("build/text-peers"))
    parser.add_argument("--json", type=Path, help="also write every sample here")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    samples = make_window(args.audio, args.work)
    files = make_files(args)
    Seben.suppress = list(range(END, text_models.SIZES[args.size].vocabulary))
    running = [kind(name, command) for name, kind, command in engines(args, files)]
    for number in range(args.rounds + 1):  # round 0 warms up and is not counted
        for engine in running:
            engine.run(samples, args.tokens, number > 0)
    print(f"{args.size}, threads: {args.threads}, {args.tokens} tokens, rounds: {args.rounds}\n")
    print_table(running, 29.9)
    if args.json:
        kept = {e.name: {"seconds": e.seconds, "tokens_per_second": e.steps, "peak": e.peak, "load": e.load} for e in running}
        args.json.write_text(json.dumps(kept, indent=1) + "\n")
    for engine in running:
        engine.close()


if __name__ == "__main__":
    main()
