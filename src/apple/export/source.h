// SPDX-License-Identifier: Apache-2.0
// What packages are made from: a bundle, or a folder with a Hugging Face Whisper checkpoint.
#pragma once

#include <future>
#include <memory>
#include <optional>
#include <string>

#include "bundle/bundle.h"
#include "convert/decoder.h"
#include "convert/encoder.h"
#include "convert/head.h"
#include "parity/subject.h"

namespace seben::deploy {

class Source {
 public:
  /// A folder with bundle.json, or with config.json and model.safetensors (or its index). Error(no_input) for neither.
  [[nodiscard]] static Source open(const std::string& folder);

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  /// nullptr for a checkpoint.
  [[nodiscard]] const bundle::Bundle* bundle() const noexcept { return bundle_.get(); }
  [[nodiscard]] bool has_encoder() const noexcept { return encoder_.has_value(); }
  [[nodiscard]] bool has_head() const noexcept { return head_.has_value(); }
  /// Error(usage) when there is none.
  [[nodiscard]] const convert::EncoderSource& encoder() const;
  [[nodiscard]] const convert::HeadSource& head() const;
  [[nodiscard]] bool has_decoder() const noexcept { return decoder_.has_value(); }
  [[nodiscard]] const convert::DecoderSource& decoder() const;
  /// Both, as far as it has them, for parity::Engine.
  [[nodiscard]] parity::Parts parts() const;
  /// Feature frames that reach the head in one window, and of the encoder's how many-th each is. The former is
  /// Error(usage) without a head: a checkpoint has no contract that says so.
  [[nodiscard]] std::int64_t feature_frames() const;
  [[nodiscard]] std::int64_t subsample() const noexcept { return bundle_ ? bundle_->subsample() : 1; }
  /// How a short window's log-mel is padded for the head; without one as samples.
  [[nodiscard]] frontend::Padding padding() const {
    return bundle_ && bundle_->has_head() ? bundle_->required().framing.padding : frontend::Padding::samples;
  }
  /// SHA-256 over the encoder's tensors (whisper::encoder_digest); of a bundle as its contract states it, else
  /// computed.
  [[nodiscard]] std::string encoder_digest() const;
  /// Starts taking it in the background.
  void begin_digest() const;
  [[nodiscard]] std::string name() const;
  [[nodiscard]] std::string licence() const { return bundle_ ? bundle_->manifest().licence : ""; }

 private:
  std::string folder_;
  std::shared_ptr<const bundle::Bundle> bundle_;
  std::optional<convert::EncoderSource> encoder_;
  std::optional<convert::HeadSource> head_;
  std::optional<convert::DecoderSource> decoder_;
  mutable std::shared_future<std::string> digest_;
};

}  // namespace seben::deploy
