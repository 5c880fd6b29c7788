// SPDX-License-Identifier: Apache-2.0
// CTC heads: encoder features in, class scores out. The kinds and their tensor names are those of the public N'Ko
// recognisers; see docs/heads.md.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "formats/weight_file.h"
#include "kernels/precision.h"

namespace seben::ctc {

enum class HeadKind : std::uint8_t {
  transformer,  ///< projection, strided convolution of its own (temporal_ds), positions, post-norm layers
  bilstm,       ///< projection and a bidirectional LSTM over features that the extractor subsampled before
  conv_bilstm,  ///< the transformer's projection and convolution, then the LSTM
};

[[nodiscard]] std::string to_string(HeadKind kind);

struct HeadConfig {
  HeadKind kind = HeadKind::transformer;
  std::int64_t input_dim = 0;  ///< width of the features
  std::int64_t width = 0;      ///< inner width
  std::int64_t layers = 0;
  std::int64_t heads = 0;      ///< transformer only
  std::int64_t ffn = 0;        ///< transformer only
  std::int64_t cells = 0;      ///< of each direction of an LSTM layer; 0 in a transformer
  std::int64_t stride = 1;     ///< by how much the head itself shortens time: 1, 2 or 4
  std::int64_t positions = 0;  ///< rows of pos_enc; transformer only
  std::int64_t classes = 0;
  std::int64_t blank = -1;  ///< class of the CTC blank
  bool trajectory = false;  ///< attention is biased by the trajectory scalars

  /// Frames that `frames` feature frames become.
  [[nodiscard]] std::int64_t output_frames(std::int64_t frames) const noexcept {
    return (frames + stride - 1) / stride;
  }

  /// Reads sizes off the tensors and what they cannot tell (kind, stride, heads, blank) from the file's metadata
  /// "seben.head.*". Error(bad_data) names what is missing or contradicts the tensors; nothing is guessed.
  [[nodiscard]] static HeadConfig read(const tensor::WeightFile& file);
};

/// Immutable once loaded; calls from several threads are safe, each with a workspace of its own.
class Head {
 public:
  class Workspace {
   public:
    virtual ~Workspace() = default;
  };

  Head() = default;
  Head(const Head&) = delete;
  Head& operator=(const Head&) = delete;
  virtual ~Head() = default;

  [[nodiscard]] virtual const HeadConfig& config() const noexcept = 0;
  [[nodiscard]] virtual std::size_t weight_bytes() const noexcept = 0;
  /// Frames that `frames` feature frames become: ceil(frames / stride).
  [[nodiscard]] std::int64_t output_frames(std::int64_t frames) const noexcept {
    return config().output_frames(frames);
  }
  /// Memory for inputs of up to `max_frames` frames on `threads` threads.
  [[nodiscard]] virtual std::unique_ptr<Workspace> make_workspace(std::int64_t max_frames, int threads) const = 0;
  /// features: [frames, input_dim]; logits: [output_frames(frames), classes].
  virtual void run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
                   Workspace& workspace) const = 0;
};

/// Loads the head that `config` describes, packed by `threads` threads; every tensor of the file must belong to it.
[[nodiscard]] std::unique_ptr<Head> load_head(const tensor::WeightFile& file, const HeadConfig& config,
                                              kernels::Precision precision, int threads);

}  // namespace seben::ctc
