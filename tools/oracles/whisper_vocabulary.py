# SPDX-License-Identifier: Apache-2.0
"""Whisper's real vocabularies, out of the openai-whisper package, in the layouts that Seben reads."""

import base64
import importlib.util
import json
import struct
import subprocess
import sys
import tarfile
from pathlib import Path

BYTE_LEVEL = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}


def download(folder: Path) -> Path:
    """The package's `whisper` folder; fetched by pip (source distribution, nothing is installed) unless it is there."""
    found = list(folder.glob("openai_whisper-*/whisper"))
    if not found:
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run([sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary",
                        "openai-whisper", "openai-whisper==20250625", "-d", folder], check=True)
        with tarfile.open(next(folder.glob("openai_whisper-*.tar.gz"))) as archive:
            if hasattr(tarfile, "data_filter"):
                archive.extractall(folder, filter="data")
            else:  # Python before 3.11.4
                plain = [m for m in archive if m.isreg() and not m.name.startswith("/") and ".." not in m.name]
                archive.extractall(folder, plain)
        found = list(folder.glob("openai_whisper-*/whisper"))
    return found[0]


def openai_module(whisper: Path):
    """openai-whisper's tokenizer.py alone: it needs tiktoken, not PyTorch."""
    spec = importlib.util.spec_from_file_location("openai_tokenizer", whisper / "tokenizer.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # its data classes look themselves up
    spec.loader.exec_module(module)
    return module


def ranks(whisper: Path, name: str) -> dict[bytes, int]:
    lines = (whisper / "assets" / f"{name}.tiktoken").read_text().splitlines()
    return {base64.b64decode(token): int(rank) for token, rank in (line.split() for line in lines if line)}


def byte_letters() -> list[str]:
    visible = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    moved = iter(range(0x100, 0x200))
    return [chr(b) if b in visible else chr(next(moved)) for b in range(256)]


def merge_of(token: bytes, rank_of: dict[bytes, int]) -> tuple[bytes, bytes] | None:
    """The last two pieces from which merging by rank makes the token."""
    pieces = [token[i : i + 1] for i in range(len(token))]
    while len(pieces) > 2:
        pairs = [(rank_of.get(a + b, 1 << 30), i) for i, (a, b) in enumerate(zip(pieces, pieces[1:]))]
        rank, at = min(pairs)
        if rank >= rank_of[token]:
            raise ValueError(f"{token!r} cannot be made by merges")
        pieces[at : at + 2] = [pieces[at] + pieces[at + 1]]
    return (pieces[0], pieces[1]) if len(pieces) == 2 else None


def make_folder(folder: Path, rank_of: dict[bytes, int], specials: dict[str, int]) -> None:
    """tokenizer.json, and beside it a folder `files` with vocab.json, merges.txt and added_tokens.json."""
    letters = byte_letters()
    spell = {token: "".join(letters[b] for b in token) for token in rank_of}
    vocabulary = {spell[token]: rank for token, rank in rank_of.items()}
    pairs = [merge_of(token, rank_of) for token in sorted(rank_of, key=rank_of.get)]
    merges = [[spell[left], spell[right]] for left, right in (pair for pair in pairs if pair)]
    ordered = sorted(specials.items(), key=lambda item: item[1])
    added = [{"id": i, "content": content, "single_word": False, "lstrip": False, "rstrip": False,
              "normalized": False, "special": "." not in content} for content, i in ordered]
    model = {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None,
             "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": False,
             "vocab": vocabulary, "merges": merges}
    whole = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
             "pre_tokenizer": BYTE_LEVEL, "post_processor": None, "decoder": BYTE_LEVEL, "model": model}
    files = folder / "files"
    files.mkdir(parents=True, exist_ok=True)
    (folder / "tokenizer.json").write_text(json.dumps(whole, ensure_ascii=False))
    (files / "vocab.json").write_text(json.dumps(vocabulary | {"<|endoftext|>": specials["<|endoftext|>"]}))
    (files / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))
    (files / "added_tokens.json").write_text(json.dumps({c: i for c, i in ordered if c != "<|endoftext|>"}))


def make_ggml(path: Path, rank_of: dict[bytes, int]) -> None:
    """The vocabulary section of a ggml file."""
    tokens = sorted(rank_of, key=rank_of.get)
    with path.open("wb") as file:
        file.write(struct.pack("<I", len(tokens)))
        for token in tokens:
            file.write(struct.pack("<I", len(token)) + token)
