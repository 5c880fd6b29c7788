# SPDX-License-Identifier: Apache-2.0
"""The card of a bundle with a head on a frozen encoder: what it was made of, whose work that is, how well it does.

usage: python -m training.head_card --name NAME --encoder BUNDLE --layers N --log log.jsonl --material MANIFEST...
           --measured "WHAT=FILE"... [--words "WHAT=FILE"...] [--clips FILE] [--guard FILE] [--speed FILE] --install BUNDLE
Nothing is in the card that is not in a file, so that making it again loses nothing: --measured and --clips are what
`training.measure --json` wrote (every condition and mode becomes a row, and ten of its recordings are shown); --words
what `seben eval --words --json` printed; --guard what `seben guard check` printed; --speed an object of names and times.
The card is written into the bundle as README.md, and its size and digest into bundle.json.
"""

import argparse
import collections
import json
import re
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

GUARD_SETS = {  # folder -> what is in it
    "bambara-words": "real Bambara words",
    "maninka": "real Maninka commands",
    "fleurs": "read German, English, Spanish, French, Portuguese (FLEURS)",
    "english": "English sentences",
    "held": "silence, noises, hum, surroundings, music, breaths",
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
{words}{clips}
## Made of

| source | licence | hours | what |
|---|---|---|---|
{material}

Texts that the voices said: {texts}. Sounds in which nobody speaks were made by `training.nobody`.

On development sets at the end of training (greedy, f32; "alone": one utterance a window, as the product hears a short
recording; else many): {dev}.
{speed}{guard}
## Limits

No native speaker has reviewed the labels: Bambara was turned into N'Ko by rule, without tones, and Yoruba has sounds of its own
([kp], written as p; no vowel length). Telephone sound and noise were simulated. Long, fast, spontaneous speech was not measured.
The head writes every vowel, where N'Ko as people write it lets two syllables share one ([decision
63](../../docs/decisions/0063-every-vowel-is-written.md)).

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


WORDS = """
**Forced choice** (`--words`, threshold 0): only the set's own words may be written.

| set | words | recordings | right | 95 % interval |
|---|---|---|---|---|
{rows}
"""


def word_rows(entries: list[str]) -> str:
    rows = []
    for entry in entries:
        what, path = entry.split("=", 1)
        found = json.loads(Path(path).read_text(encoding="utf-8"))
        listed = len({u["reference"] for u in found["utterances"]})
        for c in found["choices"]:
            rows.append(f"| {what} | {listed} | {c['right'] + c['wrong'] + c['none']} | {percent(c['accuracy'])} "
                        f"| {percent(c['low'])} to {percent(c['high'])} |")
    return WORDS.format(rows="\n".join(rows)) if rows else ""


CLIPS = """
Ten real recordings, every {every}th of the set: what was said, the head's own text, and corrected.

| said | written | balanced |
|---|---|---|
{rows}
"""


def clip_rows(path: Path | None, count: int = 10) -> str:
    if path is None:
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))["utterances"]
    every = max(1, len(found) // count)
    rows = [f"| {' / '.join(u['references'])} | {u['texts']['off'] or '(nothing)'} | {u['texts'].get('balanced') or '(nothing)'} |"
            for u in found[every - 1 :: every][:count]]
    return CLIPS.format(every=every, rows="\n".join(rows))


SPEED = """
## Speed

{about}

| | |
|---|---|
{rows}
"""


def speed_rows(path: Path | None) -> str:
    if path is None:
        return ""
    found = json.loads(path.read_text(encoding="utf-8"))
    return SPEED.format(about=found["about"], rows="\n".join(f"| {name} | {value} |" for name, value in found["rows"].items()))


GUARD = """
## What is not its language

A [language guard](../../docs/language-guard.md) comes along, fitted on {fitted}. `seben guard check` on
recordings that it was not fitted on:

| set | kind | recordings | minutes | refused | words a minute, heard | written |
|---|---|---|---|---|---|---|
{rows}
"""


def guard_rows(path: Path | None, fitted: str) -> str:
    """The table that `seben guard check` prints: a line of names, then a set a line."""
    if path is None:
        return ""
    rows = []
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = re.split(r"\s{2,}", line.strip())
        if len(cells) == 8 and cells[1] in ("known", "other"):
            name, kind, recordings, minutes, stretches, refused, heard, written = cells
            rows.append(f"| {GUARD_SETS.get(name, name)} | {kind} | {recordings} | {minutes} | {refused} of {stretches} stretches | {heard} "
                        f"| {written} |")
    if not rows:
        raise SystemExit(f"{path}: expected the table of seben guard check, found none")
    return GUARD.format(fitted=fitted, rows="\n".join(rows))


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
    parser.add_argument("--words", nargs="*", default=[], metavar="WHAT=FILE")
    parser.add_argument("--clips", type=Path, help="of --measured: real recordings of which ten are shown")
    parser.add_argument("--guard", type=Path, help="what seben guard check printed")
    parser.add_argument("--guard-fitted", default="development recordings (known) and other languages and sounds (other)")
    parser.add_argument("--speed", type=Path, help="JSON: about, rows")
    parser.add_argument("--install", type=Path, required=True, metavar="BUNDLE")
    args = parser.parse_args()
    log = [json.loads(line) for line in args.log.read_text(encoding="utf-8").splitlines()]
    last = [row for row in log if "dev" in row][-1]
    material, texts = material_rows(args.material)
    dev = ", ".join(f"{name} {percent(f['cer'])} of {f['items']} utterances" for name, f in last["dev"].items())
    of = json.loads((args.encoder / "config.json").read_text())["encoder_layers"]
    card = CARD.format(name=args.name, layers=args.layers, of=of, codec=args.codec, kind=args.kind, people=args.people,
                       steps=last["step"], minutes=last["seconds"] / 60, seed=args.seed, licence=args.licence,
                       rows=measured_rows(args.measured), material=material, texts="; ".join(sorted(texts)), dev=dev,
                       words=word_rows(args.words), clips=clip_rows(args.clips), speed=speed_rows(args.speed),
                       guard=guard_rows(args.guard, args.guard_fitted))
    card_file.put(args.install, card)


if __name__ == "__main__":
    main()
