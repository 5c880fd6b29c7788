# SPDX-License-Identifier: Apache-2.0
"""A whole Whisper of OpenAI's sizes with seeded random weights and OpenAI's real vocabulary, as Hugging Face publishes
one: for trying `seben import`, `seben export ggml` and whisper.cpp without downloading a model.

  python -m tools.oracles.whisper_checkpoint tiny /tmp/whisper-tiny --dtype f16
"""

import argparse
import json
import struct
from pathlib import Path

import numpy as np

from tools.oracles.whisper_vocabulary import download, make_folder, openai_module, ranks
from tools.oracles.whisper_weights import sinusoids

# width, encoder layers, decoder layers, heads, mel bands, languages, tokens
SIZES = {"tiny.en": (384, 4, 4, 6, 80, 99, 51864), "tiny": (384, 4, 4, 6, 80, 99, 51865),
         "base": (512, 6, 6, 8, 80, 99, 51865), "large-v3-turbo": (1280, 32, 4, 20, 128, 100, 51866)}
FRAMES, POSITIONS = 1500, 448


def shapes(width: int, encoder: int, decoder: int, mels: int, tokens: int) -> dict[str, tuple[int, ...]]:
    out = {"model.encoder.conv1.weight": (width, mels, 3), "model.encoder.conv1.bias": (width,),
           "model.encoder.conv2.weight": (width, width, 3), "model.encoder.conv2.bias": (width,),
           "model.encoder.embed_positions.weight": (FRAMES, width),
           "model.decoder.embed_tokens.weight": (tokens, width),
           "model.decoder.embed_positions.weight": (POSITIONS, width)}

    def linear(name: str, rows: int, columns: int) -> None:
        out[name + ".weight"] = (rows, columns)
        if not name.endswith("k_proj"):
            out[name + ".bias"] = (rows,)

    for stack, layers, attentions in (("encoder", encoder, ("self_attn",)),
                                      ("decoder", decoder, ("self_attn", "encoder_attn"))):
        norms = [f"model.{stack}.layer_norm"]
        for i in range(layers):
            layer = f"model.{stack}.layers.{i}."
            for attention in attentions:
                for part in ("q_proj", "k_proj", "v_proj", "out_proj"):
                    linear(f"{layer}{attention}.{part}", width, width)
                norms.append(f"{layer}{attention}_layer_norm")
            linear(layer + "fc1", 4 * width, width)
            linear(layer + "fc2", width, 4 * width)
            norms.append(layer + "final_layer_norm")
        for norm in norms:
            out[norm + ".weight"] = out[norm + ".bias"] = (width,)
    return dict(sorted(out.items()))


def values(name: str, shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    if name == "model.encoder.embed_positions.weight":
        return sinusoids(*shape)
    noise = random.standard_normal(shape, dtype=np.float32)
    if "layer_norm" in name:
        return noise * 0.05 + (1.0 if name.endswith(".weight") else 0.0)
    if len(shape) == 1:
        return noise * 0.02
    # The embedding is the output layer too: large enough for tokens to stand out.
    return noise * (0.1 if "embed" in name else 1.0 / np.sqrt(np.prod(shape[1:])))


def write_safetensors(path: Path, table: dict[str, tuple[int, ...]], dtype: str, seed: int) -> None:
    """One tensor at a time, so that memory does not matter. The encoder does not depend on what follows it."""
    header, at = {}, 0
    size = 2 if dtype == "f16" else 4
    for name, shape in table.items():
        end = at + int(np.prod(shape)) * size
        header[name] = {"dtype": dtype.upper(), "shape": list(shape), "data_offsets": [at, end]}
        at = end
    text = json.dumps(header | {"__metadata__": {"format": "pt"}}).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for i, (name, shape) in enumerate(table.items()):
            kind = int(name.startswith("model.decoder."))
            random = np.random.default_rng([seed if kind else 0, kind, i if kind else len(name), sum(name.encode())])
            file.write(values(name, shape, random).astype("<f2" if dtype == "f16" else "<f4").tobytes())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("size", choices=SIZES)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--dtype", choices=("f32", "f16"), default="f32")
    parser.add_argument("--decoder-layers", type=int, help="another number, as Distil-Whispers have")
    parser.add_argument("--seed", type=int, default=1, help="of the decoder; the encoder is the same for all")
    parser.add_argument("--openai", type=Path, default=Path("build/openai-whisper"), help="where that package is put")
    given = parser.parse_args()
    width, encoder, decoder, heads, mels, languages, tokens = SIZES[given.size]
    decoder = given.decoder_layers or decoder
    english = given.size.endswith(".en")
    whisper = download(given.openai)
    special = openai_module(whisper).get_tokenizer(not english, num_languages=languages).special_tokens
    make_folder(given.folder, ranks(whisper, "gpt2" if english else "multilingual"), special)
    config = {"architectures": ["WhisperForConditionalGeneration"], "model_type": "whisper",
              "activation_function": "gelu", "d_model": width, "encoder_layers": encoder,
              "encoder_attention_heads": heads, "encoder_ffn_dim": 4 * width, "decoder_layers": decoder,
              "decoder_attention_heads": heads, "decoder_ffn_dim": 4 * width, "num_mel_bins": mels,
              "max_source_positions": FRAMES, "max_target_positions": POSITIONS, "vocab_size": tokens,
              "eos_token_id": special["<|endoftext|>"], "decoder_start_token_id": special["<|startoftranscript|>"]}
    (given.folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    write_safetensors(given.folder / "model.safetensors", shapes(width, encoder, decoder, mels, tokens), given.dtype,
                      given.seed)


if __name__ == "__main__":
    main()
