# SPDX-License-Identifier: Apache-2.0
"""Writes what correction does into a bundle's card, and the card's new size and digest into bundle.json.

usage: python -m training.card_correction --bundle DIR --evaluation FILE --text FILE --exclude FILE
FILE of --evaluation: what `seben eval --json` printed; --text less --exclude: what the language model was trained on.
"""

import argparse
import json
from pathlib import Path

from . import card_file, overlap, text
from .card import NAMES

BEGIN, END = "## Correction\n", "## Feasibility\n"
INTRO = """
`ranker.json` and `language-model.arpa` correct what the head reads, from the same log-probabilities: at most four
single-symbol edits a text, chosen by a frozen logistic model (docs/correction.md). `seben transcribe` does so in the
balanced mode unless told otherwise (`--correct off`). The ranker was fitted on synthetic utterances of 4,500 sentences
that neither training nor test saw; the language model counts characters of the training text without those and without
the test sentences. The tables above are without correction; with it, all {count} utterances of them
together, arithmetic {precision}:

| mode | CER | 95 % interval | WER | better | same | worse |
|---|---|---|---|---|---|---|
{modes}

and in the balanced mode:

| condition | CER off | CER balanced | 95 % interval | WER off | WER balanced |
|---|---|---|---|---|---|
{conditions}

With correction the aims (below 5 % in seen voices, below 12 % in unseen ones, clean) read {seen} and {unseen}. The
language model has near neighbours of the test sentences in its text; of the {all} sentences {far} have none (none equal
but for one word, no shared run of four words). On these alone: clean, seen voices {far_seen_off} off, {far_seen} balanced;
clean, unseen voices {far_unseen_off} off, {far_unseen} balanced.

"""


def percent(rate: float) -> str:
    return f"{100 * rate:.2f} %"


def interval(rate: dict) -> str:
    return f"{percent(rate['low'])} to {percent(rate['high'])}"


def distance(a: str, b: str) -> int:
    row = list(range(len(b) + 1))
    for i, c in enumerate(a, 1):
        diagonal, row[0] = row[0], i
        for j, d in enumerate(b, 1):
            diagonal, row[j] = row[j], min(diagonal + (c != d), row[j] + 1, row[j - 1] + 1)
    return row[-1]


def rate_of(pairs) -> float:
    pairs = list(pairs)
    return sum(distance(r, h) for r, h in pairs) / sum(len(r) for r, _ in pairs)


def language_model_text(path: Path, exclude: Path) -> list[str]:
    excluded = set(exclude.read_text(encoding="utf-8").splitlines())
    lines = (text.strip_tones(text.normalise(line)) for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and line not in excluded]


def section(evaluation: dict, training_text: list[str]) -> str:
    cells = {(m["name"], m["mode"]): m for m in evaluation["modes"]}
    utterances = evaluation["utterances"]
    modes = "\n".join(
        f"| {mode} | {percent(m['cer']['rate'])} | {interval(m['cer'])} | {percent(m['wer']['rate'])} "
        f"| {m['better']} | {m['same']} | {m['worse']} |"
        for (name, mode), m in cells.items()
        if name == "all"
    )
    conditions = "\n".join(
        f"| {NAMES[name]} | {percent(cells[name, 'off']['cer']['rate'])} | {percent(m['cer']['rate'])} "
        f"| {interval(m['cer'])} | {percent(cells[name, 'off']['wer']['rate'])} | {percent(m['wer']['rate'])} |"
        for (name, mode), m in cells.items()
        if mode == "balanced" and name in NAMES
    )
    references = sorted({u["reference"] for u in utterances})
    far = overlap.distant(training_text, references)

    def far_rate(condition: str, balanced: bool) -> str:
        chosen = [u for u in utterances if u["condition"] == condition and u["reference"] in far]
        return percent(rate_of((u["reference"], u["corrected"]["balanced"] if balanced else u["hypothesis"]) for u in chosen))

    return BEGIN + INTRO.format(
        count=len(utterances), precision=evaluation["precision"], modes=modes, conditions=conditions, all=len(references), far=len(far),
        seen=percent(cells["clean_seen", "balanced"]["cer"]["rate"]),
        unseen=percent(cells["clean_unseen", "balanced"]["cer"]["rate"]),
        far_seen_off=far_rate("clean_seen", False), far_seen=far_rate("clean_seen", True),
        far_unseen_off=far_rate("clean_unseen", False), far_unseen=far_rate("clean_unseen", True),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--exclude", type=Path, required=True)
    args = parser.parse_args()
    evaluation = json.loads(args.evaluation.read_text(encoding="utf-8"))
    old = (args.bundle / "README.md").read_text(encoding="utf-8")
    rest = old[old.index(END):]
    before = old[: old.index(BEGIN)] if BEGIN in old else old[: old.index(END)]
    card_file.put(args.bundle, before + section(evaluation, language_model_text(args.text, args.exclude)) + rest)


if __name__ == "__main__":
    main()
