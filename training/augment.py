# SPDX-License-Identifier: Apache-2.0
"""What happens to clean synthetic speech before the model hears it, and how windows are filled with it."""

import random

import numpy as np
from scipy.signal import fftconvolve, lfilter, resample_poly

RATE = 16000


def colored_noise(n: int, generator: np.random.Generator) -> np.ndarray:
    """White to brown: a random one-pole filter over Gaussian noise, unit variance."""
    pole = generator.uniform(0.0, 0.97)
    noise = lfilter([1.0], [1.0, -pole], generator.standard_normal(n)).astype(np.float32)
    return noise / (noise.std() + 1e-9)


def room(generator: np.random.Generator) -> np.ndarray:
    """A synthetic impulse response: a direct path and an exponentially decaying tail, RT60 0.1 to 0.6 s."""
    rt60 = generator.uniform(0.1, 0.6)
    t = np.arange(int(rt60 * RATE)) / RATE
    tail = generator.standard_normal(len(t)) * 10 ** (-3 * t / rt60)
    tail[: int(0.002 * RATE)] = 0
    tail *= generator.uniform(0.1, 0.6) / (np.sqrt(np.sum(tail**2)) + 1e-9)
    tail[0] = 1.0
    return tail.astype(np.float32)


def warp(samples: np.ndarray, rng: random.Random) -> np.ndarray:
    """Resamples by up to 8 %: formants, pitch and rate move together, so that voices become more than there are."""
    up = rng.choice((92, 95, 97, 100, 100, 103, 105, 108))
    return samples if up == 100 else resample_poly(samples, up, 100).astype(np.float32)


def reverberate(samples: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    return fftconvolve(samples, room(generator))[: len(samples) + RATE // 4].astype(np.float32)


def add_noise(samples: np.ndarray, snr_db: float, generator: np.random.Generator) -> np.ndarray:
    level = np.sqrt(np.mean(samples**2) + 1e-12) * 10 ** (-snr_db / 20)
    return samples + (level * colored_noise(len(samples), generator)).astype(np.float32)


def utterance(samples: np.ndarray, rng: random.Random, generator: np.random.Generator) -> np.ndarray:
    samples = warp(samples, rng)
    if rng.random() < 0.25:
        samples = reverberate(samples, generator)
    return samples * rng.uniform(0.2, 1.0) / (np.abs(samples).max() + 1e-6)


def window(pieces: list[np.ndarray], gaps: list[int], length: int, noise, generator) -> np.ndarray:
    """gap, piece, gap, piece, …, then silence up to `length`; `noise` is None or (snr_db, whole window?)."""
    out = np.zeros(length, np.float32)
    position = 0
    for gap, piece in zip(gaps, pieces):
        position += gap
        out[position : position + len(piece)] += piece[: length - position]
        position += len(piece)
    if noise is not None:
        snr_db, whole = noise
        end = length if whole else min(length, position + RATE // 4)
        reference = np.concatenate(pieces) if pieces else np.full(1, 0.1, np.float32)
        level = np.sqrt(np.mean(reference**2) + 1e-12) * 10 ** (-snr_db / 20)
        out[:end] += (level * colored_noise(end, generator)).astype(np.float32)
    return np.clip(out, -1.0, 1.0)
