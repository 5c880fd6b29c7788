# SPDX-License-Identifier: Apache-2.0
"""Seben's tokenizer against Hugging Face's tokenizers and OpenAI's tiktoken, on Whisper's real vocabularies.

  python3 -m venv build/venv-tokenizer && build/venv-tokenizer/bin/pip install tokenizers tiktoken
  cmake --build --preset release --target seben-tokenize
  build/venv-tokenizer/bin/python -m tools.oracles.tokenizer_parity --program build/release/bin/seben-tokenize

openai-whisper is downloaded by pip (not installed) for its vocabularies and its tokenizer.py. Prints a table; the exit
status is 1 when a line differs.
"""

import argparse
import json
import random
import subprocess
import sys
import time
from pathlib import Path

import tiktoken
from tokenizers import Tokenizer

from tools.oracles.mixed_lines import mixed_lines
from tools.oracles.whisper_vocabulary import download, make_folder, make_ggml, openai_module, ranks

MODELS = {"english": ("gpt2", 99, 51864), "multilingual": ("multilingual", 99, 51865),
          "large-v3": ("multilingual", 100, 51866)}  # fmt: skip
UNSPACED = ("zh", "ja", "th", "lo", "my", "yue")


class Comparison:
    def __init__(self, program: Path, show: int) -> None:
        self.program, self.show, self.failed = program, show, False

    def seben(self, source: str, *command: str, rows: list = ()) -> list:
        text = "".join(json.dumps(row) + "\n" for row in rows)
        done = subprocess.run([self.program, source, *command], input=text, capture_output=True, text=True)
        if done.returncode != 0:
            raise SystemExit(done.stderr)
        return [json.loads(row) for row in done.stdout.split("\n")[:-1]]

    def report(self, name: str, rows: list, ours: list, theirs: list) -> None:
        equal = sum(a == b for a, b in zip(ours, theirs))
        print(f"| {name} | {equal} | {len(theirs)} |", flush=True)
        if equal == len(theirs) == len(ours):
            return
        self.failed = True
        wrong = [t for t in zip(rows, ours, theirs) if t[1] != t[2]]
        for row, a, b in wrong[: self.show]:
            print(f"  {row!r}\n    seben {a}\n    other {b}", file=sys.stderr)


def random_ids(rng: random.Random, encoded: list, top: int) -> list[list[int]]:
    """Tokens of real lines, cut and mixed with any others, so that characters come out in pieces."""
    out = []
    for ids in encoded:
        ids = [i for i in ids if rng.random() > 0.05]
        ids += [rng.randrange(top) for _ in range(rng.randrange(4))]
        if rng.random() < 0.3:
            rng.shuffle(ids)
        out.append(ids)
    return out


def openai_words(tokenizer, rows: list) -> list:
    """What split_to_word_tokens says; nothing where it fails itself (an index beyond the text) or loses tokens."""
    out = []
    for ids in rows:
        try:
            words, tokens = tokenizer.split_to_word_tokens(ids)
        except IndexError:
            out.append(None)
            continue
        whole = sum(len(group) for group in tokens) == len(ids)
        out.append([[w, t] for w, t in zip(words, tokens)] if whole else None)
    return out


def check_model(c: Comparison, model: str, work: Path, whisper: Path, lines: list[str]) -> None:
    name, languages, size = MODELS[model]
    module = openai_module(whisper)
    openai = module.get_tokenizer(name == "multilingual", num_languages=languages)
    encoding = openai.encoding
    folder = work / model
    make_folder(folder, ranks(whisper, name), openai.special_tokens)
    make_ggml(folder / "vocabulary.ggml", ranks(whisper, name))
    ggml = f"ggml:{size}:{folder / 'vocabulary.ggml'}"
    (folder / "saved").mkdir(exist_ok=True)
    c.seben(ggml, "save", str(folder / "saved"))
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    saved = Tokenizer.from_file(str(folder / "saved" / "tokenizer.json"))
    encoded = [e.ids for e in theirs.encode_batch(lines, add_special_tokens=False)]
    ordinary = [encoding.encode_ordinary(line) for line in lines]

    c.report(f"{model}: encode, tokenizer.json, tokenizers", lines,
             c.seben(str(folder), "encode-special", rows=lines), encoded)
    c.report(f"{model}: encode, vocab.json + merges.txt, tokenizers", lines,
             c.seben(str(folder / "files"), "encode-special", rows=lines), encoded)
    c.report(f"{model}: encode, tokenizer.json, tiktoken", lines, c.seben(str(folder), "encode", rows=lines), ordinary)
    c.report(f"{model}: encode, ggml, tiktoken", lines, c.seben(ggml, "encode", rows=lines), ordinary)
    c.report(f"{model}: what seben saved, read by tokenizers", lines,
             [e.ids for e in saved.encode_batch(lines, add_special_tokens=False)], encoded)
    c.report(f"{model}: what seben saved, read by seben", lines,
             c.seben(str(folder / "saved"), "encode", rows=lines), ordinary)

    rng = random.Random(7)
    contents = sorted(openai.special_tokens)  # its own order changes from run to run
    mixed = ["".join(rng.choice([rng.choice(contents), line[:20]]) for _ in range(4)) for line in lines]
    with_special = [encoding.encode(line, allowed_special="all") for line in mixed]
    c.report(f"{model}: encode with special tokens, tiktoken", mixed,
             c.seben(ggml, "encode-special", rows=mixed), with_special)
    c.report(f"{model}: encode with special tokens, tokenizers", mixed,
             c.seben(str(folder), "encode-special", rows=mixed), [e.ids for e in theirs.encode_batch(mixed)])

    rows = random_ids(rng, encoded, size)
    decoded = c.seben(str(folder), "decode", rows=rows)
    c.report(f"{model}: decode, tokenizers", rows, decoded, theirs.decode_batch(rows, skip_special_tokens=False))
    c.report(f"{model}: decode, tiktoken", rows, c.seben(ggml, "decode", rows=rows), encoding.decode_batch(rows))

    facts = c.seben(ggml, "facts")[0]
    expected = {"size": encoding.n_vocab, "endoftext": openai.eot, "startoftranscript": openai.sot,
                "translate": openai.translate, "transcribe": openai.transcribe, "startoflm": openai.sot_lm,
                "startofprev": openai.sot_prev, "nospeech": openai.no_speech, "notimestamps": openai.no_timestamps,
                "timestamp_begin": openai.timestamp_begin, "timestamp_count": 1501,
                "languages": [[code, openai.to_language_token(code)] for code in list(module.LANGUAGES)[:languages]],
                "non_speech": list(openai.non_speech_tokens)}
    c.report(f"{model}: specials, languages and non-speech tokens, openai-whisper", list(facts),
             list(facts.items()), [(key, expected[key]) for key in facts])
    for other in (folder, folder / "files"):
        c.report(f"{model}: the same from {other.name}", [other], c.seben(str(other), "facts"), [facts])

    for language in ("en", "ja"):
        openai.language = language
        words = openai_words(openai, rows)
        kept = [i for i, row in enumerate(words) if row is not None]
        c.report(f"{model}: words, {language}, openai-whisper", [rows[i] for i in kept],
                 c.seben(ggml, "words", language, rows=[rows[i] for i in kept]), [words[i] for i in kept])


def check_code_points(c: Comparison, work: Path) -> None:
    """Every code point alone, before and after a letter, a digit and a space: the classes of characters."""
    theirs = Tokenizer.from_file(str(work / "multilingual" / "tokenizer.json"))
    codes = [chr(code) for code in range(0x110000) if not 0xD800 <= code < 0xE000]
    lines = [f"a{x}a1{x}1 {x} {x}{x}" for x in codes]
    ours = c.seben(str(work / "multilingual"), "encode", rows=lines)
    c.report("every code point, tokenizers", lines, ours, [e.ids for e in theirs.encode_batch(lines)])


def seconds(action) -> float:
    begin = time.perf_counter()
    action()
    return time.perf_counter() - begin


def measure(c: Comparison, work: Path, lines: list[str], name: str) -> None:
    size = sum(len(line.encode()) for line in lines) / 1e6
    folder = work / "multilingual"
    theirs = Tokenizer.from_file(str(folder / "tokenizer.json"))
    other = openai_module(download(work)).get_encoding("multilingual")
    assert isinstance(other, tiktoken.Encoding)
    own = [c.seben(str(folder), "time", "5", rows=lines)[0] for _ in range(3)]
    best = max(r["megabytes"] / r["seconds"] for r in own)
    plain = size / min(seconds(lambda: [theirs.encode(line) for line in lines]) for _ in range(3))
    batch = size / min(seconds(lambda: theirs.encode_batch_fast(lines)) for _ in range(3))
    tik = size / min(seconds(lambda: [other.encode_ordinary(line) for line in lines]) for _ in range(3))
    print(f"{name}, {size:.2f} MB, one thread, MB/s: seben {best:.1f}, tokenizers encode {plain:.1f}, "
          f"encode_batch_fast {batch:.1f}, tiktoken {tik:.1f}; seben loads in {own[0]['loading_seconds']:.3f} s")


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", type=Path, default=Path("build/release/bin/seben-tokenize"))
    parser.add_argument("--work", type=Path, default=Path("build/tokenizer-parity"), help="kept and reused")
    parser.add_argument("--lines", type=int, default=10_000)
    parser.add_argument("--text", type=Path, nargs="*", default=[], help="files whose lines are mixed in")
    parser.add_argument("--show", type=int, default=3, help="differing lines shown")
    arguments = parser.parse_args()
    texts = [line for path in [*arguments.text, *Path("docs").glob("*.md")] for line in path.read_text().splitlines()]
    lines = mixed_lines(arguments.lines, 11, [text for text in texts if text])
    c = Comparison(arguments.program, arguments.show)
    whisper = download(arguments.work)
    print("| what | equal | of |\n|---|---|---|")
    for model in MODELS:
        check_model(c, model, arguments.work, whisper, lines)
    check_code_points(c, arguments.work)
    measure(c, arguments.work, lines, "mixed lines")
    measure(c, arguments.work, [text for text in texts if text][:20_000], "ordinary text")
    return 1 if c.failed else 0


if __name__ == "__main__":
    sys.exit(main())
