# SPDX-License-Identifier: Apache-2.0
"""Conversation with seben-whisper-text (tools/whisper_text.cc says what may be asked)."""

import json
import subprocess
from pathlib import Path

import numpy as np


class TextProgram:
    def __init__(self, program: Path, model: Path, precision: str = "f32", threads: int = 2):
        self.process = subprocess.Popen([program, model, "serve", precision, str(threads)], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True)
        self.ready = self._answer()

    def _answer(self) -> dict:
        line = self.process.stdout.readline()
        if not line:
            raise SystemExit(f"seben-whisper-text ended with status {self.process.wait()}")
        return json.loads(line)

    def ask(self, audio: Path, options: dict, **more) -> dict:
        self.process.stdin.write(json.dumps({"audio": str(audio), "options": options, "kept": True, **more}) + "\n")
        self.process.stdin.flush()
        return self._answer()

    def scores(self, audio: Path, options: dict, tokens: list[int], path: Path) -> tuple[np.ndarray, list[int]]:
        """Raw scores after the prompt and after each token, [tokens + 1, vocabulary], and the prompt."""
        answer = self.ask(audio, options, score=tokens, scores=str(path))
        return np.fromfile(path, np.float32).reshape(answer["rows"], answer["columns"]), answer["prompt"]

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait()
