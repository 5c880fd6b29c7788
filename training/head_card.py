# SPDX-License-Identifier: Apache-2.0
"""The card of a bundle with a head on a frozen encoder: what it was made of, whose work that is, how well it does.

usage: python -m training.head_card --name NAME --encoder BUNDLE --layers N --features DIR --log log.jsonl --material MANIFEST...
           --measured "WHAT=FILE"... --install BUNDLE
FILE is what `training.measure --json` wrote; every condition and mode of it becomes a row. The card is written into the
bundle as README.md, and its size and digest into bundle.json.
"""

import argparse
import collections
import json
from pathlib import Path

from . import card_file, manifest

WORKS = {  # source, up to a slash -> whose work it is
    "yoruba_speech_project": "Yoruba read speech, github.com/ogunlao/yoruba_speech_project, one speaker, letters mapped on N'Ko",
    "piper": "Piper voice en_US-joe-medium (voice data CC0), phonemes from N'Ko text",
    "kokoro": "Kokoro-82M by hexgrad (Apache-2.0), ONNX by thewh1teagle (MIT), phonemes from N'Ko text",
    "espeak": "espeak-ng's Shan phonemes, eleven variants, from N'Ko text",
}
TEXTS = {
    "nko": "nicolingua-0005, OLDI/NLLB seed and FLORES, nqo.wikipedia.org (CC-BY-SA-4.0)",
    "spoken": "jeli-asr's transcripts of griots, RobotsMali (CC-BY-4.0)",
    "written": "Bayelemabaga, RobotsMali (CC-BY-SA-4.0)",
}

CARD = """# {name}

Speech to N'Ko on the first {layers} layers of OpenAI's Whisper base, frozen (MIT, © OpenAI), with a head that was trained here.
It hears **isolated words and short sentences of Manding languages as far as the tables below say, and no further**: of
people it heard only {people} in training; the other voices are synthetic.

| | |
|---|---|
| encoder | Whisper base, layers 1 to {layers} of {of} and the final norm, weights {codec} |
| head | {kind}, stride 2: 25 frames a second; channel normalisation folded into its first layer |
| text | without tone marks; U+07C0 to U+07FF, space, blank |
| training | {steps} steps in {minutes:.0f} minutes of two shared processor cores; seed {seed} |
| licence | {licence}; parts below |

## Error rates

Character error rate, spaces left out, against the nearest accepted spelling; 95 % bootstrap interval over recordings.
"off" is the head's own text, greedy; the others are corrected. Nothing was chosen on the real recordings.

| set | mode | recordings | CER | 95 % interval | exactly right |
|---|---|---|---|---|---|
{rows}

## Made of

| source | licence | hours | what |
|---|---|---|---|
{material}

Texts that the voices said: {texts}.

On development sets during training (greedy, many utterances a window): {dev}.
Alone in a window of 30 s, as the product hears a short recording, the same voices cost more (first table): in training
only a tenth of the windows were nearly silent. Whoever trains the next head should try more of them first.

## Limits

No native speaker has reviewed the labels: Bambara was turned into N'Ko by rule, without tones, and Yoruba has sounds of its own
([kp], written as p; no vowel length). Telephone sound and noise were simulated. Long, fast, spontaneous speech was not measured.
N'Ko as people write it lets two consonants share a vowel that is written once; the head learnt that from N'Ko texts, while the
references of the Bambara words write every vowel, so that some of what is counted as an error is spelling.

## Notices

Whisper: Copyright (c) 2022 OpenAI, MIT: permission is granted, free of charge, to any person obtaining a copy of this
software and associated documentation files, to deal in the software without restriction, including the rights to use, copy,
modify, merge, publish, distribute, sublicense and sell copies, provided that this copyright notice and this permission
notice are included in all copies or substantial portions. The software is provided "as is", without warranty of any kind.
"""


def percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def measured_rows(entries: list[str]) -> str:
    rows = []
    for entry in entries:
        what, path = entry.split("=", 1)
        for condition, modes in json.loads(Path(path).read_text(encoding="utf-8"))["conditions"].items():
            name = what + (f", {condition}" if condition not in what else "")
            rows += [f"| {name} | {mode} | {f['clips']} | {percent(f['cer'])} | {percent(f['low'])} to {percent(f['high'])} "
                     f"| {f['exact']} |" for mode, f in modes.items() if mode in ("off", "balanced")]
    return "\n".join(rows)


def material_rows(paths: list[Path]) -> tuple[str, list[str]]:
    hours, kinds = collections.Counter(), collections.Counter()
    for path in paths:
        for row in manifest.read(path):
            if row.split == "train":
                source, _, kind = row.source.partition("/")
                hours[source, row.licence] += row.seconds / 3600
                kinds[kind] += 1
    rows = [f"| {source} | {licence} | {h:.2f} | {WORKS.get(source, 'see its own page')} |" for (source, licence), h in sorted(hours.items())]
    return "\n".join(rows), [TEXTS[kind] for kind in kinds if kind in TEXTS]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--layers", type=int, required=True)
    parser.add_argument("--codec", default="w8:g32")
    parser.add_argument("--kind", default="conv-bilstm")
    parser.add_argument("--people", default="one Yoruba speaker")
    parser.add_argument("--licence", default="CC-BY-SA-4.0")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--material", type=Path, nargs="+", required=True)
    parser.add_argument("--measured", nargs="*", default=[], metavar="WHAT=FILE")
    parser.add_argument("--install", type=Path, required=True, metavar="BUNDLE")
    args = parser.parse_args()
    log = [json.loads(line) for line in args.log.read_text(encoding="utf-8").splitlines()]
    last = [row for row in log if "dev" in row][-1]
    material, texts = material_rows(args.material)
    dev = ", ".join(f"{name} {percent(f['cer'])} of {f['items']} utterances" for name, f in last["dev"].items())
    of = json.loads((args.encoder / "config.json").read_text())["encoder_layers"]
    card = CARD.format(name=args.name, layers=args.layers, of=of, codec=args.codec, kind=args.kind, people=args.people,
                       steps=last["step"], minutes=last["seconds"] / 60, seed=args.seed, licence=args.licence,
                       rows=measured_rows(args.measured), material=material, texts="; ".join(sorted(texts)), dev=dev)
    card_file.put(args.install, card)


if __name__ == "__main__":
    main()
