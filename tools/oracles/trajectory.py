# SPDX-License-Identifier: Apache-2.0
"""Anticipation geometry in numpy, float64: the seven scalars of a trajectory and the attention bias made of them.

Definitions: the public package anticipation-geometry, core.py and geometry_bridge.py; see docs/heads.md.
"""

import numpy as np
import torch

NEIGHBOURS, BINS, WINDOW, TINY = 5, 8, 3, 1e-10


def _uncertainty(states: np.ndarray, distances: np.ndarray) -> np.ndarray:
    u = np.full(len(states), 0.5)
    for t in range(2, len(states)):
        near = np.argsort(distances[t, :t], kind="stable")[: min(NEIGHBOURS, t)]
        ways = states[near] - states[t]
        ways = ways / np.maximum(np.linalg.norm(ways, axis=1, keepdims=True), TINY)
        cosines = (ways @ ways.T)[np.triu_indices(len(near), 1)]
        counts, _ = np.histogram(np.arccos(np.clip(cosines, -1, 1)), bins=BINS, range=(0, np.pi))
        p = counts[counts > 0] / counts.sum()
        u[t] = np.clip(-(p * np.log2(p)).sum() / np.log2(BINS), 0, 1)
    return u


def _smooth_change(x: np.ndarray) -> np.ndarray:
    return np.convolve(np.diff(x, prepend=x[0]), np.ones(WINDOW) / WINDOW, mode="same")


def scalars(states: np.ndarray) -> np.ndarray:
    """[n, width] -> [n, 7], pressure rescaled to (p + 2) / 4."""
    s = states.astype(np.float64)
    n = len(s)
    if n < 2:
        return np.full((n, 7), 0.5)
    distances = np.linalg.norm(s[:, None] - s[None], axis=2)
    steps = np.linalg.norm(np.diff(s, axis=0), axis=1)
    c = np.ones(n) if steps.max() < TINY else np.concatenate([[0.5], np.clip(1 - steps / steps.max(), 0, 1)])
    u = _uncertainty(s, distances)
    p = np.zeros(n) if n < 3 else _smooth_change(c) - _smooth_change(u)
    extent = 2 * np.linalg.norm(s - s.mean(axis=0), axis=1).max()
    r = np.ones(n)
    if n >= 3 and extent >= TINY:
        branches = np.flatnonzero(u >= np.median(u))
        for t in range(n):
            before = branches[branches <= t]
            if len(before):
                r[t] = np.clip(1 - distances[t, before].min() / extent, 0, 1)
    k = np.full(n, 0.5)
    if n >= 3:
        ways = np.diff(s, axis=0) / np.maximum(steps[:, None], TINY)
        k[2:] = ((ways[1:] * ways[:-1]).sum(axis=1) + 1) / 2
    v = np.full(n, 0.5)
    if extent >= TINY:
        v[0] = 1
        v[1:] = [np.clip(distances[t, :t].min() / extent, 0, 1) for t in range(1, n)]
    stability = np.full(n, 0.5)
    if n >= 4:
        jerk = np.linalg.norm(np.diff(s, n=3, axis=0), axis=1)
        stability = np.ones(n) if jerk.max() < TINY else np.concatenate([[0.5] * 3, 1 - jerk / jerk.max()])
    return np.stack([c, u, (p + 2) / 4, r, k, v, stability], axis=1)


class TrajectoryBias(torch.nn.Module):
    """Keys net.{0,2,4}.*, distance_scale, distance_offset and, with `motifs`, inscription_emb.weight."""

    def __init__(self, heads: int, motifs: bool):
        super().__init__()
        self.inscription_emb = torch.nn.Embedding(10, 56) if motifs else None
        self.net = torch.nn.Sequential(
            torch.nn.Linear(63 if motifs else 7, 56),
            torch.nn.GELU(),
            torch.nn.Linear(56, 56),
            torch.nn.GELU(),
            torch.nn.Linear(56, heads),
        )
        self.distance_scale = torch.nn.Parameter(torch.ones(heads))
        self.distance_offset = torch.nn.Parameter(torch.zeros(heads))

    def forward(self, states: torch.Tensor) -> torch.Tensor:
        """[n, width] -> [heads, n, n]"""
        s = torch.from_numpy(scalars(states.detach().numpy())).float()
        if self.inscription_emb is not None:
            s = torch.cat([s, self.inscription_emb(torch.zeros(len(s), dtype=torch.long))], dim=1)
        away = (torch.arange(len(s))[:, None] - torch.arange(len(s))[None]).abs()
        kernel = torch.exp(-0.01 * self.distance_scale[:, None, None] * away + self.distance_offset[:, None, None])
        return self.net(s).T[:, :, None] * kernel
