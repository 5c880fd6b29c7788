# SPDX-License-Identifier: Apache-2.0
"""espeak-ng in process (libespeak-ng through ctypes): phonemes to float32 mono 16 kHz samples."""

import ctypes
import random
from dataclasses import dataclass

import numpy as np
from scipy.signal import resample_poly

SEEN_VOICES = ("shn", "shn+m1", "shn+m2", "shn+m3", "shn+m4", "shn+m6", "shn+m7", "shn+f1", "shn+f2", "shn+f3", "shn+f5")
UNSEEN_VOICES = ("shn+m5", "shn+f4")
RATE, PITCH, RANGE = 1, 3, 4  # espeak_PARAMETER
PHONEME_INPUT = 0x0100 | 1  # espeakPHONEMES | espeakCHARS_UTF8


@dataclass(frozen=True)
class Delivery:
    """How a sentence is said. rate: words a minute; pitch and pitch_range: 0..100."""

    voice: str
    rate: int
    pitch: int
    pitch_range: int

    @staticmethod
    def draw(rng: random.Random, voices, rates=(90, 140)) -> "Delivery":
        return Delivery(rng.choice(voices), rng.randint(*rates), rng.randint(30, 70), rng.randint(35, 65))


class Synthesizer:
    """One per process: libespeak-ng keeps global state."""

    def __init__(self):
        self._lib = ctypes.CDLL("libespeak-ng.so.1")
        self._chunks: list[np.ndarray] = []
        kind = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.c_void_p)
        self._callback = kind(self._receive)
        self.native_rate = self._lib.espeak_Initialize(2, 0, None, 0)  # 2 = AUDIO_OUTPUT_SYNCHRONOUS
        self._lib.espeak_SetSynthCallback(self._callback)
        self._voice = None

    def _receive(self, samples, count, _events) -> int:
        if count > 0:
            self._chunks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        return 0

    def say(self, phonemes: str, how: Delivery) -> np.ndarray:
        if how.voice != self._voice:
            if self._lib.espeak_SetVoiceByName(how.voice.encode()) != 0:
                raise RuntimeError(f"espeak-ng has no voice {how.voice}")
            self._voice = how.voice
        for parameter, value in ((RATE, how.rate), (PITCH, how.pitch), (RANGE, how.pitch_range)):
            self._lib.espeak_SetParameter(parameter, value, 0)
        self._chunks.clear()
        text = f"[[{phonemes}]]".encode()
        self._lib.espeak_Synth(text, len(text) + 1, 0, 1, 0, PHONEME_INPUT, None, None)
        self._lib.espeak_Synchronize()
        if not self._chunks:
            return np.zeros(0, np.float32)
        samples = np.concatenate(self._chunks).astype(np.float32) / 32768
        return _trim(resample_poly(samples, 16000, self.native_rate).astype(np.float32))


def _trim(samples: np.ndarray, threshold: float = 0.003) -> np.ndarray:
    loud = np.flatnonzero(np.abs(samples) > threshold)
    if len(loud) == 0:
        return np.zeros(0, np.float32)
    return samples[max(0, loud[0] - 400) : loud[-1] + 800]
