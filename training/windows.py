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

from . import augment, nobody
from .manifest import RATE, Row
from .mel import WINDOW_SAMPLES

END = WINDOW_SAMPLES - RATE // 2
SPARSE, EMPTY = 0.10, 0.06  # shares of augmented windows
BACKGROUND = 0.25  # share of sparse windows in which something is heard that is not speech
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
    """5 to 35 dB below the speech in the window; a sparse one may be quieter, or silent behind what is said."""
    spoken = sum(end - start for start, end, _ in window.pieces)
    level = np.sqrt((window.samples**2).sum() / spoken) if spoken else 10 ** rng.uniform(-3, -0.5)
    level *= 10 ** (-rng.uniform(5, 50 if window.sparse else 35) / 20)
    end = WINDOW_SAMPLES
    if window.sparse and window.pieces and rng.random() < 0.5:
        end = min(end, window.pieces[-1][1] + rng.randint(0, RATE))
    window.samples[:end] += (level * augment.colored_noise(end, generator)).astype(np.float32)
    np.clip(window.samples, -1, 1, out=window.samples)


def _background(window: Window, rng: random.Random, generator: np.random.Generator) -> None:
    """Nobody's sounds through a whole window without speech, or behind what is said, mostly quieter."""
    first = min(WINDOW_SAMPLES - RATE // 4, window.pieces[-1][1] + rng.randint(0, RATE)) if window.pieces else 0
    loudest = np.abs(window.samples).max() if window.pieces else 0.9
    level = loudest * 10 ** (-rng.uniform(0, 35) / 20)
    window.samples[first:] += level * nobody.sound(WINDOW_SAMPLES - first, generator)


def fill(rows: list[Row], load, seed: int, sparse: float = SPARSE, empty: float = EMPTY):
    """Windows of all rows, each once, in a random order, augmented. `load(row)` gives samples."""
    rng, generator = random.Random(seed), np.random.default_rng(seed)
    order = rng.sample(rows, len(rows))
    held = None  # an utterance that did not fit
    while order or held is not None:
        kind = rng.random()
        window = Window(np.zeros(WINDOW_SAMPLES, np.float32), sparse=kind < sparse)
        wanted = 0 if kind > 1 - empty else rng.randint(1, 2) if window.sparse else 1000
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
        if rng.random() < (0.8 if not window.pieces else BACKGROUND if window.sparse else 0):
            _background(window, rng, generator)
        if rng.random() < (0.75 if window.sparse else 0.6):
            _noise(window, rng, generator)
        yield window


def alone(rows: list[Row], load):
    """Development as the product hears short recordings: no augmentation, equal loudness, one utterance a window."""
    for row in rows:
        samples = load(row)[: END - 3200]
        window = Window(np.zeros(WINDOW_SAMPLES, np.float32), sparse=True)
        window.samples[3200 : 3200 + len(samples)] = samples * 0.6 / (np.abs(samples).max() + 1e-6)
        window.pieces.append((3200, 3200 + len(samples), row))
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
