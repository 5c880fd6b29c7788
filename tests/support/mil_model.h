// SPDX-License-Identifier: Apache-2.0
// A model around a function under test.
#pragma once

#include <vector>

#include "mil/builder.h"
#include "mil/model.h"

namespace seben::test {

/// The interface follows from the values; their shapes must be known. A scalar is declared as [1].
inline mil::Model model_of(mil::FunctionBuilder& builder, const std::vector<mil::Value>& inputs,
                           const std::vector<mil::Value>& outputs) {
  mil::Model model;
  model.specification_version = specification_version(builder.opset());
  const auto feature = [](const mil::Value& v) {
    mil::Feature f;
    f.name = v.name;
    f.dtype = v.type.dtype;
    f.shape = v.type.shape;
    return f;
  };
  for (const mil::Value& v : inputs)
    (v.type.state ? model.interface.states : model.interface.inputs).push_back(feature(v));
  for (const mil::Value& v : outputs) model.interface.outputs.push_back(feature(v));
  model.program.functions["main"] = builder.finish(outputs);
  return model;
}

}  // namespace seben::test
