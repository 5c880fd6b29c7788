# SPDX-License-Identifier: Apache-2.0
"""Sounds in which nobody speaks, for windows whose right text is none: breath, coughs, clicks, tones, hum, wind, rain, steps.

Noise of one colour alone does not teach a head silence: breath has the resonances of a mouth, and music has harmonics and
rhythm. Every sound is made anew from the generator that is passed in.
"""

import numpy as np
from scipy.signal import butter, lfilter, sosfilt

from . import augment
from .manifest import RATE


def _resonances(noise: np.ndarray, peaks, width: float) -> np.ndarray:
    """A sum of two-pole resonators, as a mouth open in one shape has them."""
    out = np.zeros(len(noise))
    for hertz in peaks:
        radius = np.exp(-np.pi * width / RATE)
        out += lfilter([1 - radius], [1, -2 * radius * np.cos(2 * np.pi * hertz / RATE), radius**2], noise)
    return out


def _swell(n: int, attack: float) -> np.ndarray:
    """0 to 1 in the first `attack` of n samples, and back."""
    rise = max(1, int(n * attack))
    return np.concatenate([np.linspace(0, 1, rise), np.linspace(1, 0, max(1, n - rise))])[:n] ** 1.5


def _mouth(generator) -> list[float]:
    return [generator.uniform(300, 1000), generator.uniform(1000, 2300), generator.uniform(2300, 4200)][: generator.integers(1, 4)]


def _place(out: np.ndarray, piece: np.ndarray, at: int) -> None:
    at = max(0, min(at, len(out) - 1))
    piece = piece[: len(out) - at]
    out[at : at + len(piece)] += piece


def breath(n: int, generator) -> np.ndarray:
    out, at, pause = np.zeros(n), int(generator.uniform(0, 2) * RATE), generator.uniform(0.2, 3)
    while at < n:
        mouth, width = _mouth(generator), generator.uniform(150, 900)
        for loud in (1.0, generator.uniform(0.2, 1.5)):  # in, out
            length = int(generator.uniform(0.25, 1.8) * RATE)
            noise = augment.colored_noise(length, generator)
            piece = noise * generator.uniform(0, 0.5) + 3 * _resonances(noise, [p * generator.uniform(0.8, 1.2) for p in mouth], width)
            _place(out, loud * piece * _swell(length, generator.uniform(0.2, 0.7)), at)
            at += length + int(generator.uniform(0.02, 0.5) * RATE)
        at += int(pause * generator.uniform(0.5, 1.5) * RATE)
    return out


def bursts(n: int, generator) -> np.ndarray:
    """Coughs, sneezes, throats cleared, lips smacked."""
    out, at = np.zeros(n), int(generator.uniform(0, 4) * RATE)
    while at < n:
        for _ in range(generator.integers(1, 4)):
            length = int(generator.uniform(0.04, 0.45) * RATE)
            noise = augment.colored_noise(length, generator)
            _place(out, (noise * 0.5 + 3 * _resonances(noise, _mouth(generator), generator.uniform(100, 500)))
                   * np.exp(-np.linspace(0, generator.uniform(2, 7), length)), at)
            at += length + int(generator.uniform(0.03, 0.4) * RATE)
        at += int(generator.uniform(0.5, 8) * RATE)
    return out


def clicks(n: int, generator) -> np.ndarray:
    """Keys, switches, steps, knocks: damped and short, from low to high."""
    out, at = np.zeros(n), int(generator.uniform(0, 1) * RATE)
    every, hertz, decay = generator.uniform(0.08, 1.5), generator.uniform(60, 4000), generator.uniform(0.002, 0.08)
    t = np.arange(int(6 * decay * RATE) + 1) / RATE
    while at < n:
        ring = np.sin(2 * np.pi * hertz * generator.uniform(0.9, 1.1) * t + generator.uniform(0, 6))
        _place(out, generator.uniform(0.2, 1) * (ring + 0.5 * generator.standard_normal(len(t))) * np.exp(-t / decay), at)
        at += int(every * generator.choice((0.5, 1, 1, 2)) * generator.uniform(0.9, 1.15) * RATE) + 1
    return out


def tones(n: int, generator) -> np.ndarray:
    """Notes of a scale with harmonics, one or three at a time, on a beat."""
    out, at = np.zeros(n), 0
    beat, root, fall = generator.uniform(0.12, 0.9), generator.uniform(60, 500), generator.uniform(0.6, 4)
    scale, parts = generator.choice(24, generator.integers(5, 12)), generator.integers(1, 9)
    vibrato, together = generator.uniform(0, 0.012), generator.choice((1, 1, 2, 3))
    while at < n:
        length = int(beat * generator.choice((1, 1, 2, 4)) * RATE)
        t = np.arange(length) / RATE
        for _ in range(together):
            hertz = root * 2 ** (generator.choice(scale) / 12)
            phase = 2 * np.pi * hertz * t + vibrato * hertz * np.sin(2 * np.pi * 5.5 * t)
            note = sum(np.sin(k * phase) / k ** generator.uniform(0.6, 1.8) for k in range(1, parts + 1) if k * hertz < RATE / 2)
            _place(out, note * np.minimum(1, t / 0.01) * np.exp(-t * fall), at)
        if generator.random() < 0.4:
            _place(out, 2 * generator.standard_normal(1600) * np.exp(-np.linspace(0, 8, 1600)), at)
        at += length
    return out


def hum(n: int, generator) -> np.ndarray:
    t, hertz = np.arange(n) / RATE, generator.choice((50, 60, 100, 120, 400)) * generator.uniform(0.98, 1.02)
    return sum(generator.uniform(0, 1) / k * np.sin(2 * np.pi * k * hertz * t + generator.uniform(0, 6)) for k in range(1, 12))


def weather(n: int, generator) -> np.ndarray:
    """Wind that comes and goes, or drops: noise in a band, under a slow random envelope."""
    low = generator.uniform(40, 2000)
    noise = sosfilt(butter(2, [low, min(7800, low * generator.uniform(2, 12))], "bandpass", fs=RATE, output="sos"),
                    generator.standard_normal(n))
    points = np.abs(generator.standard_normal(max(3, int(n / RATE * generator.uniform(0.3, 6)))))
    return noise * (generator.uniform(0, 0.6) + np.interp(np.linspace(0, 1, n), np.linspace(0, 1, len(points)), points))


SOUNDS = (breath, breath, breath, bursts, clicks, tones, tones, hum, weather)  # breath is what is taken for words most


def sound(n: int, generator: np.random.Generator) -> np.ndarray:
    """One of them or two, its largest sample 1."""
    out = np.zeros(n)
    for _ in range(1 + (generator.random() < 0.3)):
        one = SOUNDS[generator.integers(len(SOUNDS))](n, generator)
        out += generator.uniform(0.3, 1) * one / (np.abs(one).max() + 1e-9)
    return (out / (np.abs(out).max() + 1e-9)).astype(np.float32)
