# SPDX-License-Identifier: Apache-2.0
"""Texts, times of segments and times of words against openai-whisper, on real weights and real speech.

  scripts/setup-oracles --real
  build/venv-real/bin/python -m tools.oracles.openai_whisper_parity build/release/bin/seben FOLDER --bundle BUNDLE \\
      --openai WEIGHTS.pt --speech SPEECH

SPEECH is a folder with manifest.tsv (file, seconds, language, ...); clips of languages that the model does not know are
left out, and an English model reads the English ones alone. `--long 10 --long 60` adds recordings of so many minutes,
joined from the clips with silence, noise and music between them (seeded). FOLDER keeps what the reference has written,
so that a second run is quick.

Times behind a recording's end are moved to it first, as Seben does. Both run in f32 at temperature 0, greedily and with 5 beams, without timestamps, with them, and with word timestamps;
silence gates and what Seben does about loops and inventions are off. For every recording: are the texts equal, the tokens, how far
apart are times. Where texts differ the first different window is scored by the reference itself after the same tokens:
a choice whose two candidates are within 1e-4 of each other is chance, and is counted apart; every other one is an
error, printed, and the exit code is 1.
"""

import argparse
import csv
import hashlib
import json
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np

CODES = {"German": "de", "English": "en", "Spanish": "es", "French": "fr", "Portuguese": "pt"}
RATE = 16000
TIE = 1e-4
WITHIN = 0.020 + 1e-6
MODES = {
    "greedy, no timestamps": {"without_timestamps": True},
    "greedy, timestamps": {},
    "greedy, words": {"word_timestamps": True},
    "5 beams, no timestamps": {"without_timestamps": True, "beam_size": 5},
    "5 beams, timestamps": {"beam_size": 5},
    "5 beams, words": {"word_timestamps": True, "beam_size": 5},
}


class Clip:
    def __init__(self, path: Path, language: str):
        self.path, self.language = path, language
        self.digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def read_clips(speech: Path, english: bool) -> list[Clip]:
    clips = []
    with open(speech / "manifest.tsv", newline="") as file:
        for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE):
            code = CODES.get(row["language"])
            if code and (code == "en" or not english):
                clips.append(Clip(speech / row["file"], code))
    return clips


def samples_of(path: Path) -> np.ndarray:
    """As openai-whisper reads a file."""
    import whisper

    return whisper.load_audio(str(path))


def music(count: int, random: np.random.Generator) -> np.ndarray:
    """Chords of decaying tones, two a second."""
    out = np.zeros(count)
    t = np.arange(RATE) / RATE
    for start in range(0, count, RATE // 2):
        root = 110 * 2 ** (random.integers(0, 24) / 12)
        chord = sum(np.sin(2 * np.pi * root * f * t) / f for f in (1, 1.26, 1.5, 2, 3))
        note = chord * np.exp(-3 * t) * 0.05
        end = min(count, start + RATE)
        out[start:end] += note[:end - start]
    return out


def make_long(clips: list[Clip], minutes: int, out: Path) -> None:
    """Clips in a drawn order; between them half a second to eight seconds of silence, noise or music."""
    random = np.random.default_rng(minutes)
    parts, length = [], 0
    while length < minutes * 60 * RATE:
        for i in random.permutation(len(clips)):
            gap = int(random.uniform(0.5, 8) * RATE)
            kind = random.integers(0, 3)
            between = [np.zeros(gap), random.normal(0, 0.01, gap), music(gap, random)][kind]
            parts += [samples_of(clips[i].path), between]
            length += len(parts[-1]) + len(parts[-2])
            if length >= minutes * 60 * RATE:
                break
    signal = np.concatenate(parts)[:minutes * 60 * RATE]
    with wave.open(str(out), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes(np.clip(np.round(signal * 32767), -32768, 32767).astype("<i2").tobytes())


class Reference:
    def __init__(self, weights: Path, cache: Path, alignment: list[list[int]]):
        self.weights, self.cache, self.alignment = weights, cache, alignment
        self.digest = hashlib.sha256(weights.read_bytes()).hexdigest()[:16]
        self.loaded = None

    @property
    def model(self):
        if self.loaded is None:
            import torch
            import whisper

            self.loaded = whisper.load_model(str(self.weights), device="cpu")
            heads = torch.zeros(self.loaded.dims.n_text_layer, self.loaded.dims.n_text_head, dtype=torch.bool)
            for layer, head in self.alignment:
                heads[layer, head] = True
            self.loaded.register_buffer("alignment_heads", heads.to_sparse(), persistent=False)
        return self.loaded

    def transcribe(self, clip: Clip, options: dict) -> dict:
        options = {"language": clip.language, "temperature": 0.0, "fp16": False, "verbose": None, **options}
        key = hashlib.sha256(json.dumps([self.digest, clip.digest, options], sort_keys=True).encode()).hexdigest()[:24]
        file = self.cache / f"{key}.json"
        if not file.exists():
            import whisper

            result = whisper.transcribe(self.model, str(clip.path), **options)
            file.write_text(json.dumps(result))
        return json.loads(file.read_text())

    def tokenizer(self, language: str):
        from whisper.tokenizer import get_tokenizer

        multilingual = self.model.is_multilingual
        return get_tokenizer(multilingual, num_languages=self.model.num_languages, language=language, task="transcribe")

    def score(self, clip: Clip, seek: int, frames: int, before: list[int], options: dict, texts: list[list[int]]):
        """For each text of that window the log-probability of every token after those before it."""
        import torch
        import whisper

        mel = whisper.log_mel_spectrogram(samples_of(clip.path), self.model.dims.n_mels, padding=whisper.audio.N_SAMPLES)
        content = mel.shape[-1] - whisper.audio.N_FRAMES
        size = min(frames, content - seek)
        window = whisper.pad_or_trim(mel[:, seek:seek + size], whisper.audio.N_FRAMES)
        tokenizer = self.tokenizer(clip.language)
        prompt = list(tokenizer.sot_sequence)
        if options.get("without_timestamps"):
            prompt = list(tokenizer.sot_sequence_including_notimestamps)
        if before:
            prompt = [tokenizer.sot_prev] + before[-(self.model.dims.n_text_ctx // 2 - 1):] + prompt
        features = self.model.encoder(window[None])
        out = []
        for text in texts:
            tokens = torch.tensor([prompt + text])
            with torch.no_grad():
                logits = self.model.decoder(tokens[:, :-1], features)[0].float()
            out.append(logits[len(prompt) - 1:])
        return out


def words_of(segments: list[dict], text: str) -> list[dict]:
    return [w for s in segments for w in s.get("words", []) if w[text].strip()]


def within(seconds: float, segments: list[dict]) -> None:
    """The reference may place what is said behind the recording's end; Seben does not."""
    for part in [p for s in segments for p in [s, *s.get("words", [])]]:
        part["end"] = min(part["end"], seconds)
        part["start"] = min(part["start"], max(part["end"] - 0.02, 0.0)) if part["end"] == seconds else part["start"]


class Comparison:
    def __init__(self, args, reference: Reference):
        self.args, self.reference, self.errors = args, reference, 0

    def seben(self, clips: list[Clip], mode: dict) -> list[dict]:
        out = []
        for language in sorted({c.language for c in clips}):
            group = [c for c in clips if c.language == language]
            folder = self.args.work / "seben"
            folder.mkdir(exist_ok=True)
            for old in folder.glob("*.json"):
                old.unlink()
            command = [self.args.program, "transcribe", "-b", self.args.bundle, "-f", "json", "-p", "f32", "--decoder",
                       "whisper", "--language", language, "--temperature", "0", "--vad", "off", "--allow-loops",
                       "--invention-threshold", "none"]
            if mode.get("without_timestamps"):
                command.append("--no-timestamps")
            if mode.get("word_timestamps"):
                command.append("--word-timestamps")
            if "beam_size" in mode:
                command += ["--beam-size", str(mode["beam_size"])]
            command += ["-o", folder]
            subprocess.run([*map(str, command), *(str(c.path) for c in group)], check=True, stderr=subprocess.DEVNULL)
            for clip in group:
                whole = json.loads((folder / (clip.path.name + ".json")).read_text())
                out.append((clip, whole["whisper"] | {"seconds": whole["audio_seconds"]}))
        order = {c.path: i for i, c in enumerate(clips)}
        return [w for c, w in sorted(out, key=lambda x: order[x[0].path])]

    def why(self, clip: Clip, mode: dict, theirs: list[dict], ours: list[dict]) -> tuple[bool, str]:
        """Whether the first difference is chance, and what it is."""
        i = 0
        while i < min(len(theirs), len(ours)) and theirs[i]["tokens"] == ours[i]["tokens"]:
            i += 1
        if i == len(theirs) or i == len(ours):
            return False, f"{len(ours)} segments, {len(theirs)} of the reference"
        seek = theirs[i]["seek"]
        first = next(k for k in range(len(theirs)) if theirs[k]["seek"] == seek)
        before = [t for s in theirs[:first] for t in s["tokens"]]
        here = [t for s in theirs[first:] if s["seek"] == seek for t in s["tokens"]]
        there = [t for s in ours[first:] for t in s["tokens"]]
        k = next((k for k in range(min(len(here), len(there))) if here[k] != there[k]), None)
        if k is None:
            return False, f"window at {seek / 100} s: another length of text"
        tokenizer = self.reference.tokenizer(clip.language)
        logits = self.reference.score(clip, seek, 3000, before, mode, [here[:k + 1]])[0][k]
        margin = float((logits[here[k]] - logits[there[k]]).abs())
        text = f"window at {seek / 100} s, token {k}: {tokenizer.decode_with_timestamps([there[k]])!r}, reference " \
               f"{tokenizer.decode_with_timestamps([here[k]])!r}, {margin:.2e} apart after {here[max(0, k - 4):k]}"
        return margin < TIE, text

    def compare(self, name: str, clips: list[Clip], what: str) -> None:
        mode = MODES[name]
        texts = chance = segments = near = words = near_words = 0
        far = far_word = 0.0
        for clip, ours in zip(clips, self.seben(clips, mode)):
            theirs = self.reference.transcribe(clip, mode)
            a, b = ours["segments"], [s for s in theirs["segments"] if s["text"].strip()]
            if ours["text"].strip() != theirs["text"].strip():
                is_chance, reason = self.why(clip, mode, b, a)
                chance += is_chance
                self.errors += not is_chance
                print(f"  {clip.path.name}, {name}: {'chance' if is_chance else 'DIFFERENT'}: {reason}", flush=True)
                continue
            texts += 1
            if len(a) != len(b):
                self.errors += 1
                print(f"  {clip.path.name}, {name}: DIFFERENT: {len(a)} segments, {len(b)} of the reference")
                continue
            within(ours["seconds"], b)
            for x, y in zip(a, b):
                apart = max(abs(x["start"] - y["start"]), abs(x["end"] - y["end"]))
                segments, near, far = segments + 1, near + (apart <= WITHIN), max(far, apart)
                if apart > WITHIN:
                    self.errors += 1
                    print(f"  {clip.path.name}, {name}: segment {x['start']}..{x['end']}, reference {y['start']:.2f}.."
                          f"{y['end']:.2f}: {x['text']!r}")
            x_words, y_words = words_of(a, "text"), words_of(b, "word")
            if len(x_words) != len(y_words):
                self.errors += 1
                print(f"  {clip.path.name}, {name}: DIFFERENT: {len(x_words)} words, {len(y_words)} of the reference")
            for x, y in zip(x_words, y_words):
                apart = max(abs(x["start"] - y["start"]), abs(x["end"] - y["end"]))
                words, near_words, far_word = words + 1, near_words + (apart <= WITHIN), max(far_word, apart)
                if apart > WITHIN:
                    self.errors += 1
                    print(f"  {clip.path.name}, {name}: word {x['text']!r} {x['start']}..{x['end']}, reference "
                          f"{y['start']:.2f}..{y['end']:.2f}")
        columns = [what, name, f"{texts} of {len(clips)}", str(chance), f"{near} of {segments}", f"{far:.3f}"]
        columns += [f"{near_words} of {words}", f"{far_word:.3f}"] if words else ["", ""]
        print("| " + " | ".join(columns) + " |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("work", type=Path, help="folder to keep")
    parser.add_argument("--bundle", type=Path, required=True)
    parser.add_argument("--openai", type=Path, required=True)
    parser.add_argument("--alignment", type=Path, help="config.json with alignment_heads; default: beside WEIGHTS.pt")
    parser.add_argument("--speech", type=Path, required=True)
    parser.add_argument("--long", type=int, action="append", default=[], metavar="MINUTES")
    parser.add_argument("--no-clips", action="store_true", help="long recordings alone")
    parser.add_argument("--mode", action="append", choices=MODES, help="default: all")
    args = parser.parse_args()
    args.work.mkdir(parents=True, exist_ok=True)
    alignment = json.loads((args.alignment or args.openai.with_name("config.json")).read_text())["alignment_heads"]
    reference = Reference(args.openai, args.work, alignment)
    english = not reference.model.is_multilingual
    clips = read_clips(args.speech, english)
    comparison = Comparison(args, reference)
    print("| recordings | search | texts equal | differ by chance | segments within 20 ms | largest, s | words within "
          "20 ms | largest, s |\n|---|---|---|---|---|---|---|---|", flush=True)
    for name in args.mode or MODES:
        if not args.no_clips:
            comparison.compare(name, clips, f"{len(clips)} clips")
        for minutes in args.long:
            path = args.work / f"long-{minutes}{'-en' if english else ''}.wav"
            if not path.exists():
                make_long([c for c in clips if c.language == "en"], minutes, path)
            comparison.compare(name, [Clip(path, "en")], f"{minutes} minutes, joined")
    sys.exit(1 if comparison.errors else 0)


if __name__ == "__main__":
    main()
