// SPDX-License-Identifier: Apache-2.0
// Tensors from a file of any kind into a bundle's safetensors.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "formats/ggml_file.h"
#include "formats/weight_file.h"
#include "model/whisper/encoder_tensors.h"

namespace seben::bundle {

/// One tensor and what it will be called.
struct CopiedTensor {
  std::string name;
  const tensor::TensorView* head;              ///< from WeightFile::peek of the file it comes from
  std::string digest_line;                     ///< goes into the digest before the bytes
  const tensor::GgmlTensor* blocks = nullptr;  ///< set where their codes are written instead of their numbers
};

/// A whisper table's tensors by the names that a bundle gives them, `prefix` in front; `heads` are theirs in the file.
[[nodiscard]] std::vector<CopiedTensor> copied_tensors(const std::string& prefix,
                                                       const std::vector<whisper::TensorShape>& tensors,
                                                       const std::vector<const tensor::TensorView*>& heads);

/// Has the codes of `blocks`, by the names of their file, written instead of the numbers.
void keep_codes(std::vector<CopiedTensor>& tensors,
                const std::map<std::string, const tensor::GgmlTensor*, std::less<>>& blocks);

[[nodiscard]] std::uint64_t bytes_of(const std::vector<CopiedTensor>& tensors);

/// Writes `out`, every tensor in its dtype, a few megabytes at a time; what the file computes, such as the values of
/// ggml's blocks, is streamed as well. The digest is that of the numbers, whether they or their codes are written.
/// `count` is told the bytes of each piece, `digest` (may be nullptr) is given what
/// encoder_digest hashes. Error(bad_data) names a value that is not finite; Interrupted leaves nothing.
void copy_weights(const tensor::WeightFile& file, const std::vector<CopiedTensor>& tensors, const std::string& out,
                  const std::function<void(std::uint64_t bytes)>& count, base::Sha256* digest);

}  // namespace seben::bundle
