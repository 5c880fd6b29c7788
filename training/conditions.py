# SPDX-License-Identifier: Apache-2.0
"""The test conditions, each a recording function of utterance number i, so that every run hears the same audio."""

import numpy as np

from . import augment
from .corpus import Corpus

NAMES = ("clean_seen", "clean_unseen", "noisy", "reverberant", "fast")


def _noisy(samples: np.ndarray, i: int) -> np.ndarray:
    generator = np.random.default_rng(1000 + i)
    return np.clip(augment.add_noise(samples, generator.uniform(5, 15), generator), -1, 1)


def _reverberant(samples: np.ndarray, i: int) -> np.ndarray:
    samples = augment.reverberate(samples, np.random.default_rng(2000 + i))
    return samples * (0.7 / (np.abs(samples).max() + 1e-6))


def _plain(samples: np.ndarray, _i: int) -> np.ndarray:
    return samples


SETS = {  # condition -> (set of the corpus, what is done to it)
    "clean_seen": ("test_seen", _plain),
    "clean_unseen": ("test_unseen", _plain),
    "noisy": ("test_seen", _noisy),
    "reverberant": ("test_seen", _reverberant),
    "fast": ("test_fast", _plain),
}


def recordings(corpus_folder, condition: str) -> list[tuple[np.ndarray, str, dict]]:
    """(samples rounded to 16 bits as the wav files have them, reference text, {voice, rate}) for every utterance."""
    stem, transform = SETS[condition]
    corpus = Corpus(corpus_folder / stem)
    out = []
    for i in range(len(corpus)):
        padded = np.pad(transform(corpus.samples(i), i), (3200, 3200))
        rounded = np.round(np.clip(padded, -1, 32767 / 32768) * 32768) / 32768
        out.append((rounded.astype(np.float32), corpus.written(i), corpus.rows[i]))
    return out
