# SPDX-License-Identifier: Apache-2.0
"""Contenders of compare.py that come with Python: CTranslate2 and ONNX Runtime.

usage: contender_python.py ct2|onnx MODEL THREADS COMPUTE_TYPE
Protocol: prints "ready", then answers every input line with the seconds that one encoder pass took.
"""

import sys
import time
from pathlib import Path

import numpy as np


def ct2(model: str, threads: int, compute_type: str):
    import ctranslate2

    whisper = ctranslate2.models.Whisper(model, device="cpu", intra_threads=threads, compute_type=compute_type)
    features = ctranslate2.StorageView.from_array(np.ascontiguousarray(mel(whisper.n_mels)))
    return lambda: np.array(whisper.encode(features))


def onnx(model: str, threads: int, _compute_type: str):
    import onnxruntime as ort

    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    session = ort.InferenceSession(str(Path(model) / "model.onnx"), options, providers=["CPUExecutionProvider"])
    features = mel(session.get_inputs()[0].shape[1])
    return lambda: session.run(None, {"mel": features})


def mel(n_mels: int) -> np.ndarray:
    count = n_mels * 3000
    return ((np.arange(count) * 7919 % 1000) / 500 - 1).astype(np.float32).reshape(1, n_mels, 3000)


def main() -> None:
    engine, model, threads, compute_type = sys.argv[1:5]
    run = {"ct2": ct2, "onnx": onnx}[engine](model, int(threads), compute_type)
    print("ready", flush=True)
    for _ in sys.stdin:
        start = time.perf_counter()
        run()
        print(f"{time.perf_counter() - start:.6f}", flush=True)


if __name__ == "__main__":
    main()
