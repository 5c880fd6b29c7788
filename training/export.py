# SPDX-License-Identifier: Apache-2.0
"""Turns a checkpoint into what `seben import` reads, with samples and what the card needs to know.

usage: python -m training.export --checkpoint FILE --corpus DIR --log FILE --out build/demo-export
Weights are rounded to float16 first; texts and numbers for comparison come from the rounded weights in float32. Error
rates are measured by the product itself (training/make_bundle).
"""

import argparse
import json
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from . import conditions, evaluate, text
from .corpus import Corpus
from .mel import WINDOW_SAMPLES, LogMel
from .model import Recogniser, Shape
from .wav import write_wav


def rounded(module: torch.nn.Module, prefix: str = "") -> dict[str, torch.Tensor]:
    return {prefix + name: value.half().contiguous() for name, value in module.state_dict().items()}


def load(checkpoint: Path) -> tuple[Recogniser, dict]:
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)
    model = Recogniser(Shape(**state["shape"]))
    model.load_state_dict({name: value.half().float() for name, value in state["model"].items()})
    return model.eval(), state


def write_json(path: Path, value) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(value, indent=2, ensure_ascii=True) + "\n")


def write_model(model: Recogniser, out: Path) -> None:
    shape = model.shape
    write_json(out / "hf/config.json", {
        "model_type": "whisper", "architectures": ["WhisperModel"], "activation_function": "gelu",
        "d_model": shape.d_model, "encoder_layers": shape.layers, "encoder_attention_heads": shape.heads,
        "encoder_ffn_dim": 4 * shape.d_model, "num_mel_bins": shape.n_mels, "max_source_positions": shape.positions,
        "torch_dtype": "float16",
    })  # fmt: skip
    write_json(out / "hf/preprocessor_config.json", {
        "feature_extractor_type": "WhisperFeatureExtractor", "feature_size": shape.n_mels, "sampling_rate": 16000,
        "hop_length": 160, "n_fft": 400, "chunk_length": 30, "n_samples": WINDOW_SAMPLES, "nb_max_frames": 3000,
        "padding_value": 0.0, "dither": 0.0, "return_attention_mask": False,
    })  # fmt: skip
    save_file(rounded(model.encoder, "model.encoder."), out / "hf/model.safetensors", {"format": "pt"})
    save_file(rounded(model.head), out / "head.safetensors", {
        "format": "pt", "seben.head.kind": "transformer", "seben.head.stride": str(shape.stride),
        "seben.head.layers": str(shape.head_layers), "seben.head.heads": str(shape.head_heads),
        "seben.head.ffn": str(4 * shape.head_width), "seben.head.blank": str(text.BLANK),
        "seben.head.input_dim": str(shape.d_model),
    })  # fmt: skip
    classes = [chr(text.FIRST + i) for i in range(64)] + [" ", "<blank>"]
    write_json(out / "vocab.json", {"blank": text.BLANK, "classes": classes, "masked": [0x07FB - text.FIRST, 0x07FC - text.FIRST]})


def infeasible_share(corpus: Path, stride: int) -> float:
    """Share of training utterances with more labels (and blanks between equal neighbours) than frames."""
    rows = Corpus(corpus / "train").rows
    short = [text.frames_needed(text.labels(r["text"])) > (r["end"] - r["start"]) / 320 / stride for r in rows]
    return sum(short) / len(short)


def write_samples(model: Recogniser, corpus: Path, out: Path) -> None:
    """Four short recordings (two seen voices, an unseen one, a noisy one) and one of over a minute with pauses."""
    lines = ["# recording\treference\twhat PyTorch reads with the same weights\tabout"]

    def add(name: str, samples: np.ndarray, reference: str, decoded: str, about: str) -> None:
        write_wav(out / "samples" / f"{name}.wav", samples)
        lines.append("\t".join([f"{name}.wav", reference, decoded, about]))

    for name, condition, wanted in (("seen-1", "clean_seen", 3), ("seen-2", "clean_seen", 8), ("unseen", "clean_unseen", 5), ("noisy", "noisy", 11)):
        samples, reference, row = conditions.recordings(corpus, condition)[wanted]
        decoded = evaluate.decode(model, [samples])[0]
        add(name, samples, reference, decoded, f"{condition}, {row['voice']}")
    pieces, words, rng = [], [], np.random.default_rng(5)
    for samples, reference, _ in conditions.recordings(corpus, "clean_seen")[20:]:
        pieces += [samples, np.zeros(int(16000 * rng.uniform(0.1, 1.2)), np.float32)]
        words.append(reference)
        if sum(map(len, pieces)) > 70 * 16000:
            break
    add("long", np.concatenate(pieces), " ".join(words), "", "clean_seen, several voices")
    (out / "samples/transcripts.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_reference(model: Recogniser, corpus: Path, out: Path) -> None:
    """Mel, features and logits of two recordings, so that another implementation can be compared number by number."""
    mel = LogMel(model.shape.n_mels)
    (out / "reference").mkdir(parents=True, exist_ok=True)
    for i in range(2):
        samples = conditions.recordings(corpus, "clean_seen")[i][0]
        with torch.no_grad():
            m = mel(torch.from_numpy(np.pad(samples, (0, WINDOW_SAMPLES - len(samples)))[None]))
            features = model.encoder(m)
            logits = model.head(features)
        for name, value in (("mel", m), ("features", features), ("logits", logits)):
            np.save(out / "reference" / f"{name}{i}.npy", value[0].numpy())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    model, state = load(args.checkpoint)
    write_model(model, args.out)
    write_samples(model, args.corpus, args.out)
    write_reference(model, args.corpus, args.out)
    log = [json.loads(line) for line in args.log.read_text().splitlines()]
    infeasible = {str(stride): infeasible_share(args.corpus, stride) for stride in (1, 2, 4)}
    write_json(args.out / "training.json", {
        "shape": asdict(model.shape), "parameters": sum(p.numel() for p in model.parameters()),
        "steps": state["step"], "minutes": state["used"] / 60, "infeasible": infeasible,
        "curve": [row for row in log if "cer_dev" in row], "loss": [row for row in log if "loss" in row and row["step"] % 200 == 0],
    })  # fmt: skip
    write_json(args.out / "provenance.json", {
        "voices": "espeak-ng, phoneme table shn; synthetic only", "text": "nko_train.txt, CC-BY-SA-4.0, see training/README.md",
        "recipe": "training/README.md", "seed": 1, "steps": state["step"], "torch": torch.__version__,
        "ctc_infeasible": {"share": infeasible[str(model.shape.stride)], "stride": model.shape.stride, "of": "training utterances"},
    })  # fmt: skip


if __name__ == "__main__":
    main()
