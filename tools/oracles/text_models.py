# SPDX-License-Identifier: Apache-2.0
"""Seeded random Whispers that write: whole model folders as Hugging Face has them, and clips for them to hear.

The encoder is that of `whisper_weights.py`. In the decoder, attention scores have a standard deviation of about 3, so
that attention to the features is peaked and texts differ from clip to clip; scores of tokens have one of about 3, so that
the best is rarely close to the next; the final norm's offset points to <|endoftext|>, so that texts end. All numbers are
representable in f16: every file made of them, f16 or f32, holds the same ones.
"""

import json
import math
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from tools.oracles import whisper_weights
from tools.oracles.whisper_vocabulary import download, make_folder, openai_module, ranks


@dataclass(frozen=True)
class TextSize:
    encoder: whisper_weights.Size
    layers: int
    vocabulary: int

    @property
    def languages(self) -> int:
        return self.vocabulary - 51766


_LARGE = whisper_weights.SIZES["large-v3"]
SIZES = {
    "tiny": TextSize(whisper_weights.SIZES["tiny"], 4, 51865),
    "base": TextSize(whisper_weights.SIZES["base"], 6, 51865),
    "large-v3": TextSize(_LARGE, 32, 51866),
    "large-v3-turbo": TextSize(_LARGE, 4, 51866),
}
END, START, POSITIONS = 50257, 50258, 448
TIMESTAMPS = 1501
SCORES = 3.0  # standard deviation of a token's score over the vocabulary
POSITION, HEARD = 3.0, 3.0  # how much of the stream says where a token stands, and what was heard
RAMP = 2.0  # by which every position points more to the end
TIMED = 1.5  # added to the scores of timestamps


def decoder_weights(size: TextSize, seed: int) -> dict[str, np.ndarray]:
    """Tensors below "model.decoder.", float32."""
    rng = np.random.default_rng(seed)
    d, ffn = size.encoder.d_model, size.encoder.ffn
    out: dict[str, np.ndarray] = {}

    def normal(shape, deviation: float) -> np.ndarray:
        return rng.standard_normal(shape, dtype=np.float32) * np.float32(deviation)

    def norm(name: str) -> None:
        out[f"{name}.weight"] = 1 + normal(d, 0.1)
        out[f"{name}.bias"] = normal(d, 0.1)

    def linear(name: str, rows: int, columns: int, gain: float, bias: bool = True) -> None:
        out[f"{name}.weight"] = normal((rows, columns), gain / math.sqrt(columns))
        if bias:
            out[f"{name}.bias"] = normal(rows, 0.1)

    token = SCORES / math.sqrt(d)
    out["embed_tokens.weight"] = normal((size.vocabulary, d), token)
    end = out["embed_tokens.weight"][END] / np.linalg.norm(out["embed_tokens.weight"][END])
    out["embed_positions.weight"] = normal((POSITIONS, d), POSITION) + RAMP * np.arange(POSITIONS)[:, None] * end
    timestamps = rng.standard_normal(d, dtype=np.float32) / np.float32(math.sqrt(d))
    out["embed_tokens.weight"][-TIMESTAMPS:] += timestamps
    share = math.sqrt(4 / size.layers)  # of each layer, so that deep streams end as large as shallow ones
    for i in range(size.layers):
        for attention in ("self_attn", "encoder_attn"):
            prefix = f"layers.{i}.{attention}"
            norm(f"{prefix}_layer_norm")
            linear(f"{prefix}.q_proj", d, d, math.sqrt(3))
            linear(f"{prefix}.k_proj", d, d, math.sqrt(3), bias=False)
            linear(f"{prefix}.v_proj", d, d, 1.0)
            linear(f"{prefix}.out_proj", d, d, share * (HEARD if attention == "encoder_attn" else 1.0))
        norm(f"layers.{i}.final_layer_norm")
        linear(f"layers.{i}.fc1", ffn, d, 1.5)
        linear(f"layers.{i}.fc2", d, ffn, share * 1.5)
    norm("layer_norm")
    out["layer_norm.bias"] += TIMED * timestamps
    return {f"model.decoder.{name}": tensor for name, tensor in out.items()}


def special_tokens(languages: list[str]) -> dict[str, int]:
    names = ["<|endoftext|>", "<|startoftranscript|>", *(f"<|{code}|>" for code in languages), "<|translate|>",
             "<|transcribe|>", "<|startoflm|>", "<|startofprev|>", "<|nospeech|>", "<|notimestamps|>",
             *(f"<|{i * 0.02:.2f}|>" for i in range(1501))]
    return {name: END + i for i, name in enumerate(names)}


def configs(size: TextSize, specials: dict[str, int], non_speech: list[int]) -> dict[str, dict]:
    e = size.encoder
    config = e.config() | {
        "architectures": ["WhisperForConditionalGeneration"], "decoder_layers": size.layers,
        "decoder_attention_heads": e.heads, "vocab_size": size.vocabulary, "max_target_positions": POSITIONS,
        "pad_token_id": END, "bos_token_id": END, "eos_token_id": END, "decoder_start_token_id": START,
        "suppress_tokens": [], "begin_suppress_tokens": [], "torch_dtype": "float16", "is_encoder_decoder": True}
    controls = [specials[f"<|{name}|>"] for name in ("startoftranscript", "translate", "transcribe", "startoflm",
                                                     "startofprev", "nospeech")]
    codes = {name: i for name, i in specials.items() if START < i < specials["<|translate|>"]}
    generation = {
        "is_multilingual": True, "decoder_start_token_id": START, "eos_token_id": END, "pad_token_id": END,
        "bos_token_id": END, "lang_to_id": codes, "max_initial_timestamp_index": 50, "max_length": POSITIONS,
        "task_to_id": {"transcribe": specials["<|transcribe|>"], "translate": specials["<|translate|>"]},
        "no_timestamps_token_id": specials["<|notimestamps|>"], "begin_suppress_tokens": [220, END],
        "suppress_tokens": sorted({*non_speech, *controls})}
    mel = {"feature_extractor_type": "WhisperFeatureExtractor", "feature_size": e.n_mels, "sampling_rate": 16000,
           "hop_length": 160, "n_fft": 400, "chunk_length": 30, "n_samples": 480000, "nb_max_frames": 3000}
    return {"config.json": config, "generation_config.json": generation, "preprocessor_config.json": mel}


def make_model(folder: Path, name: str, seed: int = 5) -> Path:
    """Writes the folder unless it is there; openai-whisper's vocabulary is downloaded beside it."""
    size = SIZES[name]
    if (folder / "model.safetensors").exists():
        return folder
    whisper = download(folder.parent / "openai-whisper")
    module, rank_of = openai_module(whisper), ranks(whisper, "multilingual")
    specials = special_tokens(list(module.LANGUAGES)[: size.languages])
    make_folder(folder, rank_of, specials)
    (folder / "vocab.json").write_bytes((folder / "files" / "vocab.json").read_bytes())
    tokenizer = module.get_tokenizer(multilingual=True, num_languages=size.languages)
    for file, content in configs(size, specials, list(tokenizer.non_speech_tokens)).items():
        (folder / file).write_text(json.dumps(content, indent=1) + "\n")
    tensors = whisper_weights.make(size.encoder, seed) | decoder_weights(size, seed + 1)
    save_file({k: v.astype(np.float16) for k, v in tensors.items()}, folder / "partial", metadata={"format": "pt"})
    (folder / "partial").rename(folder / "model.safetensors")
    return folder


def make_clips(audio: Path, folder: Path, count: int = 50) -> list[Path]:
    """16 kHz WAV files: every recording in `audio`, then seeded joints of several, 3 to 29 s long."""
    sources = sorted(p for p in audio.iterdir() if p.suffix in (".wav", ".mp3"))
    folder.mkdir(parents=True, exist_ok=True)
    rng = random.Random(1)
    clips = []
    for i in range(count):
        clip = folder / f"{i:02}.wav"
        clips.append(clip)
        parts = [sources[i]] if i < len(sources) else rng.choices(sources, k=rng.randint(3, 16))
        if not clip.exists():
            inputs = [word for part in parts for word in ("-i", part)]
            each = "".join(f"[{n}:a]aresample=16000,aformat=channel_layouts=mono[a{n}];" for n in range(len(parts)))
            joined = each + "".join(f"[a{n}]" for n in range(len(parts))) + f"concat=n={len(parts)}:v=0:a=1[out]"
            subprocess.run(["ffmpeg", "-loglevel", "error", "-y", *inputs, "-filter_complex", joined, "-map", "[out]",
                            "-t", "29", "-ar", "16000", "-c:a", "pcm_s16le", "-bitexact", clip], check=True)
    return clips
