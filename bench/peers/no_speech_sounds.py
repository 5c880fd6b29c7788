# SPDX-License-Identifier: Apache-2.0
"""Sounds in which nobody speaks: silence, noises, hum, surroundings, music, breaths. Seeded; recording I of a kind is always
the same, so that ten minutes are a part of the hour.

  python3 bench/peers/no_speech_sounds.py FOLDER --minutes 60
"""

import argparse
import wave
from pathlib import Path

import numpy as np

RATE = 16000
Random = np.random.Generator


def at_level(signal: np.ndarray, db: float) -> np.ndarray:
    """With that root of the mean squares, in dB of full scale."""
    return signal * (10 ** (db / 20) / max(float(np.sqrt(np.mean(signal**2))), 1e-12))


def shaped(count: int, random: Random, gain) -> np.ndarray:
    """Noise whose amplitude at each frequency in Hz is gain's."""
    spectrum = np.fft.rfft(random.normal(0, 1, count))
    return np.fft.irfft(spectrum * gain(np.maximum(np.fft.rfftfreq(count, 1 / RATE), 20.0)), count)


def band(low: float, high: float):
    return lambda f: 1 / np.sqrt(1 + (low / f) ** 4) / np.sqrt(1 + (f / high) ** 4)


def slow(count: int, random: Random, seconds: float) -> np.ndarray:
    """A curve between 0 and 1 that turns about every so many seconds."""
    points = random.uniform(0, 1, int(count / RATE / seconds) + 3)
    return np.interp(np.arange(count) / RATE / seconds, np.arange(len(points)), points)


def place(out: np.ndarray, sound: np.ndarray, start: int) -> None:
    end = min(len(out), start + len(sound))
    if start < end:
        out[start:end] += sound[:end - start]


def silence(count: int, random: Random, index: int) -> np.ndarray:
    """Nothing at all, the last bit's noise, a quiet microphone."""
    if index % 3 == 0:
        return np.zeros(count)
    return at_level(random.normal(0, 1, count), -93.0 if index % 3 == 1 else random.uniform(-78, -62))


def white(count: int, random: Random, index: int) -> np.ndarray:
    return at_level(random.normal(0, 1, count), random.uniform(-55, -20))


def pink(count: int, random: Random, index: int) -> np.ndarray:
    return at_level(shaped(count, random, lambda f: 1 / np.sqrt(f)), random.uniform(-55, -20))


def hum(count: int, random: Random, index: int) -> np.ndarray:
    """Mains, with harmonics that drift, and a little noise."""
    t = np.arange(count) / RATE
    root = (50, 60)[index % 2] * (1 + 0.001 * np.sin(2 * np.pi * 0.1 * t))
    phase = 2 * np.pi * np.cumsum(root) / RATE
    tones = sum(random.uniform(0.1, 1) / k * np.sin(k * phase + random.uniform(0, 6)) * (0.7 + 0.3 * slow(count, random, 2))
                for k in range(1, 13))
    return at_level(tones, random.uniform(-50, -22)) + at_level(random.normal(0, 1, count), -65)


def wind(count: int, random: Random) -> np.ndarray:
    return shaped(count, random, lambda f: 1 / f) * slow(count, random, 1.5) ** 2


def rain(count: int, random: Random) -> np.ndarray:
    drops = np.where(random.uniform(0, 1, count) < 0.02, random.normal(0, 1, count), 0)
    kernel = np.exp(-np.arange(80) / 12) * np.sin(np.arange(80) * random.uniform(0.8, 2))
    return np.convolve(drops, kernel, "same") + 0.2 * shaped(count, random, band(1000, 6000))


def street(count: int, random: Random) -> np.ndarray:
    """Cars go by."""
    out = 0.1 * shaped(count, random, band(60, 500))
    for start in np.cumsum(random.uniform(3, 9, 30)) * RATE:
        size = int(random.uniform(3, 6) * RATE)
        car = shaped(size, random, band(80, random.uniform(400, 1500))) * np.hanning(size)
        place(out, car * random.uniform(0.5, 2), int(start))
    return out


def machine(count: int, random: Random) -> np.ndarray:
    beat = 0.6 + 0.4 * np.sin(2 * np.pi * random.uniform(4, 20) * np.arange(count) / RATE)
    return shaped(count, random, band(100, 2000)) * beat + 0.2 * hum(count, random, 0)


def room(count: int, random: Random) -> np.ndarray:
    """Keys, knocks and steps in a quiet room."""
    out = 0.02 * shaped(count, random, lambda f: 1 / np.sqrt(f))
    for start in np.cumsum(random.exponential(0.5, 200)) * RATE:
        size = int(random.uniform(0.01, 0.15) * RATE)
        knock = shaped(size, random, band(random.uniform(100, 1500), random.uniform(2000, 6000)))
        place(out, knock * np.exp(-np.arange(size) / size * 6) * random.uniform(0.3, 3), int(start))
    return out


def surroundings(count: int, random: Random, index: int) -> np.ndarray:
    make = (wind, rain, street, machine, room)[index % 5]
    return at_level(make(count, random), random.uniform(-45, -25))


def note(frequency: float, seconds: float, random: Random, brightness: float) -> np.ndarray:
    t = np.arange(int(seconds * RATE)) / RATE
    vibrato = 0.004 * np.sin(2 * np.pi * random.uniform(4, 6) * t)
    phase = 2 * np.pi * np.cumsum(frequency * (1 + vibrato)) / RATE
    tone = sum(brightness**k / k * np.sin(k * phase) for k in range(1, 9) if k * frequency < RATE / 2)
    attack = np.minimum(1, t / random.uniform(0.005, 0.08))
    return tone * attack * np.exp(-t * random.uniform(0.5, 4)) * np.minimum(1, (seconds - t) / 0.02)


def music(count: int, random: Random, index: int) -> np.ndarray:
    """Chords, a melody and, every other time, drums."""
    out = np.zeros(count)
    beat = 60 / random.uniform(60, 140)
    key, brightness = random.integers(40, 52), random.uniform(0.3, 0.9)
    scale = np.array([0, 2, 4, 5, 7, 9, 11]) if random.uniform() < 0.5 else np.array([0, 2, 3, 5, 7, 8, 10])
    pitch = lambda step: 440 * 2 ** ((key + 12 * (step // 7) + scale[step % 7] - 69) / 12)
    step = 7
    for i in range(int(count / RATE / beat) + 1):
        start = int(i * beat * RATE)
        if i % 4 == 0:
            root = int(random.choice([0, 3, 4, 5]))
            for third in (0, 2, 4):
                place(out, 0.5 * note(pitch(root + third), 4 * beat, random, brightness), start)
        step = int(np.clip(step + random.integers(-2, 3), 3, 17))
        if random.uniform() < 0.8:
            place(out, note(pitch(step + 7), beat * random.choice([0.5, 1, 2]), random, brightness), start)
        if index % 2:
            size = int(0.12 * RATE)
            low = band(40, 120) if i % 2 == 0 else band(800, 6000)
            place(out, 2 * shaped(size, random, low) * np.exp(-np.arange(size) / size * 5), start)
    return at_level(out, random.uniform(-35, -15))


def breaths(count: int, random: Random, index: int) -> np.ndarray:
    """In and out through a throat's resonances, over a quiet room."""
    out = at_level(shaped(count, random, lambda f: 1 / np.sqrt(f)), random.uniform(-75, -58))
    level, at = random.uniform(-50, -28), 0.5
    throat = [(random.uniform(400, 900), 0.3), (random.uniform(1200, 2200), 1.0), (random.uniform(2800, 4200), 0.6)]
    while at < count / RATE:
        for bright in (1.0, 0.6):
            size = int(random.uniform(0.4, 1.4) * RATE)
            gain = lambda f, b=bright: sum(a * np.exp(-((f - c * b) / 350) ** 2) for c, a in throat) + 0.05
            place(out, at_level(shaped(size, random, gain) * np.hanning(size), level), int(at * RATE))
            at += size / RATE + random.uniform(0.1, 0.6)
        at += random.uniform(0.5, 2.5)
    return out


KINDS = {f.__name__: f for f in (silence, white, pink, hum, surroundings, music, breaths)}


def recording(kind: str, index: int) -> np.ndarray:
    """Of 45 to 75 seconds."""
    random = np.random.default_rng([list(KINDS).index(kind), index])
    return KINDS[kind](int(random.uniform(45, 75) * RATE), random, index)


def make(folder: Path, minutes: float) -> list[tuple[str, Path, float]]:
    """Kind, file and seconds of each; every kind has its share of the minutes, to the next recording's end."""
    folder.mkdir(parents=True, exist_ok=True)
    out = []
    for kind in KINDS:
        left, index = minutes * 60 / len(KINDS), 0
        while left > 0:
            samples = recording(kind, index)
            path = folder / f"{kind}-{index:02}.wav"
            with wave.open(str(path), "wb") as file:
                file.setparams((1, 2, RATE, 0, "NONE", ""))
                file.writeframes(np.clip(np.round(samples * 32767), -32768, 32767).astype("<i2").tobytes())
            out.append((kind, path, len(samples) / RATE))
            left -= out[-1][2]
            index += 1
    return out


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--minutes", type=float, default=60)
    args = parser.parse_args()
    made = make(args.folder, args.minutes)
    print(f"{len(made)} recordings, {sum(m[2] for m in made) / 60:.1f} minutes")


if __name__ == "__main__":
    main()
