// SPDX-License-Identifier: Apache-2.0
#include "parity/subject.h"

#include <string>
#include <utility>

#include "seben/error.h"

namespace seben::parity {
namespace {

void require(bool there, const char* what) {
  if (!there) throw Error(ErrorCategory::internal, "parity", std::string("a model with ") + what, "one without");
}

class NativeBackend final : public Backend {
 public:
  NativeBackend(const Parts& parts, std::vector<whisper::Stage> stages, kernels::Precision precision, int threads)
      : stages_(std::move(stages)), engine_(parts, precision, threads) {}

  std::vector<float> stage(std::size_t i, const std::vector<float>& in) override {
    return engine_.stage(stages_.at(i), in);
  }
  std::vector<float> encoder(const std::vector<float>& mel) override { return engine_.encoder(mel); }
  std::vector<float> head(const std::vector<float>& features) override { return engine_.head(features); }

 private:
  std::vector<whisper::Stage> stages_;
  Engine engine_;
};

}  // namespace

Engine::Engine(const Parts& parts, kernels::Precision precision, int threads) : frames_(parts.feature_frames) {
  if (parts.encoder != nullptr) {
    encoder_ = whisper::Encoder::load(*parts.encoder, parts.encoder_config, {precision, threads, {}});
    workspace_.emplace(encoder_->make_workspace(threads));
  }
  if (parts.head != nullptr) {
    head_ = ctc::load_head(*parts.head, parts.head_config, kernels::Precision::f32, threads);
    head_workspace_ = head_->make_workspace(frames_, threads);
  }
}

std::vector<float> Engine::features() const {
  require(encoder_.has_value(), "an encoder");
  return std::vector<float>(static_cast<std::size_t>(encoder_->config().feature_size()));
}

std::vector<float> Engine::stage(const whisper::Stage& stage, const std::vector<float>& in) {
  std::vector<float> out = features();
  encoder_->run_stage(stage, in, out, *workspace_);
  return out;
}

std::vector<float> Engine::encoder(const std::vector<float>& mel) {
  std::vector<float> out = features();
  encoder_->run(mel, out, *workspace_);
  return out;
}

std::vector<float> Engine::head(const std::vector<float>& features) {
  require(head_ != nullptr, "a head");
  std::vector<float> out(static_cast<std::size_t>(head_->output_frames(frames_) * head_->config().classes));
  head_->run(features, frames_, out, *head_workspace_);
  return out;
}

std::unique_ptr<Backend> native_backend(const Parts& parts, std::vector<whisper::Stage> stages,
                                        kernels::Precision precision, int threads) {
  return std::make_unique<NativeBackend>(parts, std::move(stages), precision, threads);
}

}  // namespace seben::parity
