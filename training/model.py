# SPDX-License-Identifier: Apache-2.0
"""The demo model: Hugging Face Whisper's encoder and the post-norm transformer CTC head, with their tensor names.

The encoder's state dict has the names of transformers' WhisperEncoder below `model.encoder.`; the head has the names
of the public V3 head (input_proj.0, temporal_ds.0, pos_enc, encoder.layers.i, ln, output_proj).
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Shape:
    n_mels: int = 128
    d_model: int = 192
    heads: int = 3
    layers: int = 5
    positions: int = 1500
    head_width: int = 192
    head_heads: int = 3
    head_layers: int = 2
    stride: int = 2
    classes: int = 66
    dropout: float = 0.05

OLD = int(torch.__version__.split(".")[0]) < 2  # Debian's 1.13, which scripts/check-training may use
if OLD:
    torch.backends.mkldnn.set_flags(False)  # its oneDNN gives convolutions a wrong gradient


def sinusoids(length: int, channels: int) -> torch.Tensor:
    step = math.log(10000) / (channels // 2 - 1)
    angles = torch.arange(length)[:, None] * torch.exp(-step * torch.arange(channels // 2))[None]
    return torch.cat([angles.sin(), angles.cos()], dim=1)


def _attend(q, k, v, heads: int) -> torch.Tensor:
    def split(x):
        return x.view(*x.shape[:2], heads, -1).transpose(1, 2)

    q, k, v = split(q), split(k), split(v)
    if OLD:
        return ((q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])).softmax(-1) @ v).transpose(1, 2).flatten(2)
    return F.scaled_dot_product_attention(q, k, v).transpose(1, 2).flatten(2)


class WhisperAttention(nn.Module):
    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.k_proj = nn.Linear(width, width, bias=False)
        self.v_proj = nn.Linear(width, width)
        self.q_proj = nn.Linear(width, width)
        self.out_proj = nn.Linear(width, width)

    def forward(self, x):
        return self.out_proj(_attend(self.q_proj(x), self.k_proj(x), self.v_proj(x), self.heads))


class WhisperLayer(nn.Module):
    """Pre-norm block."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.d_model
        self.self_attn = WhisperAttention(width, shape.heads)
        self.self_attn_layer_norm = nn.LayerNorm(width)
        self.fc1 = nn.Linear(width, 4 * width)
        self.fc2 = nn.Linear(4 * width, width)
        self.final_layer_norm = nn.LayerNorm(width)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x):
        x = x + self.drop(self.self_attn(self.self_attn_layer_norm(x)))
        return x + self.drop(self.fc2(F.gelu(self.fc1(self.final_layer_norm(x)))))


class WhisperEncoder(nn.Module):
    """[batch, n_mels, frames] -> [batch, frames / 2, d_model]; `start` shifts the positions, for training on crops."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.d_model
        self.conv1 = nn.Conv1d(shape.n_mels, width, 3, padding=1)
        self.conv2 = nn.Conv1d(width, width, 3, stride=2, padding=1)
        self.embed_positions = nn.Embedding(shape.positions, width)
        self.embed_positions.weight = nn.Parameter(sinusoids(shape.positions, width), requires_grad=False)
        self.layers = nn.ModuleList(WhisperLayer(shape) for _ in range(shape.layers))
        self.layer_norm = nn.LayerNorm(width)

    def forward(self, mel, start: int = 0):
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2)
        x = x + self.embed_positions.weight[start : start + x.shape[1]]
        for layer in self.layers:
            x = layer(x)
        return self.layer_norm(x)


class HeadAttention(nn.Module):
    """nn.MultiheadAttention's parameters (in_proj_weight stacks q, k, v)."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.in_proj_weight = nn.Parameter(torch.empty(3 * width, width))
        self.in_proj_bias = nn.Parameter(torch.zeros(3 * width))
        self.out_proj = nn.Linear(width, width)
        nn.init.xavier_uniform_(self.in_proj_weight)

    def forward(self, x):
        q, k, v = F.linear(x, self.in_proj_weight, self.in_proj_bias).chunk(3, dim=-1)
        return self.out_proj(_attend(q, k, v, self.heads))


class HeadLayer(nn.Module):
    """Post-norm block: nn.TransformerEncoderLayer(norm_first=False, activation="gelu")."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.head_width
        self.self_attn = HeadAttention(width, shape.head_heads)
        self.linear1 = nn.Linear(width, 4 * width)
        self.linear2 = nn.Linear(4 * width, width)
        self.norm1 = nn.LayerNorm(width)
        self.norm2 = nn.LayerNorm(width)
        self.drop = nn.Dropout(shape.dropout)

    def forward(self, x):
        x = self.norm1(x + self.drop(self.self_attn(x)))
        return self.norm2(x + self.drop(self.linear2(F.gelu(self.linear1(x)))))


class HeadLayers(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.layers = nn.ModuleList(HeadLayer(shape) for _ in range(shape.head_layers))


class CtcHead(nn.Module):
    """[batch, T, d_model] -> logits [batch, ceil(T / stride), classes]; it downsamples itself."""

    def __init__(self, shape: Shape):
        super().__init__()
        width = shape.head_width
        self.stride = shape.stride
        self.input_proj = nn.Sequential(nn.Linear(shape.d_model, width), nn.GELU())
        self.temporal_ds = nn.Sequential(nn.Conv1d(width, width, 5, stride=shape.stride, padding=2), nn.GELU())
        rows = -(-shape.positions // shape.stride)
        self.pos_enc = nn.Parameter(sinusoids(rows, width)[None], requires_grad=False)
        self.encoder = HeadLayers(shape)
        self.ln = nn.LayerNorm(width)
        self.output_proj = nn.Linear(width, shape.classes)

    def forward(self, features, start: int = 0):
        x = self.temporal_ds(self.input_proj(features).transpose(1, 2)).transpose(1, 2)
        first = start // self.stride
        x = x + self.pos_enc[:, first : first + x.shape[1]]
        for layer in self.encoder.layers:
            x = layer(x)
        return self.output_proj(self.ln(x))


class Recogniser(nn.Module):
    def __init__(self, shape: Shape):
        super().__init__()
        self.shape = shape
        self.encoder = WhisperEncoder(shape)
        self.head = CtcHead(shape)

    def forward(self, mel, start: int = 0):
        return self.head(self.encoder(mel, start), start)
