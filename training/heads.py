# SPDX-License-Identifier: Apache-2.0
"""The kinds of head that are trained on stored features, under the tensor names of docs/heads.md.

Channels are normalised before the first layer: features of a real encoder have a few channels that are a hundred times
as loud as the rest. `folded` puts mean and deviation into that layer's weights, exactly, so that a head's file holds none.
"""

from pathlib import Path

import torch
from torch import nn

from . import text
from .model import OLD, CtcHead, Shape

WIDTH, CELLS, LAYERS, STRIDE = 256, 192, 2, 2


class ConvBilstm(nn.Module):
    def __init__(self, dim: int, dropout: float, width: int = WIDTH, cells: int = CELLS, layers: int = LAYERS):
        super().__init__()
        self.input_proj = nn.Sequential(nn.Linear(dim, width), nn.GELU())
        self.temporal_ds = nn.Sequential(nn.Conv1d(width, width, 5, stride=STRIDE, padding=2), nn.GELU())
        self.encoder = nn.LSTM(width, cells, layers, batch_first=True, bidirectional=True, dropout=dropout)
        self.output_proj = nn.Linear(2 * cells, text.CLASSES)
        self.drop = nn.Dropout(dropout)

    def forward(self, x):
        x = self.drop(self.input_proj(x))
        x = self.temporal_ds(x.transpose(1, 2)).transpose(1, 2)
        return self.output_proj(self.drop(self.encoder(x)[0]))


def transformer(dim: int, dropout: float) -> CtcHead:
    return CtcHead(Shape(d_model=dim, head_width=WIDTH, head_heads=4, head_layers=2, stride=STRIDE, dropout=dropout))


def make(kind: str, dim: int, dropout: float = 0.15) -> nn.Module:
    return ConvBilstm(dim, dropout) if kind == "conv-bilstm" else transformer(dim, dropout)


def load(checkpoint: Path) -> dict:
    """A checkpoint of training.head: tensors and numbers, nothing that runs (PyTorch 1's check knows no numbers)."""
    return torch.load(checkpoint, weights_only=not OLD)


def metadata(kind: str) -> dict[str, str]:
    out = {"format": "pt", "seben.head.kind": kind, "seben.head.stride": str(STRIDE), "seben.head.blank": str(text.BLANK)}
    return out | ({"seben.head.heads": "4"} if kind == "transformer" else {})


def folded(head: nn.Module, mean: torch.Tensor, deviation: torch.Tensor) -> dict[str, torch.Tensor]:
    """Weights for features as they are: W/sd, b - W (mean/sd), computed in double precision."""
    state = {name: value.detach().clone() for name, value in head.state_dict().items()}
    weight, bias = state["input_proj.0.weight"].double(), state["input_proj.0.bias"].double()
    scaled = weight / deviation.double()
    state["input_proj.0.weight"] = scaled.float()
    state["input_proj.0.bias"] = (bias - scaled @ mean.double()).float()
    return {name: value.contiguous() for name, value in state.items()}
