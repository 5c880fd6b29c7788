# SPDX-License-Identifier: Apache-2.0
"""Cuts long recordings where the speaker pauses, so that a head also hears real voices say a few words alone.

usage: python -m training.sources.phrases MANIFEST --features DIR --checkpoint FILE --out DIR [--seconds 0.5 3.5]
--features: of MANIFEST by `training.features --plain`; --checkpoint: a head's (training.head), which finds where in a
recording each letter is (CTC, Viterbi). A cut needs a gap between two words that is 20 dB quieter than the speech around it.
"""

import argparse
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from .. import heads, manifest, text
from ..features import BEFORE, FRAME
from ..stored import STRIDE, Item, Store

LOUDNESS = 800  # samples of a measurement: 50 ms
QUIETER = 20.0  # dB
UNSURE = -1.2  # mean log-likelihood of a label under which an alignment is not believed
HOP = FRAME * STRIDE  # samples a frame of the head


def align(log_probs: np.ndarray, labels: list[int]) -> tuple[list[int], float]:
    """The frame in which each label begins on the best path, and the path's log-likelihood a label."""
    states = np.full(2 * len(labels) + 1, text.BLANK)
    states[1::2] = labels
    skips = np.zeros(len(states), bool)  # a blank between two labels may be left out unless they are equal
    skips[3::2] = states[3::2] != states[1:-2:2]
    score = np.full(len(states), -np.inf)
    score[:2] = log_probs[0, states[:2]]
    back = np.zeros((len(log_probs), len(states)), np.int8)
    for t in range(1, len(log_probs)):
        one = np.concatenate([[-np.inf], score[:-1]])
        two = np.where(skips, np.concatenate([[-np.inf, -np.inf], score[:-2]]), -np.inf)
        choices = np.stack([score, one, two])
        back[t] = choices.argmax(0)
        score = choices.max(0) + log_probs[t, states]
    state = len(states) - 1 if score[-1] >= score[-2] else len(states) - 2
    total, first = float(score[state]), [0] * len(labels)
    for t in range(len(log_probs) - 1, -1, -1):
        if state % 2:
            first[state // 2] = t
        state -= int(back[t, state])
    return first, total / max(1, len(labels))


def cuts(samples: np.ndarray, labels: list[int], begins: list[int], offset: int) -> list[tuple[int, int]]:
    """(place among the labels, sample) of every space at which the voice pauses. `offset`: samples before frame 0."""
    power = np.convolve(samples.astype(np.float64) ** 2, np.ones(LOUDNESS) / LOUDNESS, "same")
    found = []
    for i, label in enumerate(labels):
        if label != text.SPACE or i in (0, len(labels) - 1):
            continue
        a, b = (max(0, begins[j] * HOP - offset) for j in (i - 1, i + 1))
        if b - a < 2 * LOUDNESS or b > len(samples):
            continue
        quiet = a + int(power[a:b].argmin())
        around = power[max(0, a - manifest.RATE) : b + manifest.RATE]
        if power[quiet] * 10 ** (QUIETER / 10) < np.percentile(around, 80):
            found.append((i, quiet))
    return found


def phrases(labels: list[int], places: list[tuple[int, int]], length: int, least: float, most: float):
    """Runs of an acceptable length between two cuts, with up to two cuts inside: (start, end, labels)."""
    edges = [(-1, 0), *places, (len(labels), length)]
    for i, (first, start) in enumerate(edges):
        for last, end in edges[i + 1 : i + 4]:
            if least <= (end - start) / manifest.RATE <= most and last - first > 2:
                yield start, end, labels[first + 1 : last]


def rows_of(store: Store, rows: list[manifest.Row], entries: list[dict]):
    """Items beside the rows that they were made of: both are in the manifest's order, and some rows made none."""
    at, items = iter(rows), iter(store.items)
    item = next(items, None)
    for entry in entries:
        row = next(r for r in at if r.nko == entry["nko"])
        if item and (item.packet.path.name, item.start, item.first) == (
                f"part-{entry['part']:04d}.spkt", entry["window"] * item.packet.window_frames, entry["first"]):
            yield item, row
            item = next(items, None)


def logs(head, item: Item, mean, deviation) -> np.ndarray:
    with torch.inference_mode():
        x = (torch.from_numpy(item.features()) - mean) / deviation
        return torch.log_softmax(head(x[None])[0].float(), -1).numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest", type=Path)
    parser.add_argument("--features", type=Path, required=True)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--seconds", type=float, nargs=2, default=(0.5, 3.5))
    parser.add_argument("--split", default="train")
    args = parser.parse_args()
    state = heads.load(args.checkpoint)
    store = Store([args.features])
    head = heads.make(state["kind"], len(state["mean"]), 0.0)
    head.load_state_dict(state["head"])
    head.eval()
    rows = [row for row in manifest.read(args.manifest) if row.split == args.split and row.nko]
    entries = [json.loads(line) for line in (args.features / "index.jsonl").read_text(encoding="utf-8").splitlines()]
    out, unsure = [], 0
    for item, row in rows_of(store, rows, entries):
        begins, score = align(logs(head, item, state["mean"], state["deviation"]), item.labels)
        if score < UNSURE:
            unsure += 1
            continue
        samples = manifest.load_audio(args.manifest.parent / row.audio)
        found = cuts(samples, item.labels, begins, BEFORE * FRAME)
        for start, end, labels in phrases(item.labels, found, len(samples), *args.seconds):
            name = f"{len(out):06d}.flac"
            manifest.save_audio(args.out / name, samples[start:end])
            out.append(replace(row, audio=name, seconds=(end - start) / manifest.RATE, nko=text.to_text(labels), spoken=""))
    manifest.write(args.out / "manifest.tsv", out)
    print(f"{args.out}: {len(out)} phrases, {sum(r.seconds for r in out) / 3600:.2f} h, of {len(rows)} recordings; {unsure} not believed")


if __name__ == "__main__":
    main()
