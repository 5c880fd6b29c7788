// SPDX-License-Identifier: Apache-2.0
// An opened bundle: a folder whose structure, sizes, shapes and contracts were checked. Tensors are memory-mapped and
// their bytes not read, so that opening 2.5 GB takes milliseconds; digests are taken by verify_digests alone.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bundle/manifest.h"
#include "bundle/text_decoder.h"
#include "formats/weight_file.h"
#include "kernels/precision.h"
#include "model/head/head.h"
#include "model/whisper/config.h"
#include "text/nko/vocabulary.h"

namespace seben::bundle {

/// Bytes done and bytes in all; may throw to stop.
using Progress = std::function<void(std::uint64_t done, std::uint64_t total)>;

class Bundle {
 public:
  /// Error(no_input) when there is no such folder or no bundle.json in it; Error(bad_data) naming file and field for
  /// everything in it that does not hold together.
  [[nodiscard]] static Bundle open(const std::string& folder);

  [[nodiscard]] const std::string& folder() const noexcept { return folder_; }
  [[nodiscard]] const Manifest& manifest() const noexcept { return manifest_; }
  /// SHA-256 of bundle.json, which lists the digests of all else: it identifies the bundle.
  [[nodiscard]] const std::string& digest() const noexcept { return digest_; }
  /// Absolute or as the folder was given; Error(bad_data) when no file has that role.
  [[nodiscard]] std::string path(Role role) const;
  /// The same of a listed file's path; nothing is checked.
  [[nodiscard]] std::string path(const std::string& relative) const;

  [[nodiscard]] bool has_head() const noexcept { return head_weights_ != nullptr; }
  /// Error(incomplete) unless there is a CTC head; `what` it is for, such as "eval", stands in the message.
  void require_head(std::string_view what = {}) const;
  /// These call require_head.
  [[nodiscard]] const ctc::HeadConfig& head_config() const;
  [[nodiscard]] const tensor::WeightFile& head_weights() const;
  [[nodiscard]] const nko::Vocabulary& vocabulary() const;
  [[nodiscard]] const frontend::FeatureContract& required() const;

  /// Whisper's text decoders, in the manifest's order.
  [[nodiscard]] const std::vector<TextDecoder>& decoders() const noexcept { return decoders_; }
  /// The one of that name; the first for "". Error(incomplete) when there is no decoder, Error(usage) listing the names
  /// when there is none of that name.
  [[nodiscard]] const TextDecoder& decoder(const std::string& name = {}) const;
  /// Nothing and nullptr when the features come from outside.
  [[nodiscard]] const std::optional<whisper::EncoderConfig>& encoder_config() const noexcept { return encoder_config_; }
  [[nodiscard]] const tensor::WeightFile* encoder_weights() const noexcept { return encoder_weights_.get(); }
  /// Of the extractor's frames every how many-th reaches the head.
  [[nodiscard]] std::int64_t subsample() const noexcept { return manifest_.encoder ? manifest_.encoder->subsample : 1; }

  /// f32, and what the precision record admits; with coded weights only the latter.
  [[nodiscard]] std::vector<std::string> admitted_precisions() const;
  [[nodiscard]] bool admits(kernels::Precision precision) const;
  [[nodiscard]] bool admits(const std::string& name) const;
  /// The same of a text decoder and its own records: what the head bears, a decoder need not.
  [[nodiscard]] std::vector<std::string> admitted_precisions(const TextDecoder& decoder) const;
  [[nodiscard]] bool admits(const TextDecoder& decoder, kernels::Precision precision) const;
  /// The fastest admitted one: int8, bf16, f32 in this order. Error(incomplete) when coded weights have passed no gate.
  [[nodiscard]] kernels::Precision fastest_admitted() const;
  /// "w4:g32" when the weights of encoder or head are stored as codes ("mixed" for several codecs), else empty.
  [[nodiscard]] const std::string& weight_codec() const noexcept { return weight_codec_; }
  /// The same of the encoder and that decoder.
  [[nodiscard]] std::string weight_codec(const TextDecoder& decoder) const;
  /// What records and contracts call that arithmetic here: "int8", or "w4:g32+int8".
  [[nodiscard]] std::string precision_name(kernels::Precision precision) const;
  /// What the records of a decoder call it; of what writes `with_head`, the head's codes are named too.
  [[nodiscard]] std::string precision_name(const TextDecoder& decoder, kernels::Precision precision,
                                           bool with_head = false) const;
  /// The contract of this bundle's own encoder when it runs in `precision`; Error(bad_data) without an encoder.
  [[nodiscard]] frontend::FeatureContract provided(kernels::Precision precision) const;
  /// Compares foreign features' contract with what the head requires (require_head). Returns true when they fit only by
  /// virtue of a skew record that covers exactly these two; throws Error(bad_data) when they do not fit.
  bool require_features(const frontend::FeatureContract& provided, const std::string& where) const;

 private:
  Bundle() = default;
  void check_files() const;
  void load_parts();
  void load_head();
  void check_head() const;
  void check_encoder() const;

  std::string folder_;
  std::string digest_;
  Manifest manifest_;
  std::unique_ptr<tensor::WeightFile> head_weights_;
  std::unique_ptr<tensor::WeightFile> encoder_weights_;
  std::optional<whisper::EncoderConfig> encoder_config_;
  ctc::HeadConfig head_config_;
  nko::Vocabulary vocabulary_;
  std::string encoder_codec_, weight_codec_;
  std::vector<TextDecoder> decoders_;
};

/// Reads every listed file; Error(bad_data) names the first whose SHA-256 differs.
void verify_digests(const Bundle& bundle, const Progress& progress = {});

}  // namespace seben::bundle
