# SPDX-License-Identifier: Apache-2.0
"""Fills 30 s windows with utterances, made different by voices' tracts, rooms, telephones and noise.

Most windows are packed: many utterances with gaps, of which each is cut out of the features later. Some are sparse, one
or two utterances in silence, and some hold nobody at all: the product reads whole windows, and a head must hear there
that nothing is said.
"""

import random
from dataclasses import dataclass, field

import numpy as np
from scipy.signal import butter, lfilter, resample_poly, sosfilt

from . import augment
from .manifest import RATE, Row
from .mel import WINDOW_SAMPLES

END = WINDOW_SAMPLES - RATE // 2
SPARSE, EMPTY = 0.10, 0.02  # shares of augmented windows
WARPS = (84, 88, 92, 96, 100, 100, 104, 108, 113, 118)  # per cent: tract, pitch and rate move together, a man to a child
TELEPHONE = butter(4, [300, 3400], "bandpass", fs=RATE, output="sos")


@dataclass
class Window:
    samples: np.ndarray
    sparse: bool = False
    pieces: list = field(default_factory=list)  # (first sample, end sample, row)


def utterance(samples: np.ndarray, rng: random.Random, generator: np.random.Generator) -> np.ndarray:
    up = rng.choice(WARPS)
    if up != 100:
        samples = resample_poly(samples, up, 100).astype(np.float32)
    if rng.random() < 0.3:
        samples = augment.reverberate(samples, generator)
    if rng.random() < 0.3:
        samples = lfilter([1.0, rng.uniform(-0.9, 0.6)], [1.0], samples).astype(np.float32)  # tilt
    if rng.random() < 0.12:
        samples = sosfilt(TELEPHONE, samples).astype(np.float32)
    return samples * 10 ** rng.uniform(-1.3, 0) / (np.abs(samples).max() + 1e-6)


def _noise(window: Window, rng: random.Random, generator: np.random.Generator) -> None:
    """5 to 35 dB below the speech in the window; in a sparse one sometimes only as long as it is not silent."""
    spoken = sum(end - start for start, end, _ in window.pieces)
    level = np.sqrt((window.samples**2).sum() / spoken) if spoken else 10 ** rng.uniform(-3, -0.5)
    level *= 10 ** (-rng.uniform(5, 35) / 20)
    end = WINDOW_SAMPLES
    if window.sparse and window.pieces and rng.random() < 0.5:
        end = min(end, window.pieces[-1][1] + rng.randint(0, RATE))
    window.samples[:end] += (level * augment.colored_noise(end, generator)).astype(np.float32)
    np.clip(window.samples, -1, 1, out=window.samples)


def fill(rows: list[Row], load, seed: int, sparse: float = SPARSE):
    """Windows of all rows, each once, in a random order, augmented. `load(row)` gives samples."""
    rng, generator = random.Random(seed), np.random.default_rng(seed)
    order = rng.sample(rows, len(rows))
    held = None  # an utterance that did not fit
    while order or held is not None:
        kind = rng.random()
        window = Window(np.zeros(WINDOW_SAMPLES, np.float32), sparse=kind < sparse)
        wanted = 0 if kind > 1 - EMPTY else rng.randint(1, 2) if window.sparse else 1000
        position = rng.randint(0, 8000)
        while len(window.pieces) < wanted and (order or held is not None):
            row, samples = held if held is not None else (order[-1], utterance(load(order.pop()), rng, generator))
            held = None
            if len(samples) > END - 8000:
                samples = samples[:0]  # longer than a window: said by prepare, and left out here
            if position + len(samples) > END:
                held = (row, samples)
                break
            if len(samples):
                window.samples[position : position + len(samples)] += samples
                window.pieces.append((position, position + len(samples), row))
                position += len(samples) + rng.randint(3000, 16000)
        if rng.random() < 0.6 or not window.pieces:
            _noise(window, rng, generator)
        yield window


def plain(rows: list[Row], load):
    """Development: no augmentation, equal loudness, a second between utterances."""
    window, position = Window(np.zeros(WINDOW_SAMPLES, np.float32)), 3200
    for row in rows:
        samples = load(row)
        samples = samples * 0.6 / (np.abs(samples).max() + 1e-6)
        if position + len(samples) > END and window.pieces:
            yield window
            window, position = Window(np.zeros(WINDOW_SAMPLES, np.float32)), 3200
        if position + len(samples) <= END:
            window.samples[position : position + len(samples)] += samples
            window.pieces.append((position, position + len(samples), row))
            position += len(samples) + RATE
    if window.pieces:
        yield window
