// SPDX-License-Identifier: Apache-2.0
#include "formats/ggml_writer.h"

#include <array>
#include <limits>

#include "base/format.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

constexpr std::int64_t kWrittenMagic = 0x67676d6c;
constexpr std::int64_t kWrittenVersionFactor = 1000;

}  // namespace

GgmlWriter::GgmlWriter(const std::string& path, const GgmlHparams& h, const GgmlFilters& filters,
                       const std::vector<std::string>& vocabulary)
    : file_(path) {
  integer(kWrittenMagic);
  for (const std::int32_t size : {h.n_vocab, h.n_audio_ctx, h.n_audio_state, h.n_audio_head, h.n_audio_layer,
                                  h.n_text_ctx, h.n_text_state, h.n_text_head, h.n_text_layer, h.n_mels}) {
    integer(size);
  }
  integer(h.ftype + kWrittenVersionFactor * h.quantisation);
  integer(filters.n_mel);
  integer(filters.n_fft);
  file_.write(filters.data);
  integer(static_cast<std::int64_t>(vocabulary.size()));
  for (const std::string& token : vocabulary) {
    integer(static_cast<std::int64_t>(token.size()));
    file_.write(token);
  }
}

void GgmlWriter::integer(std::int64_t value) {
  if (value < 0 || value > std::numeric_limits<std::int32_t>::max()) {
    throw Error(ErrorCategory::internal, file_.path(), "a size of 31 bits", std::to_string(value));
  }
  std::array<std::byte, 4> bytes{};
  for (std::size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<std::byte>(value >> (8 * i) & 0xff);
  file_.write(std::span<const std::byte>(bytes));
}

void GgmlWriter::require_complete() const {
  if (remaining_ == 0) return;
  throw Error(ErrorCategory::internal, file_.path() + ": " + name_, "all its bytes",
              base::format("{} bytes less", remaining_));
}

void GgmlWriter::begin(const std::string& name, GgmlType type, const Shape& shape) {
  require_complete();
  if (is_quantised(type)) throw Error(ErrorCategory::internal, name, "f32 or f16", std::string(to_string(type)));
  integer(static_cast<std::int64_t>(shape.size()));
  integer(static_cast<std::int64_t>(name.size()));
  integer(static_cast<std::int64_t>(type));
  for (auto size = shape.rbegin(); size != shape.rend(); ++size) integer(*size);
  const auto elements = checked_elements(shape, std::int64_t{1} << 50);
  if (!elements) throw Error(ErrorCategory::internal, name, "a tensor that fits in a file", to_string(shape));
  remaining_ = static_cast<std::uint64_t>(*elements) * block_bytes(type);
  file_.write(name);
  name_ = name;
}

void GgmlWriter::append(std::span<const std::byte> bytes) {
  if (bytes.size() > remaining_) {
    throw Error(ErrorCategory::internal, file_.path() + ": " + name_, base::format("at most {} bytes more", remaining_),
                std::to_string(bytes.size()));
  }
  file_.write(bytes);
  remaining_ -= bytes.size();
}

void GgmlWriter::commit() {
  require_complete();
  file_.commit();
}

}  // namespace seben::tensor
