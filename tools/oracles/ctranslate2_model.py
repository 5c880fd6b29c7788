# SPDX-License-Identifier: Apache-2.0
"""Rewrites a CTranslate2 Whisper folder as Hugging Face's, without CTranslate2 and without Seben: what `seben import`
makes of both must be one and the same.

usage: python3 -m tools.oracles.ctranslate2_model FOLDER NEW_FOLDER [--f32]   (numpy)

  python3 -m tools.oracles.ctranslate2_model faster-whisper-base hf-base
  seben import --model faster-whisper-base --name a --licence MIT a && seben import --model hf-base --name b --licence MIT b
  sha256sum a/encoder.safetensors b/encoder.safetensors a/decoders/*/decoder.safetensors b/decoders/*/decoder.safetensors

--f32 widens the numbers. OpenAI's models were halves before they were published in f32: of faster-whisper-base and
-tiny.en it makes the very model.safetensors of openai/whisper-base and -tiny.en (SHA-256 in src/lab/fetch/catalogue.json).
"""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np

DTYPES = ("f4", "i1", "i2", "i4", "f2", "u2")  # the last are the bits of bfloat16
SAFETENSORS = {0: "F32", 4: "F16", 5: "BF16"}


class Reader:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, count: int) -> bytes:
        part = self.data[self.at : self.at + count]
        assert len(part) == count, f"{count} bytes at {self.at}, found {len(part)}"
        self.at += count
        return part

    def number(self, form: str) -> int:
        return struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))[0]

    def text(self) -> str:
        part = self.take(self.number("H"))
        assert part.endswith(b"\0"), part
        return part[:-1].decode()


def read(path: Path) -> tuple[dict, dict]:
    """Variables as name -> (number of the type, array), and aliases."""
    reader = Reader(path.read_bytes())
    assert (reader.number("I"), reader.text()) == (6, "WhisperSpec")
    reader.number("I")
    variables = {}
    for _ in range(reader.number("I")):
        name = reader.text()
        shape = [reader.number("I") for _ in range(reader.number("B"))]
        kind = reader.number("B")
        data = reader.take(reader.number("I"))
        variables[name] = (kind, np.frombuffer(data, "<" + DTYPES[kind]).reshape(shape))
    aliases = {reader.text(): reader.text() for _ in range(reader.number("I"))}
    assert reader.at == len(reader.data), "bytes behind the aliases"
    return variables, aliases


def numbers(variables: dict, aliases: dict, name: str) -> tuple[str, np.ndarray]:
    """As safetensors stores them; integers become the floats that they stand for."""
    while name in aliases:
        name = aliases[name]
    kind, array = variables[name]
    if kind in SAFETENSORS:
        return SAFETENSORS[kind], array
    scale = variables[name + "_scale"][1].astype("f4")
    factor = np.float32(1) / scale
    return "F32", array.astype("f4") * factor.reshape(scale.shape + (1,) * (array.ndim - scale.ndim))


def whisper(variables: dict, aliases: dict) -> dict:
    """Tensors by Hugging Face's names."""
    out = {}

    def cut(variable: str, names: list[str]) -> None:
        dtype, array = numbers(variables, aliases, variable)
        for name, part in zip(names, np.split(array, len(names))):
            if name.endswith("k_proj.bias"):
                assert not np.any(part & 0x7FFF if dtype == "BF16" else part), variable
            else:
                out[name] = (dtype, part)

    def both(variable: str, names: list[str], ends: tuple = ("weight", "bias")) -> None:
        for end, own in zip(("weight", "bias"), ends):
            cut(f"{variable}/{own}", [f"{name}.{end}" for name in names])

    norm = ("gamma", "beta")
    cut("decoder/embeddings/weight", ["model.decoder.embed_tokens.weight"])
    for name in ("conv1", "conv2"):
        both(f"encoder/{name}", [f"model.encoder.{name}"])
    for stack in ("encoder", "decoder"):
        model = f"model.{stack}."
        cut(f"{stack}/position_encodings/encodings", [model + "embed_positions.weight"])
        both(f"{stack}/layer_norm", [model + "layer_norm"], norm)
        layer = 0
        while f"{stack}/layer_{layer}/ffn/linear_0/weight" in variables:
            old, new = f"{stack}/layer_{layer}/", f"{model}layers.{layer}."
            both(old + "self_attention/layer_norm", [new + "self_attn_layer_norm"], norm)
            both(old + "self_attention/linear_0", [f"{new}self_attn.{part}_proj" for part in "qkv"])
            both(old + "self_attention/linear_1", [new + "self_attn.out_proj"])
            if stack == "decoder":
                both(old + "attention/layer_norm", [new + "encoder_attn_layer_norm"], norm)
                both(old + "attention/linear_0", [new + "encoder_attn.q_proj"])
                both(old + "attention/linear_1", [f"{new}encoder_attn.{part}_proj" for part in "kv"])
                both(old + "attention/linear_2", [new + "encoder_attn.out_proj"])
            both(old + "ffn/layer_norm", [new + "final_layer_norm"], norm)
            both(old + "ffn/linear_0", [new + "fc1"])
            both(old + "ffn/linear_1", [new + "fc2"])
            layer += 1
    return out


def config_of(variables: dict, tensors: dict) -> dict:
    width, mels, _ = tensors["model.encoder.conv1.weight"][1].shape
    config = {"model_type": "whisper", "architectures": ["WhisperForConditionalGeneration"], "d_model": width,
              "num_mel_bins": mels, "activation_function": "gelu",
              "max_source_positions": len(tensors["model.encoder.embed_positions.weight"][1]),
              "max_target_positions": len(tensors["model.decoder.embed_positions.weight"][1]),
              "vocab_size": len(tensors["model.decoder.embed_tokens.weight"][1])}
    for stack in ("encoder", "decoder"):
        config[stack + "_layers"] = sum(name.startswith(f"model.{stack}.layers.") and name.endswith("fc1.bias") for name in tensors)
        config[stack + "_attention_heads"] = int(variables[stack + "/num_heads"][1])
        config[stack + "_ffn_dim"] = len(tensors[f"model.{stack}.layers.0.fc1.bias"][1])
    return config


def write_safetensors(path: Path, tensors: dict) -> None:
    header, at = {"__metadata__": {"format": "pt"}}, 0
    for name, (dtype, array) in sorted(tensors.items()):
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": [at, at + array.nbytes]}
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for _, (_, array) in sorted(tensors.items()):
            file.write(np.ascontiguousarray(array).tobytes())


def main(source: str, target: str, width: str = "") -> None:
    variables, aliases = read(Path(source) / "model.bin")
    tensors = whisper(variables, aliases)
    if width == "--f32":
        assert all(dtype != "BF16" for dtype, _ in tensors.values()), "halves are widened, bfloat16 is not"
        tensors = {name: ("F32", array.astype("f4")) for name, (_, array) in tensors.items()}
    assert aliases.get("decoder/projection/weight") == "decoder/embeddings/weight"
    folder = Path(target)
    folder.mkdir()
    write_safetensors(folder / "model.safetensors", tensors)
    (folder / "config.json").write_text(json.dumps(config_of(variables, tensors), indent=2) + "\n")
    own = json.loads((Path(source) / "config.json").read_text())
    generation = {"is_multilingual": len(tensors["model.decoder.embed_tokens.weight"][1]) != 51864}
    for new, old in (("suppress_tokens", "suppress_ids"), ("begin_suppress_tokens", "suppress_ids_begin"),
                     ("alignment_heads", "alignment_heads")):
        generation[new] = own[old]
    (folder / "generation_config.json").write_text(json.dumps(generation, indent=2) + "\n")
    shutil.copy(Path(source) / "tokenizer.json", folder)
    print(f"{target}: {len(tensors)} tensors")


if __name__ == "__main__":
    main(*sys.argv[1:])
