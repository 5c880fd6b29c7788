# SPDX-License-Identifier: Apache-2.0
"""Whisper's log-mel in PyTorch: periodic Hann 400, hop 160, reflect padding, Slaney filters, log10, floor at max - 8."""

import numpy as np
import torch

WINDOW_SAMPLES, FRAMES, HOP, FFT = 480000, 3000, 160, 400


def slaney_filters(n_mels: int, rate: int = 16000) -> np.ndarray:
    """[n_mels, 201], unit area in Hz (librosa's norm="slaney")."""

    def to_mel(hz):
        return np.where(hz < 1000, hz * 3 / 200, 15 + 27 * np.log(np.maximum(hz, 1e-9) / 1000) / np.log(6.4))

    def to_hz(mel):
        return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp((mel - 15) * np.log(6.4) / 27))

    bins = np.linspace(0, rate / 2, FFT // 2 + 1)
    edges = to_hz(np.linspace(to_mel(np.array(0.0)), to_mel(np.array(rate / 2)), n_mels + 2))
    rising = (bins[None] - edges[:-2, None]) / np.diff(edges)[:-1, None]
    falling = (edges[2:, None] - bins[None]) / np.diff(edges)[1:, None]
    return (np.maximum(0, np.minimum(rising, falling)) * (2 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


class LogMel:
    def __init__(self, n_mels: int = 128):
        self._filters = torch.from_numpy(slaney_filters(n_mels))
        self._window = torch.hann_window(FFT)

    def __call__(self, samples: torch.Tensor) -> torch.Tensor:
        """[..., samples] at 16 kHz -> [..., n_mels, samples / 160]; the floor is each recording's own maximum - 8."""
        spectrum = torch.stft(samples, FFT, HOP, window=self._window, return_complex=True)[..., :-1].abs().square()
        log = torch.clamp(self._filters @ spectrum, min=1e-10).log10()
        floor = log.flatten(-2).amax(-1)[..., None, None] - 8
        return (torch.maximum(log, floor) + 4) / 4
