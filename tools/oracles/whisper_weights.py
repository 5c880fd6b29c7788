# SPDX-License-Identifier: Apache-2.0
"""Seeded random Whisper encoders whose activations are as large as those of trained ones.

Small random weights would make a parity check easy: nothing grows, every softmax is flat. Here

- queries and keys have a standard deviation of sqrt(3), so that attention scores have one of about 3 and single
  scores beyond 15: peaked softmaxes; later layers have larger gains, because the outliers below take up most of what
  their norms let through;
- every layer adds about 0.7 to the residual stream's standard deviation, which reaches 5 to 8 after 32 layers;
- a few channels carry a bias of one sign in every layer and reach magnitudes near 100, as the outlier channels of
  trained transformers do;
- layer norm gains are spread around one, their offsets around zero.

`encoder_parity.py` prints what is reached.
"""

import math
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Size:
    d_model: int
    layers: int
    heads: int
    n_mels: int
    ffn: int
    positions: int = 1500

    def config(self) -> dict:
        """config.json as Hugging Face writes it; the decoder's part is only there to satisfy its loader."""
        return {
            "model_type": "whisper",
            "activation_function": "gelu",
            "d_model": self.d_model,
            "encoder_layers": self.layers,
            "encoder_attention_heads": self.heads,
            "encoder_ffn_dim": self.ffn,
            "num_mel_bins": self.n_mels,
            "max_source_positions": self.positions,
            "decoder_layers": 1,
            "decoder_attention_heads": self.heads,
            "decoder_ffn_dim": self.ffn,
        }


SIZES = {
    "tiny": Size(384, 4, 6, 80, 1536),
    "base": Size(512, 6, 8, 80, 2048),
    "small": Size(768, 12, 12, 80, 3072),
    "large-v3": Size(1280, 32, 20, 128, 5120),
}


def sinusoids(length: int, channels: int) -> np.ndarray:
    """Whisper's encoder positions, [length, channels]."""
    step = math.log(10000) / (channels // 2 - 1)
    angles = np.arange(length)[:, None] * np.exp(-step * np.arange(channels // 2))[None, :]
    return np.concatenate([np.sin(angles), np.cos(angles)], axis=1).astype(np.float32)


class _Maker:
    def __init__(self, size: Size, seed: int):
        self.size = size
        self.rng = np.random.default_rng(seed)
        self.tensors: dict[str, np.ndarray] = {}
        self.outliers = self.rng.choice(size.d_model, size=max(1, size.d_model // 320), replace=False)

    def normal(self, shape, deviation: float) -> np.ndarray:
        return self.rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation)

    def linear(self, name: str, rows: int, columns: int, gain: float, bias: float = 0.1) -> None:
        self.tensors[f"{name}.weight"] = self.normal((rows, columns), gain / math.sqrt(columns))
        if bias > 0:
            self.tensors[f"{name}.bias"] = self.normal(rows, bias)

    def norm(self, name: str) -> None:
        d = self.size.d_model
        self.tensors[f"{name}.weight"] = np.exp(self.normal(d, 0.3)).astype(np.float32)
        self.tensors[f"{name}.bias"] = self.normal(d, 0.2)

    def layer(self, index: int) -> None:
        prefix = f"layers.{index}"
        d, ffn = self.size.d_model, self.size.ffn
        sharpness = math.sqrt(3.0) * (1 + 0.75 * index / max(self.size.layers, 32))
        self.norm(f"{prefix}.self_attn_layer_norm")
        for part in "qk":
            self.linear(f"{prefix}.self_attn.{part}_proj", d, d, sharpness, bias=0.3 if part == "q" else 0)
        self.linear(f"{prefix}.self_attn.v_proj", d, d, 1.0)
        self.linear(f"{prefix}.self_attn.out_proj", d, d, 1.0)
        self.norm(f"{prefix}.final_layer_norm")
        self.linear(f"{prefix}.fc1", ffn, d, 1.0)
        self.linear(f"{prefix}.fc2", d, ffn, 1.0)
        self.tensors[f"{prefix}.fc2.bias"][self.outliers] += 100.0 / max(self.size.layers, 8)


def make(size: Size, seed: int) -> dict[str, np.ndarray]:
    """Tensors below "model.encoder.", float32."""
    maker = _Maker(size, seed)
    d = size.d_model
    for name, inputs in (("conv1", size.n_mels), ("conv2", d)):
        gain = 3.0 / math.sqrt(3 * inputs)
        maker.tensors[f"{name}.weight"] = maker.normal((d, inputs, 3), gain)
        maker.tensors[f"{name}.bias"] = maker.normal(d, 0.1)
    maker.tensors["embed_positions.weight"] = sinusoids(size.positions, d)
    for i in range(size.layers):
        maker.layer(i)
    maker.norm("layer_norm")
    return {f"model.encoder.{name}": tensor for name, tensor in maker.tensors.items()}


def make_mel(size: Size, seed: int) -> np.ndarray:
    """[n_mels, 2 positions] with the range and the smoothness of a log-mel: loud bands over a floor, and a silence."""
    rng = np.random.default_rng(seed)
    frames = 2 * size.positions
    noise = rng.standard_normal((size.n_mels, frames)).astype(np.float32)
    bands = np.cumsum(rng.standard_normal((size.n_mels, 1 + frames // 25)), axis=1).repeat(25, axis=1)[:, :frames]
    mel = 0.35 * bands / (1 + np.abs(bands).max() / 4) + 0.25 * noise
    mel[:, frames * 3 // 4 : frames * 7 // 8] = -0.7  # digital silence: the floor, the same in every bin
    return np.clip(mel, -0.7, 1.3).astype(np.float32)
