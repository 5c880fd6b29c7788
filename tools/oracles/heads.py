# SPDX-License-Identifier: Apache-2.0
"""The CTC heads in PyTorch's own modules, with the tensor names of the public recognisers (docs/heads.md)."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import nn

from tools.oracles.trajectory import TrajectoryBias


@dataclass(frozen=True)
class HeadSize:
    input_dim: int
    width: int
    layers: int
    classes: int = 66
    heads: int = 0  # transformer only, as the rest
    ffn: int = 0
    stride: int = 1
    positions: int = 500
    trajectory: str = "none"  # none, scalars, motifs
    cells: int = 0  # conv-bilstm only


class TransformerHead(nn.Module):
    kind = "transformer"

    def __init__(self, size: HeadSize):
        super().__init__()
        self.size = size
        d = size.width
        self.input_proj = nn.Sequential(nn.Linear(size.input_dim, d), nn.GELU())
        self.temporal_ds = nn.Sequential(nn.Conv1d(d, d, 5, stride=size.stride, padding=2), nn.GELU())
        self.pos_enc = nn.Parameter(torch.randn(1, size.positions, d) * 0.5)
        layer = nn.TransformerEncoderLayer(d, size.heads, size.ffn, activation="gelu", batch_first=True, norm_first=False)
        self.encoder = nn.TransformerEncoder(layer, size.layers, enable_nested_tensor=False)
        self.ln = nn.LayerNorm(d)
        self.output_proj = nn.Linear(d, size.classes)
        self.bias = TrajectoryBias(size.heads, size.trajectory == "motifs") if size.trajectory != "none" else None

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        x = self.temporal_ds(self.input_proj(features[None]).transpose(1, 2)).transpose(1, 2)
        x = x + self.pos_enc[:, : x.shape[1]]
        mask = self.bias(x[0]) if self.bias is not None else None
        return self.output_proj(self.ln(self.encoder(x, mask=mask)))[0]


class BilstmHead(nn.Module):
    kind = "bilstm"

    def __init__(self, size: HeadSize):
        super().__init__()
        self.size = size
        self.input_proj = nn.Linear(size.input_dim, size.width)
        self.encoder = nn.LSTM(size.width, size.width // 2, size.layers, batch_first=True, bidirectional=True)
        self.output_proj = nn.Linear(size.width, size.classes)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        return self.output_proj(self.encoder(self.input_proj(features[None]))[0])[0]


class ConvBilstmHead(nn.Module):
    kind = "conv-bilstm"

    def __init__(self, size: HeadSize):
        super().__init__()
        self.size = size
        h = size.width
        self.input_proj = nn.Sequential(nn.Linear(size.input_dim, h), nn.GELU())
        self.temporal_ds = nn.Sequential(nn.Conv1d(h, h, 5, stride=size.stride, padding=2), nn.GELU())
        self.encoder = nn.LSTM(h, size.cells, size.layers, batch_first=True, bidirectional=True)
        self.output_proj = nn.Linear(2 * size.cells, size.classes)

    def forward(self, features: torch.Tensor) -> torch.Tensor:
        x = self.temporal_ds(self.input_proj(features[None]).transpose(1, 2)).transpose(1, 2)
        return self.output_proj(self.encoder(x)[0])[0]


# Standard deviations, times one over the root of the number of inputs.
GAINS = {
    "input_proj": 2.0,
    "temporal_ds": 2.5,
    "in_proj": 1.2,  # attention scores with a standard deviation of about 1.4; sharper ones make six random layers chaotic
    "out_proj": 0.5,
    "linear1": 1.4,
    "linear2": 0.6,
    "weight_ih": 2.0,
    "weight_hh": 1.5,
    "output_proj": 3.0,
}


def _gain(name: str) -> float | None:
    matches = [gain for part, gain in GAINS.items() if part in name and "bias" not in name]
    return matches[0] if matches else None


def make(kind: type[nn.Module], size: HeadSize, seed: int) -> nn.Module:
    """A head whose logits differ from frame to frame as a trained one's do; PyTorch's initial weights would give the
    same class everywhere, and a comparison of argmaxes would prove nothing."""
    torch.manual_seed(seed)
    head = kind(size).eval()
    with torch.no_grad():
        for name, value in head.named_parameters():
            gain = _gain(name)
            if gain is not None:
                value.copy_(torch.randn_like(value) * gain / value[0].numel() ** 0.5)
                if "linear2" in name or "temporal_ds" in name:  # what follows GELU: its mean would drown what varies
                    value.sub_(value.mean(dim=tuple(range(1, value.dim())), keepdim=True))
            elif name == "bias.distance_scale":  # about 5: over 100 frames the kernel falls to less than one percent
                value.copy_(5.0 + torch.randn_like(value))
            elif name == "bias.net.4.weight":
                value.mul_(8.0)
            elif "norm" in name and name.endswith("weight") or name == "ln.weight":
                value.mul_(torch.exp(torch.randn_like(value) * 0.3))
            elif "bias" in name:
                value.add_(torch.randn_like(value) * 0.1)
    return head


def state(head: nn.Module) -> dict[str, np.ndarray]:
    """The state dict as a checkpoint has it: the trajectory block lies at the top."""
    tensors = {name.removeprefix("bias."): value for name, value in head.state_dict().items()}
    return {name: np.ascontiguousarray(value.numpy()) for name, value in tensors.items()}


def metadata(head: nn.Module) -> dict[str, str]:
    size = head.size
    values = {"kind": head.kind, "layers": size.layers, "blank": size.classes - 1, "input_dim": size.input_dim}
    if head.kind == "transformer":
        values |= {"stride": size.stride, "heads": size.heads, "ffn": size.ffn}
    if head.kind == "conv-bilstm":
        values["stride"] = size.stride
    return {f"seben.head.{key}": str(value) for key, value in values.items()}


def make_features(frames: int, width: int, seed: int) -> np.ndarray:
    """Smooth over time, as encoder features are, with standard deviation about one."""
    rng = np.random.default_rng(seed)
    noise = rng.standard_normal((frames + 8, width))
    smooth = np.stack([noise[t : t + 9].sum(axis=0) for t in range(frames)]) / 3
    return (0.8 * smooth + 0.5 * rng.standard_normal((frames, width))).astype(np.float32)


def logits(head: nn.Module, features: np.ndarray) -> np.ndarray:
    # With gradients on, PyTorch takes its ordinary path and not its fused inference one.
    return head(torch.from_numpy(features)).detach().numpy()
