# SPDX-License-Identifier: Apache-2.0
"""Writes the model card and the learning curve.

usage: python -m training.card --export build/demo-export --evaluation evaluation.json [--corpus build/corpus]
The evaluation is that of `seben eval --json`; with the corpus the card also has the error rate without test sentences
that resemble training sentences.
"""

import argparse
import json
from pathlib import Path

from . import curve, overlap, scoring
from .voice import SEEN_VOICES, UNSEEN_VOICES

NAMES = {
    "clean_seen": "clean, seen voices",
    "clean_unseen": "clean, unseen voices",
    "noisy": "noise at 5 to 15 dB, seen voices",
    "reverberant": "synthetic room, seen voices",
    "fast": "fast (140 to 170 words a minute), seen voices",
}

CARD = """# demo-nko

A small model that shows that Seben works from recording to N'Ko text. **It was trained on synthetic voices only
(espeak-ng) and is not for real speech.** Real recordings pass through it, but what it writes for them means nothing; no
transcribed Maninka recording was available to measure how little.

| | |
|---|---|
| encoder | Whisper's, width {d_model}, {layers} layers of {heads} heads, 128 mel bins, 1500 frames of a 30 s window |
| head | transformer, {head_layers} layers of width {head_width}, stride {stride}: 25 frames a second |
| classes | U+07C0 to U+07FF, space, blank (65); U+07FB and U+07FC masked |
| text | without tone marks (U+07EB to U+07F1); nasal mark U+07F2 and dots U+07F3 kept |
| weights | float16, {parameters:.2f} M |
| training | {steps} steps in {minutes:.0f} minutes on two processor cores, 45,000 synthetic utterances (22.9 h), augmented anew each time |
| licence | CC-BY-SA-4.0 (text sources: human-written N'Ko under CC-BY-SA-4.0, see training/README.md) |

## Error rates

Character error rate on sentences that neither training nor the choice of anything saw, one utterance in a zero-padded
30 s window, greedy, `seben eval` with the weights that are in this bundle; 95 % bootstrap interval over utterances.

| condition | utterances | CER | 95 % interval | exactly right |
|---|---|---|---|---|
{rows}

Seen voices: {seen}. Unseen: {unseen}. All are variants of one synthesizer with one phoneme table, so "unseen" is a mild
test. About half of what is left is word spaces, missing or too many.

The aim was below 5 % in seen voices ({seen_verdict}) and below 12 % in unseen voices ({unseen_verdict}), both clean.
{distant}

## Feasibility

CTC needs a frame for each label and one more between equal neighbours. Share of utterances that could not be written
whatever the model does: see the training log; at this stride (2) it is {infeasible2} of the training set, at stride 4 it
would have been {infeasible4}.

## Learning curve

![learning curve](learning-curve.svg)

The dips upward are real: whole windows with one short utterance and exact silence behind it were rare in the first mix,
and the mix was changed once, at 32 minutes (training/README.md).

## Made by

`training/` of the project: README there. Samples in `samples/` are synthetic; `samples/transcripts.tsv` has their texts.
`samples/manifest.tsv` is a small test set for `seben eval` and `seben verify`: the four short samples and 35 recordings of
test sentences without a near neighbour in all other text. It shows commands; the tables above are the measurement.
"""


DISTANT = """
### Without near neighbours

The text has paradigms, the same sentence with another pronoun or tense. Of the {all} test sentences, {near} equal a
training sentence but for one word or share a run of four words with one. Without those:

| condition | utterances | CER | 95 % interval |
|---|---|---|---|
{rows}
"""


def percent(value: float) -> str:
    return f"{100 * value:.2f} %"


def row(condition: dict, utterances: list[dict]) -> str:
    cer = condition["cer"]
    exact = [u["errors"] == 0 for u in utterances if u["condition"] == condition["name"]]
    return (
        f"| {NAMES[condition['name']]} | {cer['utterances']} | {percent(cer['rate'])} "
        f"| {percent(cer['low'])} to {percent(cer['high'])} | {100 * sum(exact) / len(exact):.0f} % |"
    )


def verdict(rate: float, aim: float) -> str:
    return f"{percent(rate)}: {'reached' if rate < aim else 'missed'}"


def distant_section(corpus: Path, names: list[str], utterances: list[dict]) -> str:
    test = overlap.sentences(corpus / "test_seen")
    kept = overlap.distant(overlap.sentences(corpus / "train"), test)
    rows = []
    for name in names:
        chosen = [u for u in utterances if u["condition"] == name and u["reference"] in kept]
        lengths = [len(u["reference"]) for u in chosen]
        rate, low, high = scoring.rate_with_interval([u["errors"] for u in chosen], lengths)
        rows.append(f"| {NAMES[name]} | {len(chosen)} | {percent(rate)} | {percent(low)} to {percent(high)} |")
    return DISTANT.format(all=len(test), near=sum(s not in kept for s in test), rows="\n".join(rows))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--export", type=Path, required=True)
    parser.add_argument("--evaluation", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, help="what training.corpus wrote")
    args = parser.parse_args()
    training = json.loads((args.export / "training.json").read_text())
    evaluation = json.loads(args.evaluation.read_text())
    conditions = [c for c in evaluation["conditions"] if c["name"] in NAMES]
    rows = "\n".join(row(c, evaluation["utterances"]) for c in conditions)
    rates = {c["name"]: c["cer"]["rate"] for c in conditions}
    distant = distant_section(args.corpus, [c["name"] for c in conditions], evaluation["utterances"]) if args.corpus else ""
    card = CARD.format(
        **training["shape"],
        parameters=training["parameters"] / 1e6,
        steps=training["steps"],
        minutes=training["minutes"],
        rows=rows,
        distant=distant,
        seen_verdict=verdict(rates["clean_seen"], 0.05),
        unseen_verdict=verdict(rates["clean_unseen"], 0.12),
        seen=", ".join(SEEN_VOICES),
        unseen=", ".join(UNSEEN_VOICES),
        infeasible2=percent(training["infeasible"]["2"]),
        infeasible4=percent(training["infeasible"]["4"]),
    )
    (args.export / "README.md").write_text(card)
    curve.write_svg(args.export / "learning-curve.svg", training["curve"])


if __name__ == "__main__":
    main()
