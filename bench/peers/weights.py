# SPDX-License-Identifier: Apache-2.0
"""Seeded random Whisper weights of any size, in Hugging Face naming, for benchmarks against other engines.

Speed does not depend on what the weights say, only on their shapes; the scale keeps every activation finite and
of the order of one. Parity is measured elsewhere (tools/oracles).
"""

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file, save_file


@dataclass(frozen=True)
class Size:
    d_model: int
    layers: int
    heads: int
    n_mels: int
    decoder_layers: int = 1  # the encoder is what is compared; one decoder layer satisfies the other loaders
    n_vocab: int = 51866

    @property
    def ffn(self) -> int:
        return 4 * self.d_model


SIZES = {
    "tiny": Size(384, 4, 6, 80, n_vocab=51865),
    "base": Size(512, 6, 8, 80, n_vocab=51865),
    "large-v3": Size(1280, 32, 20, 128),
}


def sinusoids(length: int, channels: int) -> np.ndarray:
    """Whisper's fixed encoder positions, [length, channels]."""
    step = math.log(10000) / (channels // 2 - 1)
    angles = np.arange(length)[:, None] * np.exp(-step * np.arange(channels // 2))[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


def _linear(rng, tensors, name, rows, columns, bias=True):
    tensors[f"{name}.weight"] = rng.standard_normal((rows, columns), dtype=np.float32) / math.sqrt(columns)
    if bias:
        tensors[f"{name}.bias"] = rng.standard_normal(rows, dtype=np.float32) * 0.02


def _norm(tensors, name, width):
    tensors[f"{name}.weight"] = np.ones(width, np.float32)
    tensors[f"{name}.bias"] = np.zeros(width, np.float32)


def _block(rng, tensors, prefix, size, cross):
    for attention in ["self_attn"] + (["encoder_attn"] if cross else []):
        for part in "qkv":
            _linear(rng, tensors, f"{prefix}.{attention}.{part}_proj", size.d_model, size.d_model, bias=part != "k")
        _linear(rng, tensors, f"{prefix}.{attention}.out_proj", size.d_model, size.d_model)
        _norm(tensors, f"{prefix}.{attention}_layer_norm", size.d_model)
    _linear(rng, tensors, f"{prefix}.fc1", size.ffn, size.d_model)
    _linear(rng, tensors, f"{prefix}.fc2", size.d_model, size.ffn)
    _norm(tensors, f"{prefix}.final_layer_norm", size.d_model)


def make(size: Size, seed: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(seed)
    t: dict[str, np.ndarray] = {}
    d = size.d_model
    t["model.encoder.conv1.weight"] = rng.standard_normal((d, size.n_mels, 3), dtype=np.float32) / math.sqrt(3 * size.n_mels)
    t["model.encoder.conv2.weight"] = rng.standard_normal((d, d, 3), dtype=np.float32) / math.sqrt(3 * d)
    for conv in ("conv1", "conv2"):
        t[f"model.encoder.{conv}.bias"] = np.zeros(d, np.float32)
    t["model.encoder.embed_positions.weight"] = sinusoids(1500, d)
    for i in range(size.layers):
        _block(rng, t, f"model.encoder.layers.{i}", size, cross=False)
    _norm(t, "model.encoder.layer_norm", d)
    t["model.decoder.embed_tokens.weight"] = rng.standard_normal((size.n_vocab, d), dtype=np.float32) * 0.02
    t["model.decoder.embed_positions.weight"] = rng.standard_normal((448, d), dtype=np.float32) * 0.02
    for i in range(size.decoder_layers):
        _block(rng, t, f"model.decoder.layers.{i}", size, cross=True)
    _norm(t, "model.decoder.layer_norm", d)
    return t


def config(size: Size) -> dict:
    return {
        "model_type": "whisper",
        "activation_function": "gelu",
        "d_model": size.d_model,
        "encoder_layers": size.layers,
        "encoder_attention_heads": size.heads,
        "encoder_ffn_dim": size.ffn,
        "decoder_layers": size.decoder_layers,
        "decoder_attention_heads": size.heads,
        "decoder_ffn_dim": size.ffn,
        "num_mel_bins": size.n_mels,
        "max_source_positions": 1500,
        "max_target_positions": 448,
        "vocab_size": size.n_vocab,
    }


def ensure(folder: Path, name: str, seed: int = 7) -> tuple[Size, dict[str, np.ndarray]]:
    """Returns the weights in `folder`, making them first when absent."""
    size = SIZES[name]
    path = folder / "model.safetensors"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config(size), indent=2) + "\n")
        save_file(make(size, seed), path)
    return size, load_file(path)
