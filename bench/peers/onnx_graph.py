# SPDX-License-Identifier: Apache-2.0
"""Whisper's encoder as an ONNX graph in the operators that ONNX Runtime fuses (MatMul, LayerNormalization, Erf)."""

import math
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


class Graph:
    def __init__(self):
        self.nodes, self.constants, self.count = [], [], 0

    def constant(self, value: np.ndarray, name: str | None = None) -> str:
        name = name or f"c{len(self.constants)}"
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def op(self, kind: str, *inputs: str, **attributes) -> str:
        self.count += 1
        output = f"{kind.lower()}{self.count}"
        self.nodes.append(helper.make_node(kind, list(inputs), [output], name=f"n{self.count}", **attributes))
        return output

    def linear(self, x: str, weight: np.ndarray, bias: np.ndarray | None) -> str:
        y = self.op("MatMul", x, self.constant(weight.T))
        return y if bias is None else self.op("Add", y, self.constant(bias))

    def gelu(self, x: str) -> str:
        scaled = self.op("Div", x, self.constant(np.float32(math.sqrt(2))))
        one_plus_erf = self.op("Add", self.op("Erf", scaled), self.constant(np.float32(1)))
        return self.op("Mul", self.op("Mul", x, one_plus_erf), self.constant(np.float32(0.5)))


def _attention(g: Graph, x: str, t: dict, prefix: str, heads: int, width: int) -> str:
    shape = g.constant(np.array([1, 1500, heads, width // heads], np.int64))

    def split(part: str) -> str:
        y = g.linear(x, t[f"{prefix}.{part}_proj.weight"], t.get(f"{prefix}.{part}_proj.bias"))
        return g.op("Transpose", g.op("Reshape", y, shape), perm=[0, 2, 1, 3])

    q = g.op("Mul", split("q"), g.constant(np.float32((width // heads) ** -0.5)))
    scores = g.op("MatMul", q, g.op("Transpose", split("k"), perm=[0, 1, 3, 2]))
    mixed = g.op("MatMul", g.op("Softmax", scores, axis=-1), split("v"))
    merged = g.op("Reshape", g.op("Transpose", mixed, perm=[0, 2, 1, 3]), g.constant(np.array([1, 1500, width], np.int64)))
    return g.linear(merged, t[f"{prefix}.out_proj.weight"], t[f"{prefix}.out_proj.bias"])


def build(size, t: dict) -> onnx.ModelProto:
    g = Graph()
    e = "model.encoder"

    def norm(x, name):
        return g.op("LayerNormalization", x, g.constant(t[f"{name}.weight"]), g.constant(t[f"{name}.bias"]), epsilon=1e-5)

    x = "mel"
    for conv, stride in (("conv1", 1), ("conv2", 2)):
        w, b = g.constant(t[f"{e}.{conv}.weight"]), g.constant(t[f"{e}.{conv}.bias"])
        x = g.gelu(g.op("Conv", x, w, b, kernel_shape=[3], strides=[stride], pads=[1, 1]))
    x = g.op("Add", g.op("Transpose", x, perm=[0, 2, 1]), g.constant(t[f"{e}.embed_positions.weight"][None]))
    for i in range(size.layers):
        p = f"{e}.layers.{i}"
        attended = _attention(g, norm(x, f"{p}.self_attn_layer_norm"), t, f"{p}.self_attn", size.heads, size.d_model)
        x = g.op("Add", x, attended)
        hidden = g.gelu(g.linear(norm(x, f"{p}.final_layer_norm"), t[f"{p}.fc1.weight"], t[f"{p}.fc1.bias"]))
        x = g.op("Add", x, g.linear(hidden, t[f"{p}.fc2.weight"], t[f"{p}.fc2.bias"]))
    y = norm(x, f"{e}.layer_norm")
    graph = helper.make_graph(
        g.nodes,
        "whisper_encoder",
        [helper.make_tensor_value_info("mel", TensorProto.FLOAT, [1, size.n_mels, 3000])],
        [helper.make_tensor_value_info(y, TensorProto.FLOAT, [1, 1500, size.d_model])],
        initializer=g.constants,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return model


def write(folder: Path, size, tensors: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "weights.bin").unlink(missing_ok=True)
    onnx.save_model(
        build(size, tensors), folder / "model.onnx", save_as_external_data=True, location="weights.bin", size_threshold=1024
    )


def quantize(source: Path, target: Path) -> None:
    """ONNX Runtime's own dynamic quantization: int8 weights per channel, activations quantized at run time."""
    from onnxruntime.quantization import QuantType, quantize_dynamic

    target.mkdir(parents=True, exist_ok=True)
    (target / "model.onnx.data").unlink(missing_ok=True)
    quantize_dynamic(
        source / "model.onnx",
        target / "model.onnx",
        weight_type=QuantType.QInt8,
        per_channel=True,
        op_types_to_quantize=["MatMul"],
        use_external_data_format=True,
    )
