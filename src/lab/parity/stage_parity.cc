// SPDX-License-Identifier: Apache-2.0
#include "parity/stage_parity.h"

#include <algorithm>
#include <cmath>

#include "seben/error.h"

namespace seben::whisper {
namespace {

class Reference {
 public:
  Reference(const tensor::WeightFile& file, const EncoderConfig& config) : file_(file), config_(config) {}

  [[nodiscard]] std::vector<float> mel() const { return take("mel", {config_.n_mels, config_.mel_frames()}); }
  [[nodiscard]] std::vector<float> features(const std::string& name) const {
    return take(name, {config_.positions, config_.d_model});
  }

 private:
  [[nodiscard]] std::vector<float> take(const std::string& name, const tensor::Shape& shape) const {
    const tensor::TensorView& view = file_.require(name, shape);
    std::vector<float> values = tensor::to_float(view);
    file_.release(view);
    return values;
  }

  const tensor::WeightFile& file_;
  const EncoderConfig& config_;
};

}  // namespace

Difference difference(std::span<const float> found, std::span<const float> expected) {
  if (found.size() != expected.size()) {
    throw Error(ErrorCategory::internal, "difference", std::to_string(expected.size()) + " values",
                std::to_string(found.size()));
  }
  double squares = 0.0, largest = 0.0, product = 0.0, found_norm = 0.0, expected_norm = 0.0;
  for (std::size_t i = 0; i < found.size(); ++i) {
    const double a = static_cast<double>(found[i]), b = static_cast<double>(expected[i]);
    squares += (a - b) * (a - b);
    largest = std::isnan(largest) || std::abs(a - b) <= largest ? largest : std::abs(a - b);
    product += a * b;
    found_norm += a * a;
    expected_norm += b * b;
  }
  const double norms = std::sqrt(found_norm * expected_norm);
  return {squares / static_cast<double>(std::max<std::size_t>(found.size(), 1)), largest,
          norms > 0.0 ? product / norms : (found_norm == expected_norm ? 1.0 : 0.0)};
}

std::vector<StageParity> compare_stages(const Encoder& encoder, const tensor::WeightFile& reference,
                                        EncoderWorkspace& workspace) {
  const Reference expected(reference, encoder.config());
  const std::vector<float> mel = expected.mel();
  std::vector<float> given = mel, found(static_cast<std::size_t>(encoder.config().feature_size()));
  std::vector<StageParity> out;
  for (const Stage& stage : single_stages(encoder.config())) {
    const std::string name = to_string(stage);
    encoder.run_stage(stage, given, found, workspace);
    given = expected.features(name);
    out.push_back({name, difference(found, given), difference(found, expected.features("exact." + name))});
  }
  encoder.run(mel, found, workspace);
  out.push_back({"encoder", difference(found, given), difference(found, expected.features("exact.encoder"))});
  return out;
}

}  // namespace seben::whisper
