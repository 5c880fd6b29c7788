# SPDX-License-Identifier: Apache-2.0
"""Trains a head on stored features with CTC; resumable, seeded, with a page of its learning curve.

usage: python -m training.head --features DIR... --dev NAME=DIR... --out DIR --minutes 30 [--kind conv-bilstm] [--resume]
The learning rate follows the share of the time budget that was used. SIGINT and SIGTERM save and end; --resume goes on.
Writes OUT/head.safetensors (channel normalisation folded in), checkpoint.pt, log.jsonl, curve.html.
"""

import argparse
import copy
import json
import math
import os
import random
import signal
import time
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch.nn import functional as F

from . import heads, learning, scoring, text
from .stored import LONGEST, Batches, Store


def rate_at(peak: float, progress: float, step: int, warm: int) -> float:
    return peak * min(1.0, (step + 1) / warm) * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))


def loss_of(logits: torch.Tensor, batch, smoothing: float) -> torch.Tensor:
    """Negative log-likelihood a label; smoothing mixes in the distance from saying every class alike."""
    log_probs = F.log_softmax(logits.float(), -1)
    ctc = F.ctc_loss(log_probs.transpose(0, 1), batch.labels, batch.frames, batch.lengths, text.BLANK, reduction="sum")
    count = max(1, len(batch.labels))
    if smoothing == 0:
        return ctc / count
    inside = torch.arange(logits.shape[1])[None] < batch.frames[:, None]
    uniform = -(log_probs.mean(-1) * inside).sum()
    return ((1 - smoothing) * ctc + smoothing * uniform) / count


def evaluate(head, store: Store, mean, deviation) -> dict:
    """Greedy; spaces are left out of `cer`, and counted in `cer_spaced`."""
    head.eval()
    errors = spaced = length = length_spaced = exact = 0
    with torch.inference_mode():
        for item in store.items:
            x = (torch.from_numpy(item.features()) - mean) / deviation
            found = scoring.greedy(head(x[None])[0].argmax(-1).tolist())
            bare = [c for c in found if c != text.SPACE], [c for c in item.labels if c != text.SPACE]
            e = scoring.edits(*bare)
            errors, length, exact = errors + e, length + len(bare[1]), exact + (e == 0)
            spaced, length_spaced = spaced + scoring.edits(found, item.labels), length_spaced + len(item.labels)
    head.train()
    return {"cer": errors / max(1, length), "cer_spaced": spaced / max(1, length_spaced), "exact": exact / len(store.items),
            "items": len(store.items)}


class Run:
    """Everything that a checkpoint holds."""

    def __init__(self, args):
        self.args = args
        self.out: Path = args.out
        self.out.mkdir(parents=True, exist_ok=True)
        torch.set_num_threads(args.threads)
        self.store = Store(args.features)
        self.dev = {name: Store([Path(folder)]) for name, folder in (d.split("=", 1) for d in args.dev)}
        for name, store in self.dev.items():
            if learning.extractor(store.contract) != learning.extractor(self.store.contract):
                raise SystemExit(f"--dev {name}: expected features of the training set's encoder, found another's")
        self.mean, self.deviation = self.store.statistics(random.Random(args.seed))
        torch.manual_seed(args.seed)
        self.head = heads.make(args.kind, len(self.mean), args.dropout)
        self.optimizer = torch.optim.AdamW(self.head.parameters(), args.peak, betas=(0.9, 0.98), weight_decay=0.01)
        self.step, self.used, self.stop = 0, 0.0, False
        self.places = random.Random(args.seed)
        self.average = copy.deepcopy(self.head)  # of the weights of many steps: what is measured and kept
        self.log = self.out / "log.jsonl"
        if args.resume and (self.out / "checkpoint.pt").exists():
            self._load()
        else:
            self.log.write_text("")

    def _load(self) -> None:
        state = heads.load(self.out / "checkpoint.pt")
        if state["kind"] != self.args.kind:
            raise SystemExit(f"{self.out}: expected a checkpoint of {self.args.kind}, found one of {state['kind']}")
        self.head.load_state_dict(state["head"])
        self.average.load_state_dict(state.get("average", state["head"]))
        self.optimizer.load_state_dict(state["optimizer"])
        self.step, self.used, self.mean, self.deviation = state["step"], state["used"], state["mean"], state["deviation"]
        print(f"resumed at step {self.step}, {self.used / 60:.1f} minutes", flush=True)

    def save(self) -> None:
        state = {"kind": self.args.kind, "head": self.head.state_dict(), "average": self.average.state_dict(),
                 "optimizer": self.optimizer.state_dict(), "step": self.step, "used": self.used, "mean": self.mean, "deviation": self.deviation}
        torch.save(state, self.out / "checkpoint.partial")
        os.replace(self.out / "checkpoint.partial", self.out / "checkpoint.pt")
        save_file(heads.folded(self.average, self.mean, self.deviation), self.out / "head.safetensors", heads.metadata(self.args.kind))
        learning.write_page(self.out, self.args, self.store, self.log)

    def note(self, row: dict) -> None:
        with self.log.open("a", encoding="utf-8") as f:
            f.write(json.dumps(row) + "\n")

    def check(self) -> None:
        figures = {name: evaluate(self.average, store, self.mean, self.deviation) for name, store in self.dev.items()}
        self.note({"step": self.step, "seconds": round(self.used), "dev": figures})
        print(f"step {self.step} {self.used:.0f}s DEV " + " ".join(
            f"{name} {100 * f['cer']:.1f} ({100 * f['exact']:.0f} exact)" for name, f in figures.items()), flush=True)

    def heard(self, features: torch.Tensor) -> torch.Tensor:
        """A head that knows where in a window a frame is hears each batch somewhere else in it."""
        if self.args.kind != "transformer":
            return self.head(features)
        return self.head(features, heads.STRIDE * self.places.randint(0, (LONGEST - features.shape[1]) // heads.STRIDE))

    def one(self, batch, total: float) -> float:
        for group in self.optimizer.param_groups:
            group["lr"] = rate_at(self.args.peak, self.used / total, self.step, self.args.warm)
        loss = loss_of(self.heard(batch.features), batch, self.args.smoothing)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.head.parameters(), 1.0)
        if not torch.isfinite(loss) or not torch.isfinite(norm):
            raise SystemExit(f"step {self.step}: expected a finite loss, found {loss.item()} in the batch of " + "; ".join(batch.names))
        self.optimizer.step()
        self.step += 1
        with torch.no_grad():
            for mean, value in zip(self.average.parameters(), self.head.parameters()):
                mean.lerp_(value, 1 - min(self.args.average, self.step / (self.step + 10)))
        return loss.item()

    def train(self) -> None:
        args, total = self.args, self.args.minutes * 60
        for s in (signal.SIGINT, signal.SIGTERM):
            signal.signal(s, lambda *_: setattr(self, "stop", True))
        weights = {name: float(w) for name, w in (x.split("=", 1) for x in args.weight)}
        batches = iter(Batches(self.store, self.mean, self.deviation, weights, args.frames, args.noise, args.seed * 1000 + self.step, args.channels))
        clock, losses, usual, next_check = getattr(time, args.clock), [], 1.0, self.used + self.args.every
        while self.used < total and not self.stop:
            begun = clock()
            losses.append(self.one(next(batches), total))
            took = clock() - begun
            self.used += min(took, 5 * usual)  # a step in which the process was stopped counts as usual
            usual = 0.95 * usual + 0.05 * min(took, 5 * usual)
            if self.step % 50 == 0:
                self.note({"step": self.step, "seconds": round(self.used), "loss": sum(losses[-50:]) / 50})
            if self.used >= next_check:
                next_check = self.used + self.args.every
                self.check()
                self.save()
        if not self.stop:
            self.check()
        self.save()
        print(f"{self.out}/head.safetensors: {self.step} steps in {self.used / 60:.1f} minutes" + (", stopped" if self.stop else ""))


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--features", type=Path, nargs="+", required=True)
    parser.add_argument("--dev", nargs="*", default=[], metavar="NAME=DIR")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--kind", choices=("conv-bilstm", "transformer"), default="conv-bilstm")
    parser.add_argument("--minutes", type=float, required=True)
    parser.add_argument("--clock", choices=("monotonic", "process_time"), default="monotonic",
                        help="what minutes are: of the wall, or of the processor, which makes runs beside others comparable")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--every", type=float, default=300, help="seconds between development figures, each with a checkpoint")
    parser.add_argument("--peak", type=float, default=1.5e-3)
    parser.add_argument("--warm", type=int, default=200)
    parser.add_argument("--frames", type=int, default=4000, help="frames of a batch, padding included")
    parser.add_argument("--noise", type=float, default=0.15, help="deviation of what is added to normalised features")
    parser.add_argument("--channels", type=float, default=0.0, help="largest share of channels that are masked through an item")
    parser.add_argument("--dropout", type=float, default=0.15)
    parser.add_argument("--average", type=float, default=0.998, help="of the mean of weights over steps, what is kept at each; 0: the last")
    parser.add_argument("--smoothing", type=float, default=0.0)
    parser.add_argument("--weight", nargs="*", default=[], metavar="SOURCE=W", help="how often items of a source are drawn")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--resume", action="store_true")
    return parser.parse_args()


def main() -> None:
    run = Run(parse())
    hours = sum(i.frames for i in run.store.items) / 50 / 3600
    count = sum(p.numel() for p in run.head.parameters())
    print(f"{len(run.store.items)} items, {hours:.2f} h, {len(run.store.left_out)} left out as infeasible; {count / 1e6:.2f} M parameters",
          flush=True)
    run.train()


if __name__ == "__main__":
    main()
