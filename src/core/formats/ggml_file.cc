// SPDX-License-Identifier: Apache-2.0
#include "formats/ggml_file.h"

#include <array>
#include <cstring>
#include <limits>
#include <utility>

#include "base/byte_cursor.h"
#include "base/format.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

constexpr std::uint32_t kMagic = 0x67676d6c;
constexpr std::int32_t kVersionFactor = 1000;  // GGML_QNT_VERSION_FACTOR
constexpr std::int32_t kVersion = 2;           // GGML_QNT_VERSION: scales in f16, halves of a block side by side
// Far above any Whisper, far below what would overflow a size.
constexpr std::int32_t kMaxSize = 1 << 20;
constexpr std::uint32_t kMaxTokenBytes = 1 << 16;
constexpr std::int32_t kMaxNameBytes = 256;
constexpr std::int32_t kMaxRank = 4;
constexpr std::size_t kMaxTensors = 100'000;

struct Field {
  const char* name;
  std::int32_t GgmlHparams::*member;
};
constexpr std::array<Field, 10> kFields{{{"n_vocab", &GgmlHparams::n_vocab},
                                         {"n_audio_ctx", &GgmlHparams::n_audio_ctx},
                                         {"n_audio_state", &GgmlHparams::n_audio_state},
                                         {"n_audio_head", &GgmlHparams::n_audio_head},
                                         {"n_audio_layer", &GgmlHparams::n_audio_layer},
                                         {"n_text_ctx", &GgmlHparams::n_text_ctx},
                                         {"n_text_state", &GgmlHparams::n_text_state},
                                         {"n_text_head", &GgmlHparams::n_text_head},
                                         {"n_text_layer", &GgmlHparams::n_text_layer},
                                         {"n_mels", &GgmlHparams::n_mels}}};

using Cursor = base::ByteCursor;

GgmlHparams read_hparams(Cursor& cursor) {
  GgmlHparams hparams;
  for (const Field& field : kFields) hparams.*field.member = cursor.integer(field.name, 1, kMaxSize);
  const std::int32_t ftype = cursor.integer("ftype", 0, 10 * kVersionFactor);
  hparams.ftype = ftype % kVersionFactor;
  hparams.quantisation = ftype / kVersionFactor;
  return hparams;
}

GgmlFilters read_filters(Cursor& cursor) {
  GgmlFilters filters;
  filters.n_mel = cursor.integer("mel filters: n_mel", 1, kMaxSize);
  filters.n_fft = cursor.integer("mel filters: n_fft", 1, kMaxSize);
  const auto count = static_cast<std::uint64_t>(filters.n_mel) * static_cast<std::uint64_t>(filters.n_fft);
  filters.data = cursor.take(count * sizeof(float), "mel filters");
  return filters;
}

std::vector<std::string_view> read_vocabulary(Cursor& cursor) {
  std::vector<std::string_view> tokens;
  const std::int32_t count = cursor.integer("vocabulary: size", 0, kMaxSize);
  for (std::int32_t i = 0; i < count; ++i) {
    const std::string field = base::format("vocabulary[{}]", i);
    const std::int32_t length = cursor.integer(field, 0, kMaxTokenBytes);
    tokens.push_back(cursor.text(static_cast<std::uint64_t>(length), field));
  }
  return tokens;
}

GgmlType read_type(Cursor& cursor, const std::string& field, const GgmlHparams& hparams) {
  const auto number = cursor.number<std::int32_t>(field + ": type");
  const auto type = ggml_type(number);
  if (!type) cursor.fail(field + ": type", "f32, f16, q4_0, q4_1, q5_0, q5_1 or q8_0", base::format("type {}", number));
  if (is_quantised(*type) && hparams.quantisation != kVersion) {
    cursor.fail("ftype", base::format("blocks of version {}", kVersion),
                base::format("version {}: quantise the model anew", hparams.quantisation));
  }
  return *type;
}

// The bytes of such a tensor.
std::uint64_t bytes_of(const Cursor& cursor, const GgmlTensor& tensor) {
  if (tensor.shape.back() % block_elements(tensor.type) != 0) {
    cursor.fail(tensor.name, base::format("rows of whole blocks of {}", block_elements(tensor.type)),
                "shape " + to_string(tensor.shape));
  }
  const auto elements = checked_elements(tensor.shape, std::int64_t{1} << 50);
  if (!elements) cursor.fail(tensor.name, "a tensor that fits in a file", "shape " + to_string(tensor.shape));
  return static_cast<std::uint64_t>(*elements / block_elements(tensor.type)) * block_bytes(tensor.type);
}

GgmlTensor read_tensor(Cursor& cursor, const GgmlHparams& hparams, std::size_t index) {
  const std::string field = base::format("tensor {}", index);
  GgmlTensor tensor;
  const std::int32_t rank = cursor.integer(field + ": n_dims", 1, kMaxRank);
  const std::int32_t name = cursor.integer(field + ": length of the name", 1, kMaxNameBytes);
  tensor.type = read_type(cursor, field, hparams);
  tensor.shape.resize(static_cast<std::size_t>(rank));
  for (auto size = tensor.shape.rbegin(); size != tensor.shape.rend(); ++size) {
    *size = cursor.integer(field + ": sizes", 1, std::numeric_limits<std::int32_t>::max());
  }
  tensor.name = cursor.text(static_cast<std::uint64_t>(name), field + ": name");
  tensor.data = cursor.take(bytes_of(cursor, tensor), tensor.name);
  return tensor;
}

}  // namespace

std::int64_t GgmlTensor::elements() const noexcept {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

bool GgmlFile::is_one(std::span<const std::byte> bytes) noexcept {
  std::uint32_t magic = 0;
  if (bytes.size() < sizeof(magic)) return false;
  std::memcpy(&magic, bytes.data(), sizeof(magic));
  return magic == kMagic;
}

GgmlFile GgmlFile::open(const std::string& path) {
  GgmlFile file;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.source_ = path;
  file.parse();
  return file;
}

GgmlFile GgmlFile::view(std::span<const std::byte> bytes, const std::string& source) {
  GgmlFile file;
  file.bytes_ = bytes;
  file.source_ = source;
  file.parse();
  return file;
}

void GgmlFile::parse() {
  Cursor cursor(bytes_, source_);
  const auto magic = cursor.number<std::uint32_t>("magic number");
  if (magic != kMagic) cursor.fail("magic number", "0x67676d6c (\"ggml\")", base::format("{:#010x}", magic));
  hparams_ = read_hparams(cursor);
  filters_ = read_filters(cursor);
  vocabulary_ = read_vocabulary(cursor);
  while (!cursor.at_end()) {
    if (tensors_.size() == kMaxTensors) cursor.fail("tensors", base::format("at most {}", kMaxTensors), "more");
    tensors_.push_back(read_tensor(cursor, hparams_, tensors_.size()));
    const std::string& name = tensors_.back().name;
    if (!by_name_.emplace(name, tensors_.size() - 1).second) cursor.fail(name, "every tensor once", "it twice");
  }
}

const GgmlTensor* GgmlFile::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &tensors_[found->second];
}

}  // namespace seben::tensor
