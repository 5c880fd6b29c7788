# SPDX-License-Identifier: Apache-2.0
"""Features of a manifest by Seben's own encoder, once, kept as packets with an index of what is said where.

usage: python -m training.features MANIFEST... --encoder BUNDLE --out DIR [--split train] [--passes 1] [--plain | --alone]
A frozen encoder need not run twice for the same windows: packed windows go through `seben export features`, 40 at a
time, and training cuts the frames of each utterance out of them. A run that was stopped goes on; a folder holds
features of one encoder, and another one is refused. --plain: no augmentation, for development sets; --alone: nor company,
one utterance a window, of which the whole window is kept.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from . import manifest, windows
from .mel import WINDOW_SAMPLES
from .spkt import CODEC, Packet
from .wav import write_wav

SEBEN = os.environ.get("SEBEN", "build/release/bin/seben")
PART = 40  # windows a call: 20 minutes
FRAME, BEFORE, BEHIND = 320, 5, 8  # samples a frame; frames kept around an utterance
WINDOW_FRAMES = WINDOW_SAMPLES // FRAME


def identity(contract: dict) -> dict:
    """What must be equal for features to be kept together: docs/contract.md, without names."""
    extractor = {k: v for k, v in contract["extractor"].items() if k != "variant"}
    return {"extractor": extractor, "mel": contract["mel"], "layout": contract["layout"]}


def entries(part: int, found: list[windows.Window], whole: bool = False) -> list[dict]:
    """What training may cut out of these windows; `whole`: never an utterance alone."""
    rows = []
    for number, window in enumerate(found):
        for start, end, row in [] if whole else window.pieces:
            first = max(0, start // FRAME - BEFORE)
            rows.append({"part": part, "window": number, "first": first, "nko": row.nko, "source": row.source,
                         "speaker": row.speaker, "frames": min(WINDOW_FRAMES, end // FRAME + BEHIND) - first})
        if window.sparse or not window.pieces:
            said = " ".join(row.nko for _, _, row in window.pieces)
            rows.append({"part": part, "window": number, "first": 0, "frames": WINDOW_FRAMES, "nko": said, "source": "window",
                         "speaker": ""})
    return rows


def encode(bundle: Path, found: list[windows.Window], out: Path, precision: str, threads: int) -> None:
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        recording = Path(scratch) / "part.wav"
        write_wav(recording, np.concatenate([w.samples for w in found]))
        partial = Path(scratch) / "part.spkt"
        command = [SEBEN, "export", "features", str(bundle), str(recording), str(partial), "--codec", CODEC, "-p", precision,
                   "-t", str(threads)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise SystemExit(done.stderr.strip() or f"{SEBEN}: exit code {done.returncode}")
        packet = Packet(partial)
        if packet.windows != len(found):
            raise SystemExit(f"{out}: expected {len(found)} windows, found {packet.windows}")
        check_identity(out.parent, packet.contract)
        partial.replace(out)


def check_identity(folder: Path, contract: dict) -> None:
    record = folder / "encoder.json"
    if not record.exists():
        record.write_text(json.dumps({"contract": contract}, indent=2) + "\n")
    known = json.loads(record.read_text())["contract"]
    if identity(known) != identity(contract):
        raise SystemExit(f"{folder}: expected features of {known['extractor']['weights'][:16]}, "
                         f"found {contract['extractor']['weights'][:16]}")


def groups(stream, size: int):
    held = []
    for window in stream:
        held.append(window)
        if len(held) == size:
            yield held
            held = []
    if held:
        yield held


def make(args) -> None:
    rows, folders = [], {}
    for path in args.manifests:
        for row in manifest.read(path):
            if row.split == args.split and row.nko:
                rows.append(row)
                folders[id(row)] = path.parent

    def load(row):
        return manifest.load_audio(folders[id(row)] / row.audio)

    args.out.mkdir(parents=True, exist_ok=True)
    index = args.out / "index.jsonl"
    done = {json.loads(line)["part"] for line in index.read_text().splitlines()} if index.exists() else set()
    begun, part, seconds = time.monotonic(), 0, 0.0
    for turn in range(args.passes):
        stream = (windows.alone(rows, load) if args.alone else windows.plain(rows, load) if args.plain
                  else windows.fill(rows, load, args.seed + turn, args.sparse, args.empty))
        for found in groups(stream, PART):
            if part not in done:
                encode(args.encoder, found, args.out / f"part-{part:04d}.spkt", args.precision, args.threads)
                with index.open("a", encoding="utf-8") as f:  # last, so that a part that is listed is there
                    f.write("".join(json.dumps(e, ensure_ascii=False) + "\n" for e in entries(part, found, args.alone)))
                print(f"{args.out} part {part}: {len(found)} windows, {time.monotonic() - begun:.0f} s", flush=True)
            seconds += sum(end - start for w in found for start, end, _ in w.pieces) / manifest.RATE
            part += 1
    size = sum(p.stat().st_size for p in args.out.glob("part-*.spkt"))
    contract = json.loads((args.out / "encoder.json").read_text())["contract"]
    print(f"{args.out}: {part} parts, {seconds / 3600:.2f} h of speech, {size / 1e6:.0f} MB, encoder "
          f"{contract['extractor']['variant']} {contract['extractor']['weights'][:16]} in {contract['extractor']['precision']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifests", type=Path, nargs="+")
    parser.add_argument("--encoder", type=Path, required=True, help="bundle (training.encoder)")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--passes", type=int, default=1, help="how many times each utterance is augmented anew")
    parser.add_argument("--sparse", type=float, default=windows.SPARSE, help="share of windows with one or two utterances in silence")
    parser.add_argument("--empty", type=float, default=windows.EMPTY, help="share of windows in which nobody speaks")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--alone", action="store_true")
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=1)
    make(parser.parse_args())


if __name__ == "__main__":
    main()
