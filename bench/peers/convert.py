# SPDX-License-Identifier: Apache-2.0
"""Writes the same weights in each competitor's own format: ggml f16 (whisper.cpp), CTranslate2, ONNX.

usage: convert.py --size tiny|base|large-v3 --out FOLDER [--formats ggml,ct2,onnx]
"""

import argparse
import struct
from pathlib import Path

import numpy as np

import weights

GGML_NAMES = [  # Hugging Face fragment -> OpenAI fragment, applied in order
    ("model.", ""),
    (".layers.", ".blocks."),
    ("encoder_attn_layer_norm", "cross_attn_ln"),
    ("self_attn_layer_norm", "attn_ln"),
    ("final_layer_norm", "mlp_ln"),
    ("encoder_attn.", "cross_attn."),
    ("self_attn.", "attn."),
    ("q_proj", "query"),
    ("k_proj", "key"),
    ("v_proj", "value"),
    ("out_proj", "out"),
    ("fc1", "mlp.0"),
    ("fc2", "mlp.2"),
    ("encoder.layer_norm", "encoder.ln_post"),
    ("decoder.layer_norm", "decoder.ln"),
    ("embed_positions.weight", "positional_embedding"),
    ("embed_tokens", "token_embedding"),
]


def ggml_name(name: str) -> str:
    for old, new in GGML_NAMES:
        name = name.replace(old, new)
    return name


def write_ggml(path: Path, size: weights.Size, tensors: dict[str, np.ndarray]) -> None:
    """whisper.cpp's binary model: magic, hyperparameters, mel filters, vocabulary, tensors (weights f16, rest f32)."""
    with path.open("wb") as f:
        d, h = size.d_model, size.heads
        f.write(struct.pack("<i", 0x67676D6C))
        f.write(struct.pack("<11i", size.n_vocab, 1500, d, h, size.layers, 448, d, h, size.decoder_layers, size.n_mels, 1))
        f.write(struct.pack("<2i", size.n_mels, 201) + np.zeros((size.n_mels, 201), np.float32).tobytes())
        base_vocab = 50257
        f.write(struct.pack("<i", base_vocab))
        for i in range(base_vocab):
            word = b"t%d" % i
            f.write(struct.pack("<i", len(word)) + word)
        for name, value in tensors.items():
            label = ggml_name(name).encode()
            if name.endswith(("conv1.bias", "conv2.bias")):
                value = value.reshape(-1, 1)
            half = value.ndim > 1 and not name.endswith(("embed_positions.weight", "conv1.bias", "conv2.bias"))
            f.write(struct.pack("<3i", value.ndim, len(label), 1 if half else 0))
            f.write(struct.pack(f"<{value.ndim}i", *reversed(value.shape)) + label)
            f.write(value.astype(np.float16 if half else np.float32).tobytes())


def write_ct2(folder: Path, size: weights.Size, t: dict[str, np.ndarray], quantization: str | None,
              vocabulary: list[str] | None = None) -> None:
    from ctranslate2.specs import WhisperSpec

    def norm(spec, name):
        spec.gamma, spec.beta = t[f"{name}.weight"], t[f"{name}.bias"]

    def linear(spec, name):
        spec.weight, spec.bias = t[f"{name}.weight"], t[f"{name}.bias"]

    def attention(spec, prefix, cross):
        q, k, v = (t[f"{prefix}.{p}_proj.weight"] for p in "qkv")
        qb, vb = t[f"{prefix}.q_proj.bias"], t[f"{prefix}.v_proj.bias"]
        kb = np.zeros_like(vb)
        if cross:
            spec.linear[0].weight, spec.linear[0].bias = q, qb
            spec.linear[1].weight, spec.linear[1].bias = np.concatenate([k, v]), np.concatenate([kb, vb])
        else:
            spec.linear[0].weight, spec.linear[0].bias = np.concatenate([q, k, v]), np.concatenate([qb, kb, vb])
        linear(spec.linear[-1], f"{prefix}.out_proj")
        norm(spec.layer_norm, f"{prefix}_layer_norm")

    def feed_forward(spec, prefix):
        norm(spec.layer_norm, f"{prefix}.final_layer_norm")
        linear(spec.linear_0, f"{prefix}.fc1")
        linear(spec.linear_1, f"{prefix}.fc2")

    spec = WhisperSpec(size.layers, size.heads, size.decoder_layers, size.heads)
    for conv in ("conv1", "conv2"):
        getattr(spec.encoder, conv).weight = t[f"model.encoder.{conv}.weight"]
        getattr(spec.encoder, conv).bias = t[f"model.encoder.{conv}.bias"]
    spec.encoder.position_encodings.encodings = t["model.encoder.embed_positions.weight"]
    norm(spec.encoder.layer_norm, "model.encoder.layer_norm")
    for i, layer in enumerate(spec.encoder.layer):
        attention(layer.self_attention, f"model.encoder.layers.{i}.self_attn", cross=False)
        feed_forward(layer.ffn, f"model.encoder.layers.{i}")
    spec.decoder.embeddings.weight = t["model.decoder.embed_tokens.weight"]
    spec.decoder.projection.weight = t["model.decoder.embed_tokens.weight"]
    spec.decoder.position_encodings.encodings = t["model.decoder.embed_positions.weight"]
    norm(spec.decoder.layer_norm, "model.decoder.layer_norm")
    for i, layer in enumerate(spec.decoder.layer):
        attention(layer.self_attention, f"model.decoder.layers.{i}.self_attn", cross=False)
        attention(layer.attention, f"model.decoder.layers.{i}.encoder_attn", cross=True)
        feed_forward(layer.ffn, f"model.decoder.layers.{i}")
    spec.register_vocabulary(vocabulary or [f"t{i}" for i in range(size.n_vocab)])
    spec.validate()
    spec.optimize(quantization=quantization)
    folder.mkdir(parents=True, exist_ok=True)
    spec.save(str(folder))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--size", choices=weights.SIZES, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--formats", default="ggml,ct2,onnx")
    args = parser.parse_args()
    size, tensors = weights.ensure(args.out / "hf", args.size)
    formats = args.formats.split(",")
    if "ggml" in formats:
        write_ggml(args.out / "ggml-f16.bin", size, tensors)
    if "ct2" in formats:
        write_ct2(args.out / "ct2-f32", size, dict(tensors), None)
        write_ct2(args.out / "ct2-int8", size, dict(tensors), "int8")
    if "onnx" in formats:
        import onnx_graph

        onnx_graph.write(args.out / "onnx-f32", size, tensors)
        onnx_graph.quantize(args.out / "onnx-f32", args.out / "onnx-int8")


if __name__ == "__main__":
    main()
