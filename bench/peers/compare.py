# SPDX-License-Identifier: Apache-2.0
"""Times one 30 s encoder window in every engine, in turn, round after round, and prints medians and ratios.

usage: compare.py --models FOLDER --seben BIN_DIR [--whisper-cpp BUILD_DIR] [--threads 2] [--rounds 5] [--only REGEX]

FOLDER is what convert.py wrote. BIN_DIR holds contender_seben and contender_gemm (preset `bench`). BUILD_DIR is a
whisper.cpp build; contender_whisper_cpp must have been compiled against it, see docs/performance.md.
"""

import argparse
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


class Contender:
    """One engine in a process of its own, so that loading is outside the timing and thread pools stay apart."""

    def __init__(self, name: str, command: list[str]):
        self.name, self.seconds = name, []
        self.process = subprocess.Popen(
            [str(c) for c in command], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        if self.process.stdout.readline().strip() != "ready":
            raise RuntimeError(f"{name}: did not start: {self.process.stderr.read().strip()[-300:]}")

    def run(self) -> float:
        self.process.stdin.write("run\n")
        self.process.stdin.flush()
        return float(self.process.stdout.readline())

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()


def commands(args) -> dict[str, list]:
    models, threads = args.models, args.threads
    table: dict[str, list] = {}
    for precision in ("f32", "bf16", "int8"):
        table[f"ceiling {precision}"] = [args.seben / "contender_gemm", models / "hf", precision, threads]
        table[f"seben {precision}"] = [args.seben / "contender_seben", models / "hf", precision, threads]
    if args.whisper_cpp:
        for kind in ("f16", "q8_0", "q4_0"):
            for flash in ("0", "1"):
                model = models / f"ggml-{kind}.bin"
                if model.exists():
                    program = args.whisper_cpp / "bin" / "contender_whisper_cpp"
                    table[f"whisper.cpp {kind}{' flash' if flash == '1' else ''}"] = [program, model, threads, flash]
    python = [sys.executable, HERE / "contender_python.py"]
    table["CTranslate2 f32"] = [*python, "ct2", models / "ct2-f32", threads, "float32"]
    table["CTranslate2 int8"] = [*python, "ct2", models / "ct2-int8", threads, "int8"]
    table["ONNX Runtime f32"] = [*python, "onnx", models / "onnx-f32", threads, "-"]
    table["ONNX Runtime int8"] = [*python, "onnx", models / "onnx-int8", threads, "-"]
    return {name: command for name, command in table.items() if re.search(args.only, name)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--whisper-cpp", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--only", default=".", help="regular expression of contender names")
    parser.add_argument("--json", type=Path, help="also write every sample here")
    args = parser.parse_args()

    contenders = []
    for name, command in commands(args).items():
        try:
            contenders.append(Contender(name, command))
        except (OSError, RuntimeError) as error:
            print(f"left out: {error}", file=sys.stderr)
    for round_number in range(args.rounds + 1):  # round 0 warms up and is not counted
        for contender in contenders:
            seconds = contender.run()
            if round_number:
                contender.seconds.append(seconds)
    print("| engine | median s | min s | max s |\n|---|---|---|---|")
    for c in contenders:
        print(f"| {c.name} | {statistics.median(c.seconds):.3f} | {min(c.seconds):.3f} | {max(c.seconds):.3f} |")
    print_ratios({c.name: c.seconds for c in contenders})
    if args.json:
        args.json.write_text(json.dumps({c.name: c.seconds for c in contenders}, indent=1) + "\n")
    for contender in contenders:
        contender.close()


def print_ratios(samples: dict[str, list[float]]) -> None:
    """Ratios are formed inside each round, then the median is taken: a slow minute slows both sides."""
    ours = [name for name in samples if name.startswith("seben")]
    print("\n| other / seben | " + " | ".join(ours) + " |\n|---|" + "---|" * len(ours))
    for name in samples:
        if name not in ours:
            row = [statistics.median(o / s for o, s in zip(samples[name], samples[mine])) for mine in ours]
            print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in row) + " |")


if __name__ == "__main__":
    main()
