# SPDX-License-Identifier: Apache-2.0
"""Whisper's texts against Hugging Face's `generate` in float32, on seeded random weights and recordings.

  scripts/setup-oracles && build/venv-oracles/bin/pip install --quiet tiktoken
  cmake --build --preset release --target seben-whisper-text
  build/venv-oracles/bin/python -m tools.oracles.whisper_text_parity --audio FOLDER --size tiny
  build/venv-oracles/bin/python -m tools.oracles.whisper_text_parity --audio FOLDER --size large-v3 --clips 8 --tokens 24

`generate` is WhisperForConditionalGeneration's own where it is greedy. For beams it is GenerationMixin's, given the prompt:
transformers 4.37's own lets a checkpoint's forced tokens (language, task) count in the length by which it divides, later
ones do not (4.57 writes what is expected here).

Both sides begin with the samples. Compared are the scores of every step, each side's own encoder before them, and the
tokens of `generate`: greedy, five beams, and both with timestamps. A text that differs is excused, and counted, only
where Hugging Face's own choice at the first difference was closer than the scores of the two sides are. The exit status is 1
when anything else differs. The oracle's results are kept, so that the second run needs no PyTorch.
"""

import argparse
import json
import sys
import time
import wave
from pathlib import Path

import numpy as np

from tools.oracles.text_models import END, START, make_clips, make_model
from tools.oracles.text_program import TextProgram

BOUND = 2e-3
WAYS = {"greedy": (1, False), "5 beams": (5, False), "greedy, timestamps": (1, True), "5 beams, timestamps": (5, True)}


def samples(path: Path) -> np.ndarray:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / 32768


class Oracle:
    def __init__(self, folder: Path, tokens: int):
        import torch
        import transformers

        self.torch, self.tokens = torch, tokens
        self.model = transformers.WhisperForConditionalGeneration.from_pretrained(folder, torch_dtype=torch.float32).eval()
        self.extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
        self.version = f"transformers {transformers.__version__}, torch {torch.__version__}"

    def clip(self, path: Path) -> tuple[dict, np.ndarray]:
        """The four texts, and the scores along the greedy one."""
        torch = self.torch
        with torch.no_grad():
            mel = self.extractor(samples(path), sampling_rate=16000, return_tensors="pt").input_features
            encoded = self.model.model.encoder(mel)
            texts = {}
            for name, (beams, timestamps) in WAYS.items():
                if beams > 1:
                    texts[name] = self.beams(encoded, beams, timestamps)
                    continue
                out = self.model.generate(encoder_outputs=encoded, language="en", task="transcribe",
                                          return_timestamps=timestamps, max_new_tokens=self.tokens, do_sample=False)
                texts[name] = out[0].tolist()
            greedy = self.model(encoder_outputs=encoded, decoder_input_ids=torch.tensor([texts["greedy"]])).logits[0]
        first = 4
        kept = len(text_of(texts["greedy"], first)) + 1
        return texts, greedy[first - 1 : first - 1 + kept].numpy()

    def beams(self, encoded, beams: int, timestamps: bool) -> list[int]:
        import transformers
        from transformers.generation import logits_process

        own = self.model.generation_config
        prompt = [START, own.lang_to_id["<|en|>"], own.task_to_id["transcribe"]]
        prompt += [] if timestamps else [own.no_timestamps_token_id]
        processors = [logits_process.SuppressTokensAtBeginLogitsProcessor(own.begin_suppress_tokens, len(prompt)),
                      logits_process.SuppressTokensLogitsProcessor(own.suppress_tokens)]
        if timestamps:
            processors.append(logits_process.WhisperTimeStampLogitsProcessor(own, begin_index=len(prompt)))
        config = transformers.GenerationConfig(num_beams=beams, max_new_tokens=self.tokens, eos_token_id=END,
                                               pad_token_id=END, decoder_start_token_id=START, do_sample=False)
        features = transformers.modeling_outputs.BaseModelOutput(encoded[0])  # generate writes into it
        out = transformers.GenerationMixin.generate(
            self.model, encoder_outputs=features, decoder_input_ids=self.torch.tensor([prompt]),
            generation_config=config, logits_processor=logits_process.LogitsProcessorList(processors))
        return out[0].tolist()


def text_of(sequence: list[int], prompt: int) -> list[int]:
    text = sequence[prompt:]
    return text[: text.index(END)] if END in text else text


def reference(folder: Path, clips: list[Path], tokens: int, kept: Path) -> None:
    """Stores what is not there yet, clip by clip."""
    missing = [clip for clip in clips if not (kept / f"{clip.stem}.json").exists()]
    if not missing:
        return
    kept.mkdir(parents=True, exist_ok=True)
    oracle = Oracle(folder, tokens)
    (kept / "version").write_text(oracle.version)
    for clip in missing:
        start = time.monotonic()
        texts, scores = oracle.clip(clip)
        np.save(kept / f"{clip.stem}.npy", scores)
        (kept / f"{clip.stem}.json").write_text(json.dumps(texts))
        print(f"{clip.name}: {len(texts['greedy'])} tokens, {time.monotonic() - start:.1f} s", file=sys.stderr)


def close_choice(scores: np.ndarray, rules: dict, expected: list[int], found: list[int], noise: float) -> bool:
    """Whether at the first difference of two greedy texts the scores of both choices are closer than the noise."""
    at = next((i for i, (a, b) in enumerate(zip(expected, found)) if a != b), min(len(expected), len(found)))
    if at >= len(scores):
        return False
    pick = [text[at] if at < len(text) else rules["end"] for text in (expected, found)]
    return abs(float(scores[at][pick[0]] - scores[at][pick[1]])) <= 2 * noise


def compare(args, folder: Path, clips: list[Path], kept: Path) -> bool:
    program = TextProgram(args.program, folder, args.precision, args.threads)
    worst, steps, margins = [], 0, []
    equal = {name: 0 for name in WAYS}
    excused, distinct, ended, lengths = [], set(), 0, []
    for clip in clips:
        texts = json.loads((kept / f"{clip.stem}.json").read_text())
        expected_scores = np.load(kept / f"{clip.stem}.npy")
        plain = {"timestamps": False, "max_tokens": args.tokens}
        greedy = text_of(texts["greedy"], 4)
        scores, prompt = program.scores(clip, plain, greedy[: len(expected_scores) - 1], kept / "scores.f32")
        if prompt != texts["greedy"][:4]:
            raise SystemExit(f"{clip}: prompt {prompt}, expected {texts['greedy'][:4]}")
        difference = float(np.abs(scores - expected_scores).max())
        worst.append(difference)
        steps += len(scores)
        best = np.sort(expected_scores, axis=1)[:, -2:]
        margins.extend(best[:, 1] - best[:, 0])
        distinct.add(tuple(greedy))
        lengths.append(len(greedy))
        ended += len(greedy) < args.tokens
        for name, (beams, timestamps) in WAYS.items():
            options = {"timestamps": timestamps, "max_tokens": args.tokens}
            if beams > 1:
                options |= {"beams": beams, "style": "transformers", "length_penalty": 1.0}
            expected = text_of(texts[name], 3 if timestamps else 4)
            found = program.ask(clip, options)["tokens"]
            if found == expected:
                equal[name] += 1
            elif name == "greedy" and close_choice(expected_scores, {"end": END}, expected, found, difference):
                excused.append(f"{clip.name} {name}")
            else:
                print(f"{clip.name} {name}:\n  seben    {found}\n  expected {expected}", file=sys.stderr)
    program.close()
    print(f"{args.size}, {args.precision}, {(kept / 'version').read_text()}; {len(clips)} clips, {len(distinct)} different "
          f"greedy texts of {min(lengths)} to {max(lengths)} tokens, {ended} of them ended by themselves; "
          f"the best token ahead of the next by {np.median(margins):.2f} (median), {min(margins):.2g} (least)\n")
    print("| what | |\n|---|---|")
    print(f"| scores of {steps} steps, largest difference (bound {BOUND}) | {max(worst):.1e} |")
    for name, count in equal.items():
        print(f"| tokens, {name} | {count} of {len(clips)} |")
    if excused:
        print(f"\ndecided by less than the difference of scores: {', '.join(excused)}")
    return max(worst) <= BOUND and sum(equal.values()) + len(excused) == len(WAYS) * len(clips)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--audio", type=Path, required=True, help="folder of recordings")
    parser.add_argument("--size", default="tiny")
    parser.add_argument("--clips", type=int, default=50)
    parser.add_argument("--tokens", type=int, default=100, help="of a text at most")
    parser.add_argument("--program", type=Path, default=Path("build/release/bin/seben-whisper-text"))
    parser.add_argument("--precision", default="f32")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--work", type=Path, default=Path("build/text-parity"))
    args = parser.parse_args()
    folder = make_model(args.work / args.size, args.size)
    clips = make_clips(args.audio, args.work / "clips")
    clips = [clips[i * len(clips) // args.clips] for i in range(args.clips)]
    kept = args.work / f"{args.size}-oracle-{args.tokens}"
    reference(folder, clips, args.tokens, kept)
    sys.exit(0 if compare(args, folder, clips, kept) else 1)


if __name__ == "__main__":
    main()
