// SPDX-License-Identifier: Apache-2.0
#include "import/weight_copy.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/interrupt.h"
#include "formats/safetensors.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

// Every number of a piece, which begins at element `first` of its tensor.
void require_finite(const tensor::TensorView& head, std::span<const std::byte> bytes, std::size_t first,
                    std::vector<float>& values) {
  tensor::TensorView piece = head;
  piece.data = bytes.data();
  piece.shape = {static_cast<std::int64_t>(bytes.size() / tensor::size_of(head.dtype))};
  values.resize(static_cast<std::size_t>(piece.elements()));
  try {
    tensor::to_float(piece, values);
  } catch (const Error&) {
    const auto bad = std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
    if (bad == values.end()) throw;
    const std::size_t at = first + static_cast<std::size_t>(bad - values.begin());  // not within the piece
    throw Error(ErrorCategory::bad_data, head.source + ": " + head.name, "finite values",
                fmt::format("{} at element {}", *bad, at));
  }
}

}  // namespace

std::vector<CopiedTensor> copied_tensors(const std::string& prefix, const std::vector<whisper::TensorShape>& tensors,
                                         const std::vector<const tensor::TensorView*>& heads) {
  std::vector<CopiedTensor> copied;
  for (std::size_t i = 0; i < tensors.size(); ++i) {
    copied.push_back({prefix + tensors[i].name, heads[i], whisper::digest_line(tensors[i].name, *heads[i])});
  }
  return copied;
}

std::uint64_t bytes_of(const std::vector<CopiedTensor>& tensors) {
  std::uint64_t total = 0;
  for (const CopiedTensor& tensor : tensors) total += tensor.head->bytes();
  return total;
}

void copy_weights(const tensor::WeightFile& file, const std::vector<CopiedTensor>& tensors, const std::string& out,
                  const std::function<void(std::uint64_t bytes)>& count, base::Sha256* digest) {
  std::vector<tensor::TensorSpec> specs;
  specs.reserve(tensors.size());
  for (const CopiedTensor& tensor : tensors) specs.push_back({tensor.name, tensor.head->dtype, tensor.head->shape});
  tensor::SafetensorsWriter writer(out, specs, {{"format", "pt"}});
  std::vector<float> values;
  for (const CopiedTensor& tensor : tensors) {
    if (digest != nullptr) digest->update(tensor.digest_line);
    std::size_t first = 0;
    file.stream(tensor.head->name, [&](std::span<const std::byte> piece) {
      base::throw_if_interrupted();
      require_finite(*tensor.head, piece, first, values);
      first += values.size();
      if (digest != nullptr) digest->update(piece);
      writer.append(piece);
      count(piece.size());
    });
    file.release(*tensor.head);
  }
  writer.commit();
}

}  // namespace seben::bundle
