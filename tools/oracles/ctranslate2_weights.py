# SPDX-License-Identifier: Apache-2.0
"""CTranslate2's Whisper (model.bin, as faster-whisper has it) as a Hugging Face folder and as OpenAI's .pt.

  build/venv-oracles/bin/python -m tools.oracles.ctranslate2_weights FOLDER --hugging-face OUT --openai OUT.pt

FOLDER holds model.bin, config.json and tokenizer.json. Weights of 16 or 32 bits are copied as they are; quantised ones
are refused, because what they stood for before is not known. Independent of Seben's own reader of that format: the
references of openai_whisper_parity.py and word_errors.py get their weights from here.
"""

import argparse
import json
import re
import struct
from pathlib import Path

import numpy as np

TYPES = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


class Cursor:
    def __init__(self, data: bytes):
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        if self.at + count > len(self.data):
            raise SystemExit(f"model.bin: expected {count} bytes at {self.at}, found {len(self.data) - self.at}")
        self.at += count
        return self.data[self.at - count:self.at]

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize(form)))[0]

    def text(self) -> str:
        return self.take(self.number("H"))[:-1].decode()


def read_model(path: Path) -> dict[str, np.ndarray]:
    cursor = Cursor(path.read_bytes())
    version, spec = cursor.number("I"), cursor.text()
    if version != 6 or spec != "WhisperSpec":
        raise SystemExit(f"{path}: expected version 6 of WhisperSpec, found {version} of {spec}")
    cursor.number("I")  # revision
    variables = {}
    for _ in range(cursor.number("I")):
        name = cursor.text()
        shape = [cursor.number("I") for _ in range(cursor.number("B"))]
        kind = cursor.number("B")
        if kind not in TYPES:
            raise SystemExit(f"{path}: {name}: expected type {sorted(TYPES)}, found {kind}")
        variables[name] = np.frombuffer(cursor.take(cursor.number("I")), TYPES[kind]).reshape(shape)
    for _ in range(cursor.number("I")):
        alias, name = cursor.text(), cursor.text()
        variables[alias] = variables[name]
    scaled = [name for name in variables if name.endswith("_scale")]
    if scaled:
        raise SystemExit(f"{path}: expected weights of 16 or 32 bits, found {scaled[0]}")
    return variables


def openai_names(v: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Tensors by OpenAI's names."""
    out = {
        "encoder.positional_embedding": v["encoder/position_encodings/encodings"],
        "decoder.positional_embedding": v["decoder/position_encodings/encodings"],
        "decoder.token_embedding.weight": v["decoder/embeddings/weight"],
    }

    def norm(target: str, source: str) -> None:
        out[target + ".weight"], out[target + ".bias"] = v[source + "/gamma"], v[source + "/beta"]

    def linear(targets: list[str], source: str) -> None:
        """Stacked by rows; the key's bias, which Whisper does not have, is zero there."""
        weights = np.split(v[source + "/weight"], len(targets))
        biases = np.split(v[source + "/bias"], len(targets))
        for target, weight, bias in zip(targets, weights, biases):
            out[target + ".weight"] = weight
            if target.endswith(".key"):
                assert not bias.any(), f"{target}: a bias"
            else:
                out[target + ".bias"] = bias

    for i in (1, 2):
        out[f"encoder.conv{i}.weight"] = v[f"encoder/conv{i}/weight"]
        out[f"encoder.conv{i}.bias"] = v[f"encoder/conv{i}/bias"]
    norm("encoder.ln_post", "encoder/layer_norm")
    norm("decoder.ln", "decoder/layer_norm")
    for side in ("encoder", "decoder"):
        layers = 1 + max(int(n.split("/")[1][6:]) for n in v if re.match(side + r"/layer_\d", n))
        for i in range(layers):
            ours, theirs = f"{side}.blocks.{i}", f"{side}/layer_{i}"
            norm(f"{ours}.attn_ln", f"{theirs}/self_attention/layer_norm")
            linear([f"{ours}.attn.{n}" for n in ("query", "key", "value")], f"{theirs}/self_attention/linear_0")
            linear([f"{ours}.attn.out"], f"{theirs}/self_attention/linear_1")
            if side == "decoder":
                norm(f"{ours}.cross_attn_ln", f"{theirs}/attention/layer_norm")
                linear([f"{ours}.cross_attn.query"], f"{theirs}/attention/linear_0")
                linear([f"{ours}.cross_attn.{n}" for n in ("key", "value")], f"{theirs}/attention/linear_1")
                linear([f"{ours}.cross_attn.out"], f"{theirs}/attention/linear_2")
            norm(f"{ours}.mlp_ln", f"{theirs}/ffn/layer_norm")
            linear([f"{ours}.mlp.0"], f"{theirs}/ffn/linear_0")
            linear([f"{ours}.mlp.2"], f"{theirs}/ffn/linear_1")
    return out


def dimensions(tensors: dict[str, np.ndarray], v: dict[str, np.ndarray]) -> dict[str, int]:
    def layers(side: str) -> int:
        return 1 + max(int(n.split(".")[2]) for n in tensors if n.startswith(side + ".blocks."))

    return {
        "n_mels": tensors["encoder.conv1.weight"].shape[1],
        "n_audio_ctx": tensors["encoder.positional_embedding"].shape[0],
        "n_audio_state": tensors["encoder.positional_embedding"].shape[1],
        "n_audio_head": int(v["encoder/num_heads"]),
        "n_audio_layer": layers("encoder"),
        "n_vocab": tensors["decoder.token_embedding.weight"].shape[0],
        "n_text_ctx": tensors["decoder.positional_embedding"].shape[0],
        "n_text_state": tensors["decoder.positional_embedding"].shape[1],
        "n_text_head": int(v["decoder/num_heads"]),
        "n_text_layer": layers("decoder"),
    }


def hugging_face_name(name: str) -> str:
    rules = [
        ("encoder.positional_embedding", "encoder.embed_positions.weight"),
        ("decoder.positional_embedding", "decoder.embed_positions.weight"),
        ("token_embedding", "embed_tokens"), ("cross_attn_ln", "encoder_attn_layer_norm"),
        ("attn_ln", "self_attn_layer_norm"), ("mlp_ln", "final_layer_norm"), ("cross_attn.", "encoder_attn."),
        ("mlp.0", "fc1"), ("mlp.2", "fc2"), (".attn.", ".self_attn."), (".query", ".q_proj"), (".key", ".k_proj"),
        (".value", ".v_proj"), ("attn.out", "attn.out_proj"), ("blocks", "layers"), ("ln_post", "layer_norm"),
        ("decoder.ln.", "decoder.layer_norm."),
    ]
    for old, new in rules:
        name = name.replace(old, new)
    return "model." + name


def write_hugging_face(folder: Path, out: Path, tensors: dict[str, np.ndarray], dims: dict[str, int]) -> None:
    from safetensors.numpy import save_file

    out.mkdir(parents=True)
    save_file({hugging_face_name(n): np.ascontiguousarray(t) for n, t in tensors.items()},
              out / "model.safetensors", {"format": "pt"})
    config = json.loads((folder / "config.json").read_text())
    english = dims["n_vocab"] == 51864
    first = 50256 if english else 50257
    (out / "config.json").write_text(json.dumps({
        "architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper", "activation_function": "gelu",
        "d_model": dims["n_audio_state"], "encoder_layers": dims["n_audio_layer"],
        "encoder_attention_heads": dims["n_audio_head"], "encoder_ffn_dim": 4 * dims["n_audio_state"],
        "decoder_layers": dims["n_text_layer"], "decoder_attention_heads": dims["n_text_head"],
        "decoder_ffn_dim": 4 * dims["n_text_state"], "num_mel_bins": dims["n_mels"],
        "max_source_positions": dims["n_audio_ctx"], "max_target_positions": dims["n_text_ctx"],
        "vocab_size": dims["n_vocab"], "bos_token_id": first, "eos_token_id": first, "pad_token_id": first,
        "decoder_start_token_id": first + 1, "scale_embedding": False, "torch_dtype": "float16"}, indent=1))
    generation = {"alignment_heads": config["alignment_heads"], "is_multilingual": not english,
                  "suppress_tokens": config.get("suppress_ids", []),
                  "begin_suppress_tokens": config.get("suppress_ids_begin", [])}
    (out / "generation_config.json").write_text(json.dumps(generation, indent=1))
    (out / "tokenizer.json").write_bytes((folder / "tokenizer.json").read_bytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--hugging-face", type=Path, help="folder to make")
    parser.add_argument("--openai", type=Path, help=".pt to write (needs torch)")
    args = parser.parse_args()
    variables = read_model(args.folder / "model.bin")
    tensors = openai_names(variables)
    dims = dimensions(tensors, variables)
    if args.hugging_face:
        write_hugging_face(args.folder, args.hugging_face, tensors, dims)
    if args.openai:
        import torch

        state = {name: torch.from_numpy(np.array(tensor)) for name, tensor in tensors.items()}
        torch.save({"dims": dims, "model_state_dict": state}, args.openai)


if __name__ == "__main__":
    main()
