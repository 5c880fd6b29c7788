// SPDX-License-Identifier: Apache-2.0
// A Core ML model: the interface that an application sees, and the program (or chain of programs) behind it.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "mil/program.h"

namespace seben::mil {

/// The sizes a flexible dimension may take; equal for a fixed one.
struct SizeRange {
  std::int64_t lower = 1, upper = 1;

  [[nodiscard]] bool operator==(const SizeRange&) const = default;
};

/// One input, output or state of the interface.
struct Feature {
  std::string name;
  DType dtype = DType::fp32;      ///< fp32, fp16, int32, fp64 or int8
  Shape shape;                    ///< the default shape of a flexible input; empty for an output whose shape varies
  std::vector<Shape> enumerated;  ///< at most one of these two is filled, for inputs only
  std::vector<SizeRange> ranges;
  bool optional = false;
  std::string description;

  [[nodiscard]] bool operator==(const Feature&) const = default;
};

struct ModelInterface {
  std::vector<Feature> inputs, outputs, states;
};

struct Metadata {
  std::string description, version, author, license;
  std::map<std::string, std::string> user;  ///< "seben.…" keys among them
};

struct Model {
  int specification_version = 6;
  ModelInterface interface;
  Metadata metadata;
  Program program;
};

}  // namespace seben::mil
