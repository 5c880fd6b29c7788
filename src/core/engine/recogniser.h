// SPDX-License-Identifier: Apache-2.0
// One window from samples to log-probabilities: log-mel, encoder, head.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <vector>

#include "audio/log_mel.h"
#include "bundle/bundle.h"
#include "codecs/feature_codec.h"
#include "correct/proposer.h"
#include "decode/ctc/log_probs.h"
#include "model/head/head.h"
#include "model/whisper/encoder.h"
#include "seben/transcript.h"

namespace seben::pipeline {

/// Memory of one window in flight; results stay in it until the next window.
struct WindowMemory {
  std::vector<float> mel;        ///< [n_mels, 3000]
  std::vector<float> other_mel;  ///< the same for who reads another; empty until there is one
  std::vector<float> features;   ///< [T, d_model], all frames of the encoder
  std::vector<float> coded;      ///< the same after a feature codec
  std::vector<float> kept;       ///< [T / subsample, d_model], when the extractor subsamples
  ctc::LogProbs log_probs;       ///< [T', classes]
  std::optional<whisper::EncoderWorkspace> encoder;
  std::unique_ptr<ctc::Head::Workspace> head;
  correction::Proposals correction;
};

struct RecogniserOptions {
  kernels::Precision precision = kernels::Precision::f32;
  int threads = 1;
  std::function<void(std::int64_t done, std::int64_t total)> progress;
  bool require_admitted = true;  ///< false only to measure an arithmetic that no gate has admitted yet
  /// Features go through this codec and back before the head; nullptr: they do not.
  std::shared_ptr<const quant::FeatureCodec> feature_codec = nullptr;
  bool head = true;  ///< false: the encoder alone, for Whisper's decoder
};

/// What an arithmetic is wanted for.
struct PrecisionRequest {
  std::string name = "auto";                     ///< or "f32", "bf16", "int8"
  bool allow_unadmitted = false;                 ///< take it although no gate admitted it, to measure it
  bool head = true;                              ///< a gate of the CTC head has to have admitted it
  const bundle::TextDecoder* decoder = nullptr;  ///< and one of this decoder
};

/// The arithmetic for a word; "auto": the fastest that was admitted for all who write. Error(usage) for a word that is
/// none, Error(incomplete) for one that no gate admitted.
[[nodiscard]] kernels::Precision choose_precision(const bundle::Bundle& bundle, const PrecisionRequest& request);

/// The codec of that name, or nullptr for an empty one; Error(incomplete) for one that no gate admitted for all who
/// read the features. No gate measures a codec for a text decoder yet. f32 needs none.
[[nodiscard]] std::shared_ptr<const quant::FeatureCodec> choose_feature_codec(const bundle::Bundle& bundle,
                                                                              const PrecisionRequest& request);

/// Error(usage) for a bundle whose features come from outside.
void require_encoder(const bundle::Bundle& bundle);

/// Immutable once loaded; thread-safe, each call with a memory of its own. Without a head only `encode` may be called.
class Recogniser {
 public:
  /// Error(bad_data) when the bundle's own contracts or weights do not fit each other.
  Recogniser(const bundle::Bundle& bundle, const RecogniserOptions& options);

  [[nodiscard]] std::unique_ptr<WindowMemory> make_memory() const;
  [[nodiscard]] bool has_encoder() const noexcept { return encoder_.has_value(); }
  [[nodiscard]] bool has_head() const noexcept { return head_ != nullptr; }
  [[nodiscard]] const whisper::Encoder& encoder() const { return *encoder_; }
  [[nodiscard]] const ctc::Head& head() const noexcept { return *head_; }
  [[nodiscard]] const nko::Vocabulary& vocabulary() const noexcept { return vocabulary_; }
  /// Feature frames of one window that the head takes, and the frames that it writes.
  [[nodiscard]] std::int64_t feature_frames() const noexcept { return feature_frames_; }
  [[nodiscard]] std::int64_t output_frames() const noexcept { return head_->output_frames(feature_frames_); }
  [[nodiscard]] std::size_t weight_bytes() const noexcept;

  [[nodiscard]] const frontend::LogMel& log_mel() const { return *mel_; }
  /// How short windows are padded for the head; as samples when there is none.
  [[nodiscard]] frontend::Padding padding() const noexcept { return padding_; }

  /// Samples (at most 480,000) to all features of the encoder, [T, d_model] in `memory`, by themselves, padded for the
  /// head or as is said.
  std::span<const float> encode(std::span<const float> samples, WindowMemory& memory, Timings& timings) const;
  std::span<const float> encode(std::span<const float> samples, frontend::Padding padding, WindowMemory& memory,
                                Timings& timings) const;
  /// The same of the log-mel in `memory`.
  std::span<const float> encode_mel(WindowMemory& memory, Timings& timings) const;
  /// What the head takes of the features that were encoded last, in `memory`.
  [[nodiscard]] std::span<const float> head_features(WindowMemory& memory) const;
  /// What a text decoder takes of them, in `memory`; the head's are gone then.
  [[nodiscard]] std::span<const float> text_features(WindowMemory& memory) const;
  /// encode, then head_features.
  [[nodiscard]] std::span<const float> features(std::span<const float> samples, WindowMemory& memory,
                                                Timings& timings) const;
  /// Features [frames, dim] to log-probabilities, in `memory`.
  [[nodiscard]] ctc::LogProbsView log_probs(std::span<const float> features, std::int64_t frames, WindowMemory& memory,
                                            Timings& timings) const;

 private:
  [[nodiscard]] std::span<const float> through_codec(std::span<const float> features, WindowMemory& memory) const;

  std::optional<frontend::LogMel> mel_;
  std::optional<whisper::Encoder> encoder_;
  std::unique_ptr<ctc::Head> head_;
  nko::Vocabulary vocabulary_;
  std::shared_ptr<const quant::FeatureCodec> feature_codec_;
  frontend::Padding padding_ = frontend::Padding::samples;
  std::int64_t subsample_ = 1;
  std::int64_t feature_frames_ = 0;
  int threads_ = 1;
};

}  // namespace seben::pipeline
