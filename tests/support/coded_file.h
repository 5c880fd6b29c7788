// SPDX-License-Identifier: Apache-2.0
// A file in which some matrices are stored as codes.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "quant/coded_weights.h"
#include "support/memory_weights.h"

namespace seben::test {

/// Writes `weights` to `path`: by `codec` what `is_coded(name, view)` says, behind it everything else as it is.
template <class IsCoded>
void write_coded(const std::string& path, const MemoryWeights& weights, const std::string& codec, IsCoded is_coded) {
  std::vector<quant::CodedMatrix> coded;
  std::vector<tensor::TensorSpec> specs;
  tensor::Metadata metadata;
  std::vector<const tensor::TensorView*> plain;
  for (const std::string& name : weights.names()) {
    const tensor::TensorView& view = weights.require(name);
    if (is_coded(name, view)) {
      coded.push_back(quant::code_matrix(view, quant::parse_weight_codec(codec, "test")));
      quant::append_specs(coded.back(), specs, metadata);
    } else {
      plain.push_back(&view);
    }
  }
  for (const auto* view : plain) specs.push_back({view->name, view->dtype, view->shape});
  tensor::SafetensorsWriter writer(path, specs, metadata);
  for (const auto& m : coded) {
    writer.append(m.codes);
    writer.append(m.scales);
    writer.append(m.zeros);
  }
  for (const auto* view : plain) writer.append(std::span(view->data, view->bytes()));
  writer.commit();
}

}  // namespace seben::test
