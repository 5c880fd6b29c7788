# SPDX-License-Identifier: Apache-2.0
"""The one form of a training set: a table of recordings, a row each, tabs between, its first line the names.

audio      path from the table's folder (or absolute)       seconds    length, as measured
speaker    who speaks; no speaker is in two splits          nko        what is said: N'Ko letters, no tone marks
source     what the row was made of or taken from           licence    SPDX identifier
split      train, dev or test                               spoken     what a voice was asked to say (may be empty)
"""

import subprocess
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import soundfile

RATE = 16000


@dataclass
class Row:
    audio: str
    seconds: float
    speaker: str
    nko: str
    source: str
    licence: str
    split: str = "train"
    spoken: str = ""


COLUMNS = [f.name for f in fields(Row)]


def read(path: Path) -> list[Row]:
    lines = path.read_text(encoding="utf-8").split("\n")
    header = lines[0].split("\t")
    missing = [name for name in COLUMNS[:6] if name not in header]
    if missing:
        raise SystemExit(f"{path}: expected the columns {' '.join(COLUMNS[:6])}, found no {' '.join(missing)}")
    rows = []
    for number, line in enumerate(lines[1:], 2):
        if not line:
            continue
        cells = line.split("\t")
        if len(cells) != len(header):
            raise SystemExit(f"{path}:{number}: expected {len(header)} cells, found {len(cells)}")
        known = {name: cell for name, cell in zip(header, cells) if name in COLUMNS}
        try:
            known["seconds"] = float(known["seconds"])
        except ValueError:
            raise SystemExit(f"{path}:{number}: expected seconds as a number, found {known['seconds']}") from None
        rows.append(Row(**known))
    return rows


def write(path: Path, rows: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(COLUMNS)]
    for row in rows:
        cells = asdict(row) | {"seconds": f"{row.seconds:.3f}"}
        lines.append("\t".join(str(cells[name]).replace("\t", " ").replace("\n", " ") for name in COLUMNS))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def load_audio(path: Path) -> np.ndarray:
    """float32 mono 16 kHz of any file: sound files of that form directly, everything else through FFmpeg."""
    if path.suffix in (".flac", ".wav"):
        samples, rate = soundfile.read(path, dtype="float32", always_2d=True)
        if rate == RATE and samples.shape[1] == 1:
            return samples[:, 0]
    command = ["ffmpeg", "-v", "error", "-i", str(path), "-ac", "1", "-ar", str(RATE), "-f", "s16le", "-"]
    done = subprocess.run(command, capture_output=True, check=False)
    if done.returncode != 0:
        raise OSError(f"{path}: {done.stderr.decode(errors='replace').strip() or 'FFmpeg failed'}")
    return np.frombuffer(done.stdout, "<i2").astype(np.float32) / 32768


def save_audio(path: Path, samples: np.ndarray) -> None:
    """16-bit FLAC; under a temporary name first, so that an interrupted run leaves no half file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    soundfile.write(partial, np.clip(samples, -1, 1), RATE, subtype="PCM_16", format="FLAC")
    partial.replace(path)
