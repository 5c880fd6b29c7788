# SPDX-License-Identifier: Apache-2.0
"""Greedy CTC decoding and character error rate with a bootstrap confidence interval."""

import numpy as np

from .text import BLANK


def greedy(classes) -> list[int]:
    """Collapse repeats, drop blanks."""
    return [int(c) for i, c in enumerate(classes) if c != BLANK and (i == 0 or classes[i - 1] != c)]


def edits(hypothesis, reference) -> int:
    row = list(range(len(reference) + 1))
    for i, h in enumerate(hypothesis, 1):
        diagonal, row[0] = row[0], i
        for j, r in enumerate(reference, 1):
            diagonal, row[j] = row[j], min(row[j] + 1, row[j - 1] + 1, diagonal + (h != r))
    return row[-1]


def rate_with_interval(errors: list[int], lengths: list[int], rounds: int = 2000, seed: int = 0) -> tuple[float, float, float]:
    """Corpus error rate and its 95 % percentile bootstrap interval over utterances."""
    e, n = np.array(errors), np.array(lengths)
    picks = np.random.default_rng(seed).integers(0, len(e), (rounds, len(e)))
    samples = e[picks].sum(1) / n[picks].sum(1)
    low, high = np.percentile(samples, [2.5, 97.5])
    return float(e.sum() / n.sum()), float(low), float(high)
