// SPDX-License-Identifier: Apache-2.0
#include "export/compare_encoders.h"

#include <fmt/format.h>

#include "base/interrupt.h"
#include "base/sha256.h"
#include "model/whisper/encoder_tensors.h"

namespace seben::deploy {
namespace {

std::string digest_of(const tensor::WeightFile& file, const tensor::TensorView& view) {
  base::Sha256 digest;
  convert::stream_rows(view, [&](std::span<const float> values) {
    base::throw_if_interrupted();
    digest.update(std::as_bytes(values));
  });
  file.release(view);
  return digest.finish_hex();
}

std::vector<std::string> different_sizes(const whisper::EncoderConfig& a, const whisper::EncoderConfig& b) {
  std::vector<std::string> found;
  const auto compare = [&](const char* what, std::int64_t left, std::int64_t right) {
    if (left != right) found.push_back(fmt::format("{} {} and {}", what, left, right));
  };
  compare("mel bins", a.n_mels, b.n_mels);
  compare("width", a.d_model, b.d_model);
  compare("layers", a.layers, b.layers);
  compare("heads", a.heads, b.heads);
  compare("inner width", a.ffn, b.ffn);
  compare("frames", a.positions, b.positions);
  return found;
}

}  // namespace

EncoderComparison compare_encoders(const Source& a, const Source& b, const std::function<void(double)>& progress) {
  const convert::EncoderSource &left = a.encoder(), &right = b.encoder();
  EncoderComparison result;
  result.sizes = different_sizes(left.config, right.config);
  if (!result.sizes.empty()) return result;
  const auto names = whisper::encoder_tensors(left.config);
  const auto mine = whisper::find_encoder(*left.weights.file(), left.config);
  const auto theirs = whisper::find_encoder(*right.weights.file(), right.config);
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (digest_of(*left.weights.file(), *mine[i]) != digest_of(*right.weights.file(), *theirs[i])) {
      result.different.push_back(names[i].name);
    }
    ++result.tensors;
    if (progress) progress(static_cast<double>(i + 1) / static_cast<double>(names.size()));
  }
  return result;
}

std::string to_text(const EncoderComparison& c) {
  if (c.same()) {
    return fmt::format(
        "the same encoder: {} tensors with equal values; seben export coreml --reuse PACKAGE links its package",
        c.tensors);
  }
  if (!c.sizes.empty()) return fmt::format("different encoders: {}", fmt::join(c.sizes, ", "));
  return fmt::format("different encoders: {} of {} tensors differ, the first is {}", c.different.size(), c.tensors,
                     c.different.front());
}

}  // namespace seben::deploy
