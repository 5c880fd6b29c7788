# SPDX-License-Identifier: Apache-2.0
"""Times how soon Seben's encoder is ready for its first window, against reading the same weights, in turn.

usage: load.py --models FOLDER --seben BIN_DIR [--threads 2] [--rounds 5] [--cold]

"read" is reading the encoder's tensors once into one small buffer; "read and keep" is reading them into memory of their
own, which is what any program does that keeps them as they are. It also touches as much memory as Seben will want next:
on a virtual machine the first touch of memory that the host has to find first can take longer than all else together.
"--cold" drops the file from the page cache before each reading and each loading.
"""

import argparse
import json
import mmap
import os
import re
import statistics
import struct
import subprocess
import time
from pathlib import Path

PIECE = 4 << 20


def encoder_ranges(path: Path) -> list[tuple[int, int]]:
    """[first, last) of the encoder's bytes, neighbours joined."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    spans = sorted(v["data_offsets"] for k, v in header.items() if ".encoder." in k or k.startswith("encoder."))
    joined: list[list[int]] = []
    for first, last in spans:
        if joined and joined[-1][1] == first:
            joined[-1][1] = last
        else:
            joined.append([first, last])
    return [(8 + length + a, 8 + length + b) for a, b in joined]


def drop_from_page_cache(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(descriptor)


def read(path: Path, ranges: list[tuple[int, int]], keep: bool) -> float:
    start = time.monotonic()
    total = sum(last - first for first, last in ranges)
    with mmap.mmap(-1, total if keep else PIECE) as memory, memoryview(memory) as view:
        if keep:
            memory.madvise(mmap.MADV_HUGEPAGE)
        at = 0
        with path.open("rb", buffering=0) as file:
            for first, last in ranges:
                file.seek(first)
                while first < last:
                    count = file.readinto(view[at : at + min(PIECE, last - first)])
                    first += count
                    at += count if keep else 0
        return time.monotonic() - start


def load(command: list[str]) -> float:
    done = subprocess.run(command, input="", capture_output=True, text=True, check=True)
    return float(re.search(r"load ([0-9.]+) s", done.stderr).group(1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path, required=True, help="folder that holds hf/ (what convert.py wrote)")
    parser.add_argument("--seben", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--cold", action="store_true")
    args = parser.parse_args()

    path = args.models / "hf" / "model.safetensors"
    ranges = encoder_ranges(path)
    samples: dict[str, list[float]] = {}

    def note(name: str, measure, *arguments) -> None:
        if args.cold:
            drop_from_page_cache(path)
        samples.setdefault(name, []).append(measure(*arguments))

    if not args.cold:
        read(path, ranges, keep=False)  # into the page cache
    for _ in range(args.rounds):
        note("read", read, path, ranges, False)
        for precision in ("f32", "bf16", "int8"):
            note("read and keep", read, path, ranges, True)
            program = str(args.seben / "contender_seben")
            note(f"seben {precision}", load, [program, str(args.models / "hf"), precision, str(args.threads)])
    print(f"{sum(b - a for a, b in ranges) / 1e6:.0f} MB, {'cold' if args.cold else 'warm'} page cache\n")
    print("| | median s | min s | max s |\n|---|---|---|---|")
    for name, s in samples.items():
        print(f"| {name} | {statistics.median(s):.2f} | {min(s):.2f} | {max(s):.2f} |")


if __name__ == "__main__":
    main()
