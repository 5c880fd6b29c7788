# SPDX-License-Identifier: Apache-2.0
"""Error rates in the product's own condition: one utterance in a zero-padded 30 s window, no mask, greedy decoding."""

import numpy as np
import torch

from . import scoring, text
from .corpus import Corpus
from .mel import WINDOW_SAMPLES, LogMel


@torch.no_grad()
def decode(model, samples: list[np.ndarray], batch: int = 8, bf16: bool = False) -> list[str]:
    """Each recording (at most 30 s) becomes one window; returns texts."""
    was_training = model.training
    model.eval()
    mel, out = LogMel(model.shape.n_mels), []
    for i in range(0, len(samples), batch):
        padded = np.stack([np.pad(s, (0, WINDOW_SAMPLES - len(s))) for s in samples[i : i + batch]])
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            best = model(mel(torch.from_numpy(padded))).argmax(-1)
        out += [text.to_text(scoring.greedy(row.tolist())) for row in best]
    model.train(was_training)
    return out


def error_rate(model, corpus: Corpus, transform=None, bf16: bool = False):
    """(CER, low, high, [(reference, hypothesis)]); `transform` changes the samples of utterance i: noise, a room."""
    samples = [corpus.samples(i) for i in range(len(corpus))]
    if transform is not None:
        samples = [transform(s, i) for i, s in enumerate(samples)]
    hypotheses = decode(model, samples, bf16=bf16)
    references = [corpus.written(i) for i in range(len(corpus))]
    errors = [scoring.edits(h, r) for h, r in zip(hypotheses, references)]
    rate, low, high = scoring.rate_with_interval(errors, [len(r) for r in references])
    return rate, low, high, list(zip(references, hypotheses))
