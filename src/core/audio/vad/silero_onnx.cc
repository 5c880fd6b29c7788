// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/silero_onnx.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>

#include "base/format.h"
#include "seben/error.h"

namespace seben::generate {
namespace {

using tensor::OnnxTensor;
using tensor::OnnxType;

// What makes a network's spectrum, and by its shape tells the rate: 129 bins of 256 samples at 16 kHz.
constexpr std::string_view kBasis = "stft.forward_basis_buffer";
const tensor::Shape kBasisOf16{258, 1, 256}, kBasisOf8{130, 1, 128};

constexpr std::array<std::string_view, 15> kOnnxNames{kBasis,
                                                      "encoder.0.reparam_conv.weight",
                                                      "encoder.0.reparam_conv.bias",
                                                      "encoder.1.reparam_conv.weight",
                                                      "encoder.1.reparam_conv.bias",
                                                      "encoder.2.reparam_conv.weight",
                                                      "encoder.2.reparam_conv.bias",
                                                      "encoder.3.reparam_conv.weight",
                                                      "encoder.3.reparam_conv.bias",
                                                      "decoder.rnn.weight_ih",
                                                      "decoder.rnn.weight_hh",
                                                      "decoder.rnn.bias_ih",
                                                      "decoder.rnn.bias_hh",
                                                      "decoder.decoder.2.weight",
                                                      "decoder.decoder.2.bias"};

[[noreturn]] void refuse(const tensor::OnnxFile& file, std::string_view field, std::string expected,
                         std::string found) {
  throw Error(ErrorCategory::bad_data, base::format("{}: {}", file.source(), field), std::move(expected),
              std::move(found));
}

bool is_basis(const OnnxTensor& t) {
  return t.name == kBasis || (t.name.ends_with(kBasis) && t.name[t.name.size() - kBasis.size() - 1] == '.');
}

const OnnxTensor& basis_of_16k(const tensor::OnnxFile& file) {
  std::vector<const OnnxTensor*> found;
  bool other = false;
  for (const OnnxTensor& t : file.tensors()) {
    if (!is_basis(t)) continue;
    if (t.shape == kBasisOf16) found.push_back(&t);
    other = other || t.shape == kBasisOf8;
  }
  if (found.size() > 1) refuse(file, kBasis, "one network for 16 kHz", base::format("{}", found.size()));
  if (found.empty()) {
    refuse(file, kBasis, base::format("a tensor of shape {}", tensor::to_string(kBasisOf16)),
           other ? "the network for 8 kHz alone" : "no such tensor: is it a model of Silero VAD 5 or 6?");
  }
  return *found.front();
}

tensor::GgmlTensor in_ggml_terms(const tensor::OnnxFile& file, const OnnxTensor& t, std::string_view name) {
  if (t.type != OnnxType::f32 && t.type != OnnxType::f16) {
    refuse(file, t.name, "f32 (1) or f16 (10)", base::format("{}", static_cast<std::int32_t>(t.type)));
  }
  return {base::format("_model.{}", name), t.type == OnnxType::f32 ? tensor::GgmlType::f32 : tensor::GgmlType::f16,
          t.shape, t.data};
}

}  // namespace

std::vector<tensor::GgmlTensor> silero_tensors_of(const tensor::OnnxFile& file) {
  const OnnxTensor& basis = basis_of_16k(file);
  const std::string before = basis.name.substr(0, basis.name.size() - kBasis.size());  // "", "model."
  std::vector<tensor::GgmlTensor> out;
  for (const std::string_view name : kOnnxNames) {
    const std::string wanted = before + std::string(name);
    const auto is_it = [&](const OnnxTensor& t) { return t.graph == basis.graph && t.name == wanted; };
    const auto first = std::ranges::find_if(file.tensors(), is_it);
    const std::string field = base::format("{}: {}", file.graphs()[basis.graph], wanted);
    if (first == file.tensors().end()) refuse(file, field, "a tensor", "no such tensor");
    if (std::find_if(first + 1, file.tensors().end(), is_it) != file.tensors().end()) {
      refuse(file, field, "every tensor once", "it twice");
    }
    out.push_back(in_ggml_terms(file, *first, name));
  }
  return out;
}

}  // namespace seben::generate
