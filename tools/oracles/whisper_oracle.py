# SPDX-License-Identifier: Apache-2.0
"""Hugging Face's WhisperEncoder, stage by stage, in float32 and, from the same float32 inputs, in float64."""

import numpy as np
import torch
from transformers import WhisperConfig
from transformers.models.whisper.modeling_whisper import WhisperEncoder


class WhisperOracle:
    def __init__(self, config: dict, tensors: dict[str, np.ndarray]):
        self.config = WhisperConfig(**config)
        self.encoder = WhisperEncoder(self.config).eval()
        prefix = "model.encoder."
        state = {name[len(prefix) :]: torch.from_numpy(tensor) for name, tensor in tensors.items()}
        self.encoder.load_state_dict(state, strict=True)

    def stage_names(self) -> list[str]:
        return ["convpos", *map(str, range(self.config.encoder_layers)), "finalnorm"]

    @torch.no_grad()
    def run(self, mel: np.ndarray) -> dict[str, np.ndarray]:
        """Every stage's float32 output in one pass of the whole encoder, seen by hooks."""
        seen: dict[str, np.ndarray] = {}

        def first_layer_input(_, inputs):
            seen["convpos"] = inputs[0][0].numpy().copy()

        def keep(name):
            def hook(_, __, output):
                value = output[0] if isinstance(output, tuple) else output
                seen[name] = value[0].numpy().copy()

            return hook

        handles = [self.encoder.layers[0].register_forward_pre_hook(first_layer_input)]
        handles += [layer.register_forward_hook(keep(str(i))) for i, layer in enumerate(self.encoder.layers)]
        handles.append(self.encoder.layer_norm.register_forward_hook(keep("finalnorm")))
        self.encoder(torch.from_numpy(mel)[None])
        for handle in handles:
            handle.remove()
        return seen

    @torch.no_grad()
    def stage_in_float64(self, name: str, given: np.ndarray) -> np.ndarray:
        """One stage on a float32 or float64 input, computed in float64; float32 weights come back unchanged."""
        x = torch.from_numpy(given).double()[None]
        e = self.encoder
        if name == "convpos":
            parts = [e.conv1, e.conv2, e.embed_positions]
        else:
            parts = [e.layer_norm if name == "finalnorm" else e.layers[int(name)]]
        for part in parts:
            part.double()
        if name == "convpos":
            x = torch.nn.functional.gelu(e.conv2(torch.nn.functional.gelu(e.conv1(x))))
            out = x.permute(0, 2, 1) + e.embed_positions.weight
        elif name == "finalnorm":
            out = e.layer_norm(x)
        else:
            out = e.layers[int(name)](x, None, None)[0]
        for part in parts:
            part.float()
        return out[0].numpy()

    def stages(self, mel: np.ndarray) -> dict[str, np.ndarray]:
        """The reference of stage_parity.h: "mel", "<stage>" in float32, "exact.<stage>" in float64 arithmetic from the
        same float32 input, and "exact.encoder", the whole encoder in float64."""
        out = {"mel": mel, **self.run(mel)}
        given, whole = mel, mel
        for name in self.stage_names():
            out[f"exact.{name}"] = self.stage_in_float64(name, given).astype(np.float32)
            whole = self.stage_in_float64(name, whole)
            given = out[name]
        out["exact.encoder"] = whole.astype(np.float32)
        return out


def scale_report(oracle: WhisperOracle, stages: dict[str, np.ndarray]) -> str:
    """How large the activations are: residual stream and attention scores, first and last layer."""
    lines = []
    names = oracle.stage_names()
    for name in (names[0], names[-2], names[-1]):
        x = stages[name]
        lines.append(f"{name}: standard deviation {x.std():.2f}, largest {np.abs(x).max():.1f}")
    for i in (0, oracle.config.encoder_layers - 1):
        layer = oracle.encoder.layers[i]
        with torch.no_grad():
            x = layer.self_attn_layer_norm(torch.from_numpy(stages[names[i]]))
            width = x.shape[1] // layer.self_attn.num_heads
            q = layer.self_attn.q_proj(x)[:, :width] * width**-0.5
            scores = q @ layer.self_attn.k_proj(x)[:, :width].T
        lines.append(f"attention scores of layer {i}: standard deviation {scores.std():.2f}, largest {scores.abs().max():.1f}")
    return "\n".join(lines)
