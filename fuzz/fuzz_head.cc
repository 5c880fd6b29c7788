// SPDX-License-Identifier: Apache-2.0
// A head's weight file of any kind: read, loaded, and run on a few frames.
#include <algorithm>
#include <span>
#include <vector>

#include "formats/safetensors.h"
#include "model/head/head.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto file = tensor::SafetensorsFile::view(std::as_bytes(std::span(data, size)), "fuzz");
    const ctc::HeadConfig config = ctc::HeadConfig::read(file);
    const auto head = ctc::load_head(file, config, kernels::Precision::f32, 1);
    fuzz::require(config.blank >= 0 && config.blank < config.classes && config.stride >= 1);
    std::int64_t frames = 9;
    if (config.positions > 0) frames = std::min(frames, config.positions * config.stride);
    const std::vector<float> features(static_cast<std::size_t>(frames * config.input_dim), 0.5F);
    std::vector<float> logits(static_cast<std::size_t>(head->output_frames(frames) * config.classes));
    const auto workspace = head->make_workspace(frames, 1);
    head->run(features, frames, logits, *workspace);
  });
}
