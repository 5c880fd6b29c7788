# SPDX-License-Identifier: Apache-2.0
"""Recordings as files: 16 bits, mono, 16 kHz."""

import wave
from pathlib import Path

import numpy as np


def write_wav(path: Path, samples: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(16000)
        f.writeframes(np.clip(np.round(samples * 32768), -32768, 32767).astype("<i2").tobytes())
