// SPDX-License-Identifier: Apache-2.0
#include "export/compare_encoders.h"

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

}  // namespace

EncoderComparison compare_encoders(const Source& a, const Source& b, const std::function<void(double)>& progress) {
  const convert::EncoderSource &left = a.encoder(), &right = b.encoder();
  EncoderComparison result;
  if (!(left.config == right.config)) {
    result.different.emplace_back("sizes");
    return result;
  }
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

}  // namespace seben::deploy
