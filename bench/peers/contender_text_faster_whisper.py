# SPDX-License-Identifier: Apache-2.0
"""One contender of text.py: faster-whisper, which is CTranslate2. usage: … MODEL THREADS COMPUTE_TYPE

Protocol as in contender_text_whisper_cpp.cc. SECONDS_STEPS is the time of generating all tokens of features already
encoded, less that of generating one.
"""

import sys
import time

import numpy as np
from faster_whisper import WhisperModel

END = 50257
PROMPT = 4  # tokens; a text may have half of the length that CTranslate2 is given


def peak_resident_bytes() -> int:
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM:"))


def steps(model: WhisperModel, audio: np.ndarray, prompt: list[int], suppress: list[int], tokens: int) -> float:
    mel = model.feature_extractor(audio, padding=0)
    mel = np.pad(mel, ((0, 0), (0, max(0, 3000 - mel.shape[1]))))[:, :3000]
    encoded = model.encode(mel)
    taken = []
    for count in (tokens, 1):
        start = time.perf_counter()
        model.model.generate(encoded, [prompt], beam_size=1, max_length=max(2 * count, count + PROMPT),
                             suppress_tokens=suppress, return_no_speech_prob=True)
        taken.append(time.perf_counter() - start)
    return taken[0] - taken[1]


def main() -> None:
    path, threads, compute_type = sys.argv[1:4]
    start = time.perf_counter()
    model = WhisperModel(path, device="cpu", compute_type=compute_type, cpu_threads=int(threads))
    print(f"ready {time.perf_counter() - start:.6f}", flush=True)
    for line in sys.stdin:
        file, count, _ = line.split()
        audio, count = np.fromfile(file, np.float32), int(count)
        suppress = list(range(END, model.hf_tokenizer.get_vocab_size())) if count else []
        start = time.perf_counter()
        segments, info = model.transcribe(
            audio, language="en", beam_size=1, best_of=1, temperature=0.0, compression_ratio_threshold=None,
            log_prob_threshold=None, no_speech_threshold=None, condition_on_previous_text=False, without_timestamps=True,
            suppress_tokens=suppress, max_new_tokens=2 * count - PROMPT if count else None)
        tokens = [token for segment in segments for token in segment.tokens]
        whole = time.perf_counter() - start
        prompt = [END + 1, END + 2, model.hf_tokenizer.token_to_id("<|transcribe|>"),
                  model.hf_tokenizer.token_to_id("<|notimestamps|>")]
        decoding = steps(model, audio, prompt, suppress, count) if count else 0.0
        print(f"{whole:.6f} {decoding:.6f} {peak_resident_bytes()}", *tokens, flush=True)


if __name__ == "__main__":
    main()
