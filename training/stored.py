# SPDX-License-Identifier: Apache-2.0
"""Stored features (training.features) as training items and batches: cut, joined, masked, made noisy."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch

from . import spelling, text
from .features import identity
from .spkt import Packet, restore

LONGEST = 1500  # frames
JOINED = 0.12  # share of items that go on with their neighbours in the window: words come without pauses, too
STRIDE = 2
SHORTENED, TAIL = 0.7, 500  # share of whole windows that end early, up to so many frames behind what is said


@dataclass
class Item:
    packet: Packet
    start: int  # of its window, in the packet
    first: int  # in the window
    frames: int
    labels: list
    source: str
    spoken: int = 0  # frames up to the end of what is said, of a whole window
    following: "Item | None" = None

    def features(self) -> np.ndarray:
        return restore(self.packet.codes(self.start + self.first, self.frames))


@dataclass
class Batch:
    features: torch.Tensor  # [batch, frames, dim], normalised, zero behind an item's end
    frames: torch.Tensor  # of the head's output
    labels: torch.Tensor
    lengths: torch.Tensor
    names: list


class Store:
    """Items of several folders, all by one encoder."""

    def __init__(self, folders: list[Path], check: bool = False):
        self.items, self.contract, self.left_out = [], None, []
        for folder in folders:
            contract = json.loads((folder / "encoder.json").read_text())["contract"]
            if self.contract is not None and identity(contract) != identity(self.contract):
                raise SystemExit(f"{folder}: expected features of {self.contract['extractor']['weights'][:16]}, "
                                 f"found {contract['extractor']['weights'][:16]}")
            self.contract = contract
            self._read(folder, check)

    def _read(self, folder: Path, check: bool) -> None:
        packets, previous, spoken = {}, None, {}
        for line in (folder / "index.jsonl").read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            if row["part"] not in packets:
                packets[row["part"]] = Packet(folder / f"part-{row['part']:04d}.spkt", check)
            packet, labels = packets[row["part"]], text.labels(spelling.full(row["nko"]))
            place = row["part"], row["window"]
            if row["source"] != "window":
                spoken[place] = max(spoken.get(place, 0), row["first"] + row["frames"])
            if text.frames_needed(labels) > row["frames"] // STRIDE or (not labels and row["source"] != "window"):
                self.left_out.append(f"{folder.name} part {row['part']} window {row['window']}: {row['nko']}")
                continue
            item = Item(packet, row["window"] * packet.window_frames, row["first"], row["frames"], labels, row["source"],
                        spoken.get(place, 0))
            self.items.append(item)
            if previous is not None and previous.packet is packet and previous.start == item.start and item.first > previous.first:
                previous.following = item
            previous = item if row["source"] != "window" else None

    def statistics(self, rng: random.Random, count: int = 600) -> tuple[torch.Tensor, torch.Tensor]:
        """Mean and deviation of each channel, over utterances alone."""
        spoken = [i for i in self.items if i.source != "window"]
        frames = np.concatenate([rng.choice(spoken).features() for _ in range(count)])
        return torch.from_numpy(frames.mean(0)), torch.from_numpy(frames.std(0) + 1e-3)


def weight_of(source: str, weights: dict[str, float]) -> float:
    return next((w for name, w in weights.items() if source.startswith(name)), 1.0)


class Batches:
    def __init__(self, store: Store, mean, deviation, weights: dict[str, float], budget: int, noise: float, seed: int,
                 channels: float = 0.0):
        self._items, self._mean, self._deviation = store.items, mean, deviation
        self._weights = np.cumsum([weight_of(i.source, weights) for i in store.items])
        self._budget, self._noise, self._channels = budget, noise, channels
        self._rng = random.Random(seed)
        torch.manual_seed(seed)

    def _draw(self) -> tuple[Item, int, list]:
        item = self._items[int(np.searchsorted(self._weights, self._rng.random() * self._weights[-1]))]
        frames, labels = item.frames, item.labels
        if item.source == "window" and self._rng.random() < SHORTENED:
            frames = self._rng.randint(min(frames, item.spoken + 10), min(frames, item.spoken + TAIL))
        if item.source != "window" and self._rng.random() < JOINED:
            last = item
            for _ in range(self._rng.randint(1, 4)):
                following = last.following
                if following is None or following.first + following.frames - item.first > 900:
                    break
                frames, labels, last = following.first + following.frames - item.first, labels + [text.SPACE] + following.labels, following
        return item, frames, labels

    def __iter__(self):
        while True:
            drawn = sorted((self._draw() for _ in range(384)), key=lambda d: d[1])
            ready, group = [], []
            for one in drawn:
                if group and one[1] * (len(group) + 1) > self._budget:
                    ready.append(group)
                    group = []
                group.append(one)
            ready.append(group)
            self._rng.shuffle(ready)
            for group in ready:
                yield self._batch(group)

    def _batch(self, group) -> Batch:
        longest = max(frames for _, frames, _ in group)
        x = torch.zeros(len(group), longest, len(self._mean))
        for row, (item, frames, _) in zip(x, group):
            values = torch.from_numpy(restore(item.packet.codes(item.start + item.first, frames)))
            row[:frames] = (values - self._mean) / self._deviation + self._noise * torch.randn(frames, len(self._mean))
            for _ in range(2):
                width = self._rng.randint(0, min(12, frames // 8))
                start = self._rng.randrange(max(1, frames - width))
                row[start : start + width] = 0
            if self._channels:
                row[:, torch.rand(row.shape[1]) < self._channels * self._rng.random()] = 0
        labels = [labels for _, _, labels in group]
        return Batch(x, torch.tensor([(frames + STRIDE - 1) // STRIDE for _, frames, _ in group]),
                     torch.tensor([c for row in labels for c in row], dtype=torch.long),
                     torch.tensor([len(row) for row in labels]),
                     [f"{i.packet.path.name} frame {i.start + i.first}" for i, _, _ in group])
