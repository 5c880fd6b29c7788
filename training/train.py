# SPDX-License-Identifier: Apache-2.0
"""Trains encoder and head jointly with CTC; resumable, pausable, logged.

usage: python -m training.train --corpus DIR --out DIR --minutes 65 [--threads 2] [--resume]
The learning rate and the mix of crops and whole windows follow the share of the time budget that was used, and a
step that took unusually long (the process was stopped) counts only its usual time.
"""

import argparse
import json
import math
import os
import time
from dataclasses import asdict
from pathlib import Path

import torch
from torch.nn import functional as F
from torch.utils.data import DataLoader, IterableDataset

from . import evaluate, text
from .batches import BatchMaker
from .corpus import Corpus
from .model import Recogniser, Shape


class Stream(IterableDataset):
    """Endless batches made in a worker; `progress` (0..1, shared memory) decides between crops and windows."""

    def __init__(self, corpus: Path, n_mels: int, seed: int, progress: torch.Tensor, crop_seconds: float, windows: int):
        self._arguments = (corpus, n_mels, seed)
        self._progress, self._crop_seconds, self._windows = progress, crop_seconds, windows

    def __iter__(self):
        torch.set_num_threads(1)
        corpus, n_mels, seed = self._arguments
        info = torch.utils.data.get_worker_info()
        maker = BatchMaker(Corpus(corpus), n_mels, seed + (info.id if info else 0))
        count = 0
        while True:
            count += 1
            if self._crop_every(count):
                yield maker.crops(self._crop_seconds)
            else:
                yield maker.windows(self._windows)

    def _crop_every(self, count: int) -> bool:
        done = float(self._progress)
        return done < 0.35 or (count % 2 == 0 if done < 0.75 else count % 4 == 0)


def learning_rate(peak: float, progress: float, step: int, warm: int) -> float:
    if step < warm:
        return peak * (step + 1) / warm
    return peak * (0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def ctc_loss(logits: torch.Tensor, batch) -> torch.Tensor:
    """Mean negative log-likelihood a label."""
    log_probs = F.log_softmax(logits.float(), -1).transpose(0, 1)
    frames = torch.full((logits.shape[0],), logits.shape[1], dtype=torch.long)
    total = F.ctc_loss(log_probs, batch.labels, frames, batch.lengths, text.BLANK, reduction="sum", zero_infinity=True)
    return total / max(1, len(batch.labels))


def save(path: Path, **state) -> None:
    torch.save(state, path.with_suffix(".partial"))
    os.replace(path.with_suffix(".partial"), path)


def parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=65)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--peak", type=float, default=1.5e-3)
    parser.add_argument("--warm", type=int, default=300)
    parser.add_argument("--crop-seconds", type=float, default=70)
    parser.add_argument("--windows", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


def main() -> None:
    args = parse_arguments()
    args.out.mkdir(parents=True, exist_ok=True)
    torch.set_num_threads(args.threads)
    torch.manual_seed(args.seed)
    shape = Shape()
    model = Recogniser(shape)
    trainable = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(trainable, lr=args.peak, betas=(0.9, 0.98), weight_decay=0.01)
    step, used = 0, 0.0
    checkpoint = args.out / "checkpoint.pt"
    if args.resume and checkpoint.exists():
        state = torch.load(checkpoint)
        model.load_state_dict(state["model"])
        optimizer.load_state_dict(state["optimizer"])
        step, used = state["step"], state["used"]
    progress = torch.tensor(used / (args.minutes * 60)).share_memory_()
    stream = Stream(args.corpus / "train", shape.n_mels, args.seed * 1000 + step, progress, args.crop_seconds, args.windows)
    batches = iter(DataLoader(stream, batch_size=None, num_workers=1, prefetch_factor=3))
    dev = {name: Corpus(args.corpus / name) for name in ("dev", "dev_unseen")}
    log = (args.out / "log.jsonl").open("a")
    print(f"{sum(p.numel() for p in model.parameters()) / 1e6:.2f} M parameters, {json.dumps(asdict(shape))}", flush=True)

    losses, usual, next_check = [], 1.0, used + 240
    while used < args.minutes * 60:
        begun = time.monotonic()
        rate = learning_rate(args.peak, float(progress), step, args.warm)
        for group in optimizer.param_groups:
            group["lr"] = rate
        batch = next(batches)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits = model(batch.mel, batch.start)
        loss = ctc_loss(logits, batch)
        optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(trainable, 1.0)
        if torch.isfinite(norm):
            optimizer.step()
            losses.append(loss.item())
        step += 1
        took = time.monotonic() - begun
        used += min(took, 5 * usual)
        usual = 0.98 * usual + 0.02 * min(took, 5 * usual)
        progress.fill_(used / (args.minutes * 60))
        if step % 50 == 0:
            row = {"step": step, "seconds": round(used), "loss": sum(losses[-50:]) / len(losses[-50:]), "rate": rate}
            log.write(json.dumps(row) + "\n")
            log.flush()
            print(f"step {step} {used:.0f}s loss/label {row['loss']:.3f} {usual:.3f} s/step", flush=True)
        if used >= next_check or used >= args.minutes * 60:
            next_check = used + 240
            figures = {name: evaluate.error_rate(model, corpus, bf16=True) for name, corpus in dev.items()}
            row = {"step": step, "seconds": round(used)} | {f"cer_{name}": f[0] for name, f in figures.items()}
            log.write(json.dumps(row) + "\n")
            log.flush()
            print("DEV", row, figures["dev"][3][0], flush=True)
            save(checkpoint, model=model.state_dict(), optimizer=optimizer.state_dict(), step=step, used=used, shape=asdict(shape))


if __name__ == "__main__":
    main()
