#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Writing Core ML packages against copying as many bytes on the same disk, taking turns; medians.

usage: export_coreml.py SEBEN CHECKPOINT SCRATCH [--rounds 4]     (SCRATCH: a folder to make, 6 GB for large-v3)
"""

import argparse
import os
import shutil
import statistics
import subprocess
import time
from pathlib import Path

parser = argparse.ArgumentParser()
parser.add_argument("seben")
parser.add_argument("checkpoint")
parser.add_argument("scratch", type=Path)
parser.add_argument("--rounds", type=int, default=4)
arguments = parser.parse_args()


def seconds(command: list[str]) -> float:
    start = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def copy(source: Path) -> float:
    target = arguments.scratch / "copy"
    taken = seconds(["sh", "-c", 'cp "$1" "$2" && sync "$2"', "sh", str(source), str(target)])
    os.remove(target)
    return taken


arguments.scratch.mkdir(parents=True)
for file in Path(arguments.checkpoint).glob("*.safetensors"):
    subprocess.run(["cat", str(file)], check=True, stdout=subprocess.DEVNULL)  # into the page cache
for precision in ("fp32", "fp16"):
    writing, copying = [], []
    for _ in range(arguments.rounds):
        folder = arguments.scratch / precision
        shutil.rmtree(folder, ignore_errors=True)
        writing.append(seconds([arguments.seben, "export", "coreml", arguments.checkpoint, str(folder), "--part", "encoder",
                                "--precision", precision]))
        weights = folder / "encoder.mlpackage/Data/com.apple.CoreML/weights/weight.bin"
        copying.append(copy(weights))
    ratio = statistics.median(w / c for w, c in zip(writing, copying))
    print(f"{precision}: {weights.stat().st_size / 1e9:.2f} GB, written in {statistics.median(writing):.2f} s, "
          f"copied in {statistics.median(copying):.2f} s, ratio {ratio:.2f}")
shutil.rmtree(arguments.scratch)
