# SPDX-License-Identifier: Apache-2.0
"""Synthesizes sentences once and keeps them: int16 samples in one flat file, offsets and texts beside it.

usage: python -m training.corpus --text FILE --out DIR --train N [--workers 2] [--seed 1]
Two espeak calls on equal input differ slightly, so the audio itself is kept, not only the seed.
"""

import argparse
import json
import multiprocessing
import random
from pathlib import Path

import numpy as np

from . import text as text_module
from .phonemes import to_phonemes
from .voice import SEEN_VOICES, UNSEEN_VOICES, Delivery, Synthesizer

MAX_SECONDS = 12


class Corpus:
    """A synthesized set: samples(i) is float32 [n] at 16 kHz, written(i) the reference text."""

    def __init__(self, stem: Path):
        self._audio = np.load(stem.with_suffix(".npy"), mmap_mode="r")
        self.rows = json.loads(stem.with_suffix(".json").read_text())

    def __len__(self) -> int:
        return len(self.rows)

    def samples(self, i: int) -> np.ndarray:
        row = self.rows[i]
        return self._audio[row["start"] : row["end"]].astype(np.float32) / 32768

    def written(self, i: int) -> str:
        return self.rows[i]["text"]


def _synthesize(job) -> tuple[list[np.ndarray], list[dict]]:
    sentences, voices, rates, seed = job
    rng, synthesizer = random.Random(seed), Synthesizer()
    audio, rows = [], []
    for sentence in sentences:
        how = Delivery.draw(rng, voices, rates)
        samples = synthesizer.say(to_phonemes(sentence.spoken), how)
        if 1600 <= len(samples) <= MAX_SECONDS * 16000:
            audio.append(np.clip(samples * 32767, -32768, 32767).astype(np.int16))
            rows.append({"text": sentence.written, "spoken": sentence.spoken, "voice": how.voice, "rate": how.rate})
    return audio, rows


def build(stem: Path, sentences, voices, rates, seed: int, workers: int) -> None:
    chunk = max(1, len(sentences) // (workers * 8) + 1)
    jobs = [(sentences[i : i + chunk], voices, rates, seed + i) for i in range(0, len(sentences), chunk)]
    with multiprocessing.get_context("spawn").Pool(workers) as pool:
        parts = pool.map(_synthesize, jobs, chunksize=1)
    position, rows = 0, []
    for audio, described in parts:
        for samples, row in zip(audio, described):
            rows.append({**row, "start": position, "end": position + len(samples)})
            position += len(samples)
    stem.parent.mkdir(parents=True, exist_ok=True)
    np.save(stem.with_suffix(".npy"), np.concatenate([a for audio, _ in parts for a in audio]))
    stem.with_suffix(".json").write_text(json.dumps(rows))
    seconds = position / 16000
    for stride in (1, 2, 4):
        infeasible = np.mean([
            text_module.frames_needed(text_module.labels(r["text"])) > (r["end"] - r["start"]) / 320 / stride for r in rows
        ])
        print(f"{stem.name}: {len(rows)} utterances, {seconds / 3600:.2f} h, stride {stride}: {infeasible:.1%} infeasible")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--train", type=int, default=40000, help="training utterances to synthesize")
    parser.add_argument("--max-words", type=int, default=8)
    parser.add_argument("--keep-tones", action="store_true")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    args = parser.parse_args()
    parts = text_module.load(args.text, args.max_words, args.keep_tones)
    print({name: len(sentences) for name, sentences in parts.items()})
    rng = random.Random(args.seed)
    wanted = [s for _ in range(1 + args.train // len(parts["train"])) for s in rng.sample(parts["train"], len(parts["train"]))]
    test = rng.sample(parts["test"], min(300, len(parts["test"])))
    dev = rng.sample(parts["dev"], min(96, len(parts["dev"])))
    build(args.out / "dev", dev, SEEN_VOICES, (90, 140), args.seed + 10, args.workers)
    build(args.out / "dev_unseen", dev, UNSEEN_VOICES, (90, 140), args.seed + 20, args.workers)
    build(args.out / "test_seen", test, SEEN_VOICES, (90, 140), args.seed + 30, args.workers)
    build(args.out / "test_unseen", test, UNSEEN_VOICES, (90, 140), args.seed + 40, args.workers)
    build(args.out / "test_fast", test, SEEN_VOICES, (140, 170), args.seed + 50, args.workers)
    build(args.out / "train", wanted[: args.train], SEEN_VOICES, (90, 150), args.seed + 1000, args.workers)


if __name__ == "__main__":
    main()
