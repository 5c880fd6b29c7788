# SPDX-License-Identifier: Apache-2.0
"""Reads packets of features (.spkt, src/core/codecs/packet.h) of the codec affine8:g32, without restoring them all.

Frames stay codes in the mapped file; `restore` makes floats of the few that a batch needs.
"""

import hashlib
import json
import struct
import zlib
from pathlib import Path

import numpy as np

GROUP, CODEC = 32, "affine8:g32"


class Packet:
    """frames: a list of [n, bytes a frame] views, block by block; checked by every CRC and the digest at the end."""

    def __init__(self, path: Path, check: bool = True):
        self.path, data = path, np.memmap(path, np.uint8, "r")
        if bytes(data[:4]) != b"SPKT":
            raise SystemExit(f"{path}: expected a packet of features, found no SPKT")
        version, length = struct.unpack("<II", data[4:12])
        if version != 1 or length > min(len(data), 1 << 20):
            raise SystemExit(f"{path}: expected version 1, found {version}")
        header = json.loads(bytes(data[12 : 12 + length]))
        self.contract = json.loads(header["contract"]) if isinstance(header["contract"], str) else header["contract"]
        self.dim, self.window_frames = header["dim"], header.get("window_frames", 1500)
        if json.dumps(header).find(CODEC) < 0:
            raise SystemExit(f"{path}: expected the codec {CODEC}, found another")
        self.frame_bytes = self.dim + 4 * (self.dim // GROUP)
        blocks, at = [], 12 + length + 4
        while data[at : at + 1].tobytes() == b"B":
            frames, size = struct.unpack("<HI", data[at + 2 : at + 8])
            end = at + 8 + size
            if size != frames * self.frame_bytes or end + 4 > len(data):
                raise SystemExit(f"{path}: expected {frames} frames at byte {at}, found {size} bytes")
            if check and zlib.crc32(data[at:end]) != struct.unpack("<I", data[end : end + 4])[0]:
                raise SystemExit(f"{path}: expected a checksum at byte {end}, found another")
            blocks.append(data[at + 8 : end].reshape(frames, self.frame_bytes))
            at = end + 4
        if data[at : at + 1].tobytes() != b"E":
            raise SystemExit(f"{path}: expected an end at byte {at}, found none")
        if check and hashlib.sha256(data[: at + 16]).hexdigest() != bytes(data[at + 16 : at + 80]).decode():
            raise SystemExit(f"{path}: expected its digest at the end, found another")
        self._blocks, self._starts = blocks, np.cumsum([0] + [len(b) for b in blocks])

    def __len__(self) -> int:
        return int(self._starts[-1])

    @property
    def windows(self) -> int:
        return len(self) // self.window_frames

    def codes(self, first: int, count: int) -> np.ndarray:
        """[count, bytes a frame], as stored."""
        block = int(np.searchsorted(self._starts, first, "right")) - 1
        parts = []
        while count > 0:
            inside = first - int(self._starts[block])
            taken = self._blocks[block][inside : inside + count]
            parts.append(taken)
            first, count, block = first + len(taken), count - len(taken), block + 1
        return np.concatenate(parts)


def restore(codes: np.ndarray) -> np.ndarray:
    """[n, bytes a frame] -> float32 [n, width]: zero + scale * code, a scale and a zero for each 32 values."""
    groups = codes.shape[1] // (GROUP + 4)
    dim = groups * GROUP
    halves = np.ascontiguousarray(codes[:, dim:]).view("<f2").astype(np.float32)
    values = codes[:, :dim].reshape(-1, groups, GROUP).astype(np.float32)
    return (halves[:, groups:, None] + halves[:, :groups, None] * values).reshape(-1, dim)
