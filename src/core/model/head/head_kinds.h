// SPDX-License-Identifier: Apache-2.0
// One loader for each kind of head; head.cc chooses.
#pragma once

#include <memory>

#include "model/head/head.h"

namespace seben::ctc {

[[nodiscard]] std::unique_ptr<Head> load_transformer_head(const tensor::WeightFile& file, const HeadConfig& config,
                                                          kernels::Precision precision, int threads);
/// Always f32: its steps depend on each other, and it is small.
[[nodiscard]] std::unique_ptr<Head> load_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config,
                                                     int threads);
/// `precision` is that of its first two layers; its recurrence is f32.
[[nodiscard]] std::unique_ptr<Head> load_conv_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config,
                                                          kernels::Precision precision, int threads);

}  // namespace seben::ctc
