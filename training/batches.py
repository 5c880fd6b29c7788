# SPDX-License-Identifier: Apache-2.0
"""Training batches: short crops first (one utterance each), then whole 30 s windows as the product sees them."""

import math
import random
from dataclasses import dataclass

import numpy as np
import torch

from . import augment, text
from .corpus import Corpus
from .mel import WINDOW_SAMPLES, LogMel


@dataclass
class Batch:
    mel: torch.Tensor  # [batch, n_mels, frames]
    labels: torch.Tensor  # all labels one after another
    lengths: torch.Tensor  # labels of each row
    start: int  # first encoder position of the crop, a multiple of the stride


class BatchMaker:
    def __init__(self, corpus: Corpus, n_mels: int, seed: int):
        self._corpus, self._mel = corpus, LogMel(n_mels)
        self._rng, self._generator = random.Random(seed), np.random.default_rng(seed)
        order = sorted(range(len(corpus)), key=lambda i: corpus.rows[i]["end"] - corpus.rows[i]["start"])
        self._by_length = order

    def _noise(self):
        kind = self._rng.random()
        if kind < 0.45:
            return None
        return (self._rng.uniform(5, 40), self._rng.random() < 0.5)

    def _take(self, i: int) -> tuple[np.ndarray, list[int]]:
        samples = augment.utterance(self._corpus.samples(i), self._rng, self._generator)
        return samples, text.labels(self._corpus.written(i))

    def crops(self, seconds_per_batch: float) -> Batch:
        """Utterances of similar length, each with a little silence around, no mask."""
        rng = self._rng
        middle = rng.randrange(len(self._by_length))
        around = self._by_length[max(0, middle - 400) : middle + 400]
        picked, total = [], 0.0
        while total < seconds_per_batch:
            samples, labels = self._take(rng.choice(around))
            gap = rng.randint(1600, 12000)
            picked.append((samples, labels, gap))
            total += len(samples) / 16000 + 0.8
        length = max(len(s) + g for s, _, g in picked) + rng.randint(1600, 16000)
        length = math.ceil(length / 640) * 640  # whole label frames at stride 2
        rows = [augment.window([s], [g], length, self._noise(), self._generator) for s, _, g in picked]
        start = 2 * rng.randrange((WINDOW_SAMPLES - length) // 640 + 1)
        return self._finish(rows, [labels for _, labels, _ in picked], start)

    def windows(self, count: int) -> Batch:
        """Whole windows: packed with utterances, one short utterance and a long tail, or nothing but silence."""
        rows, labels = [], []
        for _ in range(count):
            kind = self._rng.random()
            wanted = 0 if kind < 0.04 else 1 if kind < 0.4 else self._rng.randint(2, 14)
            pieces, gaps, row_labels = self._fill(wanted)
            rows.append(augment.window(pieces, gaps, WINDOW_SAMPLES, self._noise(), self._generator))
            labels.append(row_labels)
        return self._finish(rows, labels, 0)

    def _fill(self, wanted: int):
        pieces, gaps, labels, position = [], [], [], 0
        for _ in range(wanted):
            samples, piece_labels = self._take(self._rng.choice(self._by_length))
            gap = self._rng.randint(0, 24000)
            if position + gap + len(samples) > WINDOW_SAMPLES - 1600:
                break
            labels += ([text.SPACE] if labels else []) + piece_labels
            pieces.append(samples)
            gaps.append(gap)
            position += gap + len(samples)
        return pieces, gaps, labels

    def _finish(self, rows, labels, start: int) -> Batch:
        mel = self._mel(torch.from_numpy(np.stack(rows)))
        for row in mel:  # SpecAugment: two narrow frequency bands, one short stretch of time
            for _ in range(2):
                width = self._rng.randint(0, 14)
                low = self._rng.randrange(row.shape[0] - width)
                row[low : low + width] = row.mean()
            width = self._rng.randint(0, 12)
            low = self._rng.randrange(row.shape[1] - width)
            row[:, low : low + width] = row.mean()
        flat = torch.tensor([c for row in labels for c in row], dtype=torch.long)
        return Batch(mel, flat, torch.tensor([len(row) for row in labels]), start)
