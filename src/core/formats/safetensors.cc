// SPDX-License-Identifier: Apache-2.0
// Header rules as published with the format: at most 100 MB, starts with '{', may be padded with spaces, offsets are
// relative to the end of the header and cover it from 0 to the end of the file without overlap or gap.
#include "formats/safetensors.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/bad_data.h"
#include "base/byte_cursor.h"
#include "base/format.h"
#include "base/interrupt.h"
#include "base/json.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

constexpr std::size_t kPrefix = 8;
constexpr std::size_t kMaxTensorHeader = 100'000'000;
constexpr std::size_t kMaxTensorRank = 8;
constexpr std::int64_t kMaxDimension = std::int64_t{1} << 48;
constexpr base::JsonLimits kHeaderLimits{.max_bytes = kMaxTensorHeader, .max_depth = 4, .max_values = 4'000'000};
constexpr std::array kDTypes{DType::f64, DType::f32, DType::f16, DType::bf16, DType::i64,
                             DType::i32, DType::i16, DType::i8,  DType::u8,   DType::boolean};

using base::bad_data;

std::size_t header_size(std::span<const std::byte> bytes, const std::string& source) {
  if (bytes.size() < kPrefix)
    bad_data(source, "a safetensors file of at least 8 bytes", base::format("{}", bytes.size()));
  const std::uint64_t size = base::little_endian(bytes, 0, kPrefix);
  if (size > kMaxTensorHeader) {
    bad_data(source + ": header size", base::format("at most {}", kMaxTensorHeader), base::format("{}", size));
  }
  if (size > bytes.size() - kPrefix) {
    bad_data(source + ": header size", base::format("at most the {} bytes that follow it", bytes.size() - kPrefix),
             base::format("{} (truncated file?)", size));
  }
  return static_cast<std::size_t>(size);
}

DType read_dtype(const base::JsonReader& entry) {
  const std::string name = entry.string("dtype");
  for (const DType dtype : kDTypes) {
    if (to_string(dtype) == name) return dtype;
  }
  entry.fail("dtype", "one of F64 F32 F16 BF16 I64 I32 I16 I8 U8 BOOL", name);
}

Shape read_shape(const base::JsonReader& entry) {
  Shape shape;
  for (const base::JsonReader& size : entry.array("shape", kMaxTensorRank)) {
    shape.push_back(size.as_integer(0, kMaxDimension));
  }
  return shape;
}

struct Extent {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::string name;
};

Extent read_extent(const base::JsonReader& entry, std::size_t data_bytes) {
  const auto offsets = entry.array("data_offsets", 2);
  if (offsets.size() != 2) entry.fail("data_offsets", "two offsets", std::to_string(offsets.size()));
  const auto end_of_data = static_cast<std::int64_t>(data_bytes);
  const std::int64_t begin = offsets[0].as_integer(0, end_of_data);
  const std::int64_t end = offsets[1].as_integer(begin, end_of_data);
  return {static_cast<std::uint64_t>(begin), static_cast<std::uint64_t>(end), ""};
}

Metadata read_metadata(const base::JsonReader& object) {
  Metadata metadata;
  for (const std::string& key : object.keys()) metadata[key] = object.string(key);
  return metadata;
}

// Every byte of the data belongs to exactly one tensor.
void require_cover(std::vector<Extent> extents, std::size_t data_bytes, const std::string& source) {
  std::sort(extents.begin(), extents.end(),
            [](const Extent& a, const Extent& b) { return std::pair(a.begin, a.end) < std::pair(b.begin, b.end); });
  std::uint64_t covered = 0;
  for (const Extent& extent : extents) {
    if (extent.begin != covered) {
      bad_data(base::format("{}: {}.data_offsets", source, extent.name), base::format("to begin at {}", covered),
               base::format("{} ({})", extent.begin, extent.begin < covered ? "overlap" : "gap"));
    }
    covered = extent.end;
  }
  if (covered != data_bytes) {
    bad_data(source + ": data", base::format("{} bytes", covered),
             base::format("{} ({} trailing bytes)", data_bytes, data_bytes - covered));
  }
}

std::vector<TensorSpec> specs_of(std::span<const TensorView> views) {
  std::vector<TensorSpec> specs;
  for (const TensorView& view : views) specs.push_back({view.name, view.dtype, view.shape});
  return specs;
}

// Checked like foreign input: a caller's overflow must not become a wrong file.
std::uint64_t bytes_of(const TensorSpec& spec) {
  for (const std::int64_t size : spec.shape) {
    if (size < 0) bad_data(spec.name, "sizes of 0 or more", to_string(spec.shape));
  }
  const auto bytes = checked_bytes(spec.shape, spec.dtype);
  if (!bytes) bad_data(spec.name, "a shape whose bytes can be counted", to_string(spec.shape));
  return *bytes;
}

// "name":{…}
std::string header_entry(const std::string& name, const nlohmann::ordered_json& value) {
  try {
    return nlohmann::json(name).dump() + ":" + value.dump();
  } catch (const nlohmann::json::exception&) {
    bad_data("safetensors header", "names and metadata in UTF-8", "something else");
  }
}

// Entry by entry, in the order of their bytes; the library's ordered object looks through all its members for each.
std::string make_header(const std::vector<TensorSpec>& specs, const Metadata& metadata, std::uint64_t& data_bytes) {
  std::string text = "{";
  if (!metadata.empty()) text += header_entry("__metadata__", metadata);
  data_bytes = 0;
  std::set<std::string> seen;
  for (const TensorSpec& spec : specs) {
    if (spec.name == "__metadata__" || !seen.insert(spec.name).second) {
      bad_data(spec.name, "a tensor name that is free", "it again");
    }
    const std::uint64_t end = data_bytes + bytes_of(spec);
    if (text.size() > 1) text += ',';
    text += header_entry(
        spec.name,
        {{"dtype", std::string(to_string(spec.dtype))}, {"shape", spec.shape}, {"data_offsets", {data_bytes, end}}});
    data_bytes = end;
  }
  text += '}';
  text.append((kPrefix - text.size() % kPrefix) % kPrefix, ' ');  // the data begins aligned
  return text;
}

std::array<std::byte, kPrefix> size_prefix(std::size_t size) {
  std::array<std::byte, kPrefix> bytes{};
  for (std::size_t i = 0; i < kPrefix; ++i) bytes[i] = static_cast<std::byte>(size >> (8 * i) & 0xffU);
  return bytes;
}

}  // namespace

SafetensorsFile SafetensorsFile::open(const std::string& path) {
  SafetensorsFile file;
  file.source_ = path;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.parse();
  return file;
}

SafetensorsFile SafetensorsFile::view(std::span<const std::byte> bytes, const std::string& source) {
  SafetensorsFile file;
  file.source_ = source;
  file.bytes_ = bytes;
  file.parse();
  return file;
}

void SafetensorsFile::parse() {
  const std::size_t header_bytes = header_size(bytes_, source_);
  const std::span<const std::byte> data = bytes_.subspan(kPrefix + header_bytes);
  const std::string_view text(reinterpret_cast<const char*>(bytes_.data()) + kPrefix, header_bytes);
  if (text.empty() || text.front() != '{') bad_data(source_ + ": header", "to start with '{'", "something else");
  const nlohmann::json json = base::parse_json(text, source_, kHeaderLimits);
  const base::JsonReader header(json, source_);
  std::vector<Extent> extents;
  for (const std::string& name : header.keys()) {
    const base::JsonReader entry = header.object(name);
    if (name == "__metadata__") {
      metadata_ = read_metadata(entry);
      continue;
    }
    entry.refuse_unknown_keys({"dtype", "shape", "data_offsets"});
    TensorView view{name, source_, read_dtype(entry), read_shape(entry), nullptr};
    Extent extent = read_extent(entry, data.size());
    const auto bytes = checked_bytes(view.shape, view.dtype);
    if (!bytes || *bytes != extent.end - extent.begin) {
      entry.fail("data_offsets",
                 base::format("the bytes of {} {}", to_string(view.dtype), to_string(view.shape)) +
                     (bytes ? base::format(", {}", *bytes) : " (which overflow)"),
                 base::format("{}", extent.end - extent.begin));
    }
    view.data = data.data() + extent.begin;
    extent.name = name;
    extents.push_back(std::move(extent));
    tensors_.emplace(name, std::move(view));
  }
  require_cover(std::move(extents), data.size(), source_);
}

const TensorView* SafetensorsFile::find(std::string_view name) const {
  const auto found = tensors_.find(name);
  return found == tensors_.end() ? nullptr : &found->second;
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, view] : tensors_) names.push_back(name);
  return names;
}

void SafetensorsFile::prefetch(const TensorView& view) const {
  if (!file_ || view.data == nullptr) return;
  file_->prefetch(static_cast<std::size_t>(view.data - bytes_.data()), view.bytes());
}

void SafetensorsFile::release(const TensorView& view) const {
  if (!file_ || view.data == nullptr) return;
  file_->release(static_cast<std::size_t>(view.data - bytes_.data()), view.bytes());
}

SafetensorsWriter::SafetensorsWriter(const std::string& path, const std::vector<TensorSpec>& specs,
                                     const Metadata& metadata)
    : file_(path) {
  const std::string header = make_header(specs, metadata, remaining_);
  const auto prefix = size_prefix(header.size());
  file_.write(std::span<const std::byte>(prefix));
  file_.write(header);
}

void SafetensorsWriter::append(std::span<const std::byte> bytes) {
  if (bytes.size() > remaining_) {
    throw Error(ErrorCategory::internal, file_.path(), base::format("at most {} bytes more", remaining_),
                std::to_string(bytes.size()));
  }
  file_.write(bytes);
  remaining_ -= bytes.size();
}

void SafetensorsWriter::commit() {
  if (remaining_ != 0) {
    throw Error(ErrorCategory::internal, file_.path(), "all tensors written",
                base::format("{} bytes less", remaining_));
  }
  file_.commit();
}

void write_safetensors(const std::string& path, std::span<const TensorView> views, const Metadata& metadata) {
  SafetensorsWriter writer(path, specs_of(views), metadata);
  constexpr std::size_t piece = std::size_t{8} << 20;
  for (const TensorView& view : views) {
    const std::span<const std::byte> bytes(view.data, view.bytes());
    for (std::size_t offset = 0; offset < bytes.size(); offset += piece) {
      base::throw_if_interrupted();
      writer.append(bytes.subspan(offset, std::min(piece, bytes.size() - offset)));
    }
  }
  writer.commit();
}

}  // namespace seben::tensor
