// SPDX-License-Identifier: Apache-2.0
// Silero's network for 16 kHz among the tensors of the ONNX files that silero-vad publishes: alone, or beside the one
// for 8 kHz in the other branch of a graph.
#pragma once

#include <vector>

#include "formats/ggml_file.h"
#include "formats/onnx_file.h"

namespace seben::generate {

/// Its tensors by the names of whisper.cpp's file ("_model.stft.forward_basis_buffer"), viewing the model's bytes.
/// Error(bad_data) when there is none, several, or one for another rate.
[[nodiscard]] std::vector<tensor::GgmlTensor> silero_tensors_of(const tensor::OnnxFile& file);

}  // namespace seben::generate
