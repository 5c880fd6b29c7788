// SPDX-License-Identifier: Apache-2.0
// The compute plan of a model: what Core ML intends to run where. It is an intention, not evidence of placement.
//
// The file is one JSON object, as the harness writes it from MLComputePlan (no other public tool documents a JSON form
// of it):
//
//   {"format": "seben-compute-plan", "version": 1,
//    "model": "layers_0-2.mlmodelc",            the compiled model's folder
//    "compute_units": "all",                    what was asked for: cpu_only, cpu_and_gpu, cpu_and_ne or all
//    "operations": [                            of every function and block, in their order
//      {"name": "linear_0",                     its first output, or "op<N>" without one; each once
//       "type": "ios16.linear",                 operatorName
//       "preferred": "ane",                     ane, gpu, cpu, or null when Core ML gives no usage (constants)
//       "supported": ["ane", "gpu", "cpu"],     holds `preferred`; [] when that is null
//       "cost": 0.031}]}                        estimated share of the whole, 0 to 1, or null
//
// All keys are required, no others are allowed.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "evidence/unit.h"
#include "evidence/verdict.h"

namespace seben::evidence {

struct PlannedOperation {
  std::string name, type;
  std::optional<Unit> preferred;
  std::vector<Unit> supported;
  std::optional<double> cost;
};

struct ComputePlan {
  std::string model;
  std::string compute_units;
  std::vector<PlannedOperation> operations;
};

/// Error(bad_data) for anything that is not the form above; `source` begins the message.
[[nodiscard]] ComputePlan parse_compute_plan(std::string_view text, const std::string& source);

/// Status compute_plan_read, compute_plan_invalid, or unknown_output when it is no such file at all. Facts: operations
/// and cost by preferred and by supported unit, the same by type, and the operations that prefer another unit than the
/// Neural Engine. A plan in which no operation has a preferred unit is invalid.
[[nodiscard]] Verdict analyse_compute_plan(std::string_view text, const std::string& name);

/// The same for a file. Error(no_input) when it cannot be read.
[[nodiscard]] Verdict analyse_compute_plan_file(const std::string& path);

}  // namespace seben::evidence
