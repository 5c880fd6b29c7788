# SPDX-License-Identifier: Apache-2.0
"""One contender of mel.py: Hugging Face's WhisperFeatureExtractor (numpy) on the same samples."""

import sys
import time

import numpy
from transformers import WhisperFeatureExtractor

samples = (numpy.arange(480000) * 7919 % 20011 / 40022.0 - 0.25).astype(numpy.float32)
extractor = WhisperFeatureExtractor(feature_size=80)
print("ready", flush=True)
for _ in sys.stdin:
    start = time.perf_counter()
    extractor(samples, sampling_rate=16000, return_tensors="np")
    print(f"{time.perf_counter() - start:.6f}", flush=True)
