// SPDX-License-Identifier: Apache-2.0
#include "audio/vad/silero_file.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <iterator>
#include <utility>

#include "audio/vad/silero_onnx.h"
#include "base/byte_cursor.h"
#include "base/format.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::generate {
namespace {

using tensor::GgmlTensor;
using tensor::GgmlType;

constexpr std::uint32_t kMagic = 0x67676d6c;
constexpr std::string_view kType = "silero-16k";
// Far above any of these networks, far below what would overflow a size.
constexpr std::int32_t kMaxTypeBytes = 64, kMaxNameBytes = 256, kMaxRank = 4, kMaxLayers = 64, kMaxSize = 1 << 16;
constexpr std::int64_t kMaxElements = std::int64_t{1} << 28;
constexpr std::size_t kMaxTensors = 256;

using Cursor = base::ByteCursor;

std::string ascii(Cursor& cursor, std::int32_t count, std::string_view field) {
  const std::string_view out = cursor.text(static_cast<std::uint64_t>(count), field);
  const bool printable = std::ranges::all_of(out, [](char c) { return c > ' ' && c < '\x7F'; });
  if (!printable) cursor.fail(field, "printable characters of ASCII", "others");
  return std::string(out);
}

SileroSizes read_sizes(Cursor& cursor) {
  SileroSizes s;
  const auto number = cursor.number<std::uint32_t>("magic number");
  if (number != kMagic)
    cursor.fail("magic number", "0x67676d6c (\"ggml\"), or an ONNX model", base::format("{:#010x}", number));
  // In a model of Whisper the size of its vocabulary stands here.
  const auto length = cursor.number<std::int32_t>("type");
  if (length < 1 || length > kMaxTypeBytes) {
    cursor.fail("type", base::format("a text of 1 to {} bytes, \"{}\"", kMaxTypeBytes, kType),
                base::format("{} bytes: is it a model of Whisper?", length));
  }
  s.type = ascii(cursor, length, "type");
  for (std::int32_t& part : s.version) part = cursor.integer("version", 0, kMaxSize);
  s.window = cursor.integer("window", 1, kMaxSize);
  s.context = cursor.integer("context", 0, kMaxSize);
  s.encoder.resize(static_cast<std::size_t>(cursor.integer("encoder layers", 1, kMaxLayers)));
  for (std::size_t i = 0; i < s.encoder.size(); ++i) {
    const std::string field = base::format("encoder layer {}: ", i);
    s.encoder[i].in = cursor.integer(field + "input channels", 1, kMaxSize);
    s.encoder[i].out = cursor.integer(field + "output channels", 1, kMaxSize);
    s.encoder[i].kernel = cursor.integer(field + "kernel", 1, kMaxSize);
  }
  s.lstm_in = cursor.integer("LSTM: input", 1, kMaxSize);
  s.lstm_hidden = cursor.integer("LSTM: state", 1, kMaxSize);
  s.final_in = cursor.integer("last convolution: input channels", 1, kMaxSize);
  s.final_out = cursor.integer("last convolution: output channels", 1, kMaxSize);
  return s;
}

GgmlTensor read_tensor(Cursor& cursor, std::size_t index) {
  const std::string field = base::format("tensor {}", index);
  GgmlTensor out;
  out.shape.resize(static_cast<std::size_t>(cursor.integer(field + ": n_dims", 0, kMaxRank)));
  const std::int32_t name = cursor.integer(field + ": length of the name", 1, kMaxNameBytes);
  const auto type = cursor.number<std::int32_t>(field + ": type");
  if (type != static_cast<std::int32_t>(GgmlType::f32) && type != static_cast<std::int32_t>(GgmlType::f16)) {
    cursor.fail(field + ": type", "f32 (0) or f16 (1)", std::to_string(type));
  }
  out.type = static_cast<GgmlType>(type);
  for (auto size = out.shape.rbegin(); size != out.shape.rend(); ++size) {
    *size = cursor.integer(field + ": sizes", 1, kMaxSize);
  }
  const auto elements = tensor::checked_elements(out.shape, kMaxElements);
  if (!elements) cursor.fail(field + ": sizes", base::format("at most {} elements", kMaxElements), "more");
  out.name = ascii(cursor, name, field + ": name");
  out.data = cursor.take(static_cast<std::uint64_t>(*elements) * block_bytes(out.type), out.name);
  return out;
}

// Without axes of size 1: the converter drops them from most tensors and not from all.
tensor::Shape squeezed(const tensor::Shape& shape) {
  tensor::Shape out;
  std::ranges::copy_if(shape, std::back_inserter(out), [](std::int64_t size) { return size != 1; });
  return out;
}

}  // namespace

SileroFile SileroFile::open(const std::string& path) {
  SileroFile file;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.source_ = path;
  file.parse();
  return file;
}

SileroFile SileroFile::view(std::span<const std::byte> bytes, const std::string& source) {
  SileroFile file;
  file.bytes_ = bytes;
  file.source_ = source;
  file.parse();
  return file;
}

void SileroFile::parse() {
  if (tensor::OnnxFile::is_one(bytes_)) {
    tensors_ = silero_tensors_of(tensor::OnnxFile::view(bytes_, source_));
    return;
  }
  Cursor cursor(bytes_, source_);
  sizes_ = read_sizes(cursor);
  while (!cursor.at_end()) {
    if (tensors_.size() == kMaxTensors) cursor.fail("tensors", base::format("at most {}", kMaxTensors), "more");
    GgmlTensor tensor = read_tensor(cursor, tensors_.size());
    if (std::ranges::find(tensors_, tensor.name, &GgmlTensor::name) != tensors_.end()) {
      cursor.fail(tensor.name, "every tensor once", "it twice");
    }
    tensors_.push_back(std::move(tensor));
  }
}

std::vector<float> SileroFile::floats(std::string_view name, const tensor::Shape& shape) const {
  const auto fail = [&](std::string expected, std::string found) {
    throw Error(ErrorCategory::bad_data, base::format("{}: {}", source_, name), std::move(expected), std::move(found));
  };
  const auto found = std::ranges::find(tensors_, name, &GgmlTensor::name);
  if (found == tensors_.end()) fail("shape " + tensor::to_string(shape), "no such tensor");
  if (squeezed(found->shape) != squeezed(shape))
    fail("shape " + tensor::to_string(shape), tensor::to_string(found->shape));
  std::vector<float> out(static_cast<std::size_t>(found->elements()));
  dequantise(found->type, found->data, out);
  const auto bad = std::ranges::find_if(out, [](float v) { return !std::isfinite(v); });
  if (bad != out.end()) fail("finite values", base::format("{} at {}", *bad, bad - out.begin()));
  return out;
}

}  // namespace seben::generate
