# SPDX-License-Identifier: Apache-2.0
"""A published corpus as the table that training.prepare takes (docs/corpora.md).

usage: python -m training.corpus_table parquet FILE... --text COLUMN --out DIR [options]       parquet or arrow files
       python -m training.corpus_table nemo FILE... --out DIR [options]                        JSON lines
       python -m training.corpus_table common-voice FILE... --out DIR [options]                tables beside clips/
options: --split NAME    --source NAME    --licence ID
         --speaker-column COLUMN (parquet)    --speaker-from-name EXPRESSION  its first group, of the file's name

Writes DIR/table.tsv, its paths absolute; parquet and arrow files have the audio inside, which goes to DIR/audio as it
is. Rows without audio or text are counted; whatever else may be wrong, training.prepare looks for.
"""

import argparse
import json
import re
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

COLUMNS = ("audio", "text", "speaker", "split", "source", "licence")
KINDS = ((b"fLaC", ".flac"), (b"RIFF", ".wav"), (b"OggS", ".ogg"), (b"ID3", ".mp3"), (b"\xff", ".mp3"))
Row = tuple[str, str, str]  # audio, text, speaker


def batches(path: Path) -> Iterator[list[dict]]:
    import pyarrow
    import pyarrow.parquet

    if path.suffix == ".parquet":
        for batch in pyarrow.parquet.ParquetFile(path).iter_batches(64):
            yield batch.to_pylist()
        return
    with pyarrow.memory_map(str(path)) as source:
        try:
            reader = pyarrow.ipc.open_stream(source)
        except pyarrow.ArrowInvalid:
            reader = pyarrow.ipc.open_file(source)
            for i in range(reader.num_record_batches):
                yield reader.get_batch(i).to_pylist()
            return
        for batch in reader:
            yield batch.to_pylist()


def save(folder: Path, number: int, audio: dict) -> tuple[str, str]:
    """(path, name in the corpus); the path is empty without audio."""
    name, content = audio.get("path") or "", audio.get("bytes")
    if not content:
        return "", name
    suffix = next((kind for start, kind in KINDS if content.startswith(start)), Path(name).suffix or ".bin")
    path = folder / "audio" / f"{number:07d}{suffix}"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return str(path.resolve()), name


def from_parquet(files: list[Path], args: argparse.Namespace) -> Iterator[Row]:
    number = 0
    for path in files:
        for rows in batches(path):
            for row in rows:
                missing = [c for c in ("audio", args.text, args.speaker_column) if c and c not in row]
                if missing:
                    raise SystemExit(f"{path}: expected a column {missing[0]}, found {' '.join(row)}")
                audio, name = save(args.out, number, row["audio"] or {})
                number += 1
                speaker = str(row[args.speaker_column] or "") if args.speaker_column else named(name, args)
                yield audio, row[args.text] or "", speaker


def from_nemo(files: list[Path], args: argparse.Namespace) -> Iterator[Row]:
    for path in files:
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                audio, text = row["audio_filepath"], row["text"]
            except (ValueError, KeyError, TypeError):
                raise SystemExit(f"{path}:{number}: expected audio_filepath and text, found {line[:60]}") from None
            yield str((path.parent / audio).resolve()), str(text), named(audio, args)


def from_common_voice(files: list[Path], args: argparse.Namespace) -> Iterator[Row]:
    for path in files:
        lines = path.read_text(encoding="utf-8").split("\n")
        header = lines[0].rstrip("\r").split("\t")
        for name in ("client_id", "path", "sentence"):
            if name not in header:
                raise SystemExit(f"{path}: expected a column {name}, found {' '.join(header)}")
        for number, line in enumerate(lines[1:], 2):
            if not line.strip():
                continue
            cells = line.rstrip("\r").split("\t")
            if len(cells) != len(header):
                raise SystemExit(f"{path}:{number}: expected {len(header)} cells, found {len(cells)}")
            row = dict(zip(header, cells))
            yield str((path.parent / "clips" / row["path"]).resolve()), row["sentence"], row["client_id"][:16]


def named(name: str, args: argparse.Namespace) -> str:
    found = re.search(args.speaker_from_name, Path(name).name) if args.speaker_from_name else None
    return found.group(1) if found else ""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("parquet", "nemo", "common-voice"))
    parser.add_argument("files", nargs="+", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--text", default="text")
    parser.add_argument("--speaker-column", default="")
    parser.add_argument("--speaker-from-name", default="")
    parser.add_argument("--split", default="")
    parser.add_argument("--source", default="")
    parser.add_argument("--licence", default="")
    args = parser.parse_args()
    for path in args.files:
        if not path.is_file():
            raise SystemExit(f"{path}: expected a file, found none")
    reader = {"parquet": from_parquet, "nemo": from_nemo, "common-voice": from_common_voice}[args.kind]
    lines, left_out = [], Counter()
    for audio, text, speaker in reader(args.files, args):
        text = " ".join(text.split())
        if not audio or not text:
            left_out["no audio" if not audio else "no text"] += 1
            continue
        lines.append((audio, text, speaker, args.split, args.source, args.licence))
    used = [i for i, name in enumerate(COLUMNS) if i < 2 or any(line[i] for line in lines)]
    args.out.mkdir(parents=True, exist_ok=True)
    with (args.out / "table.tsv").open("w", encoding="utf-8") as table:
        for line in (COLUMNS, *lines):
            table.write("\t".join(line[i] for i in used) + "\n")
    print(f"{len(lines)} rows; left out: {dict(left_out)}")
    return 0 if lines else 65


if __name__ == "__main__":
    sys.exit(main())
