// SPDX-License-Identifier: Apache-2.0
#include "parity/stage_parity.h"

namespace seben::parity {
namespace {

class Reference {
 public:
  Reference(const tensor::WeightFile& file, const whisper::EncoderConfig& config) : file_(file), config_(config) {}

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
  const whisper::EncoderConfig& config_;
};

}  // namespace

std::vector<StageParity> compare_stages(const whisper::Encoder& encoder, const tensor::WeightFile& reference,
                                        whisper::EncoderWorkspace& workspace) {
  const Reference expected(reference, encoder.config());
  const std::vector<float> mel = expected.mel();
  std::vector<float> given = mel, found(static_cast<std::size_t>(encoder.config().feature_size()));
  std::vector<StageParity> out;
  for (const whisper::Stage& stage : whisper::single_stages(encoder.config())) {
    const std::string name = whisper::to_string(stage);
    encoder.run_stage(stage, given, found, workspace);
    given = expected.features(name);
    out.push_back({name, difference(found, given), difference(found, expected.features("exact." + name))});
  }
  encoder.run(mel, found, workspace);
  out.push_back({"encoder", difference(found, given), difference(found, expected.features("exact.encoder"))});
  return out;
}

}  // namespace seben::parity
