// SPDX-License-Identifier: Apache-2.0
// Format as NumPy's documentation gives it: "\x93NUMPY", version (major, minor), header length (2 bytes in version 1,
// 4 in 2 and 3, little end first), a Python dict literal with exactly descr, fortran_order and shape, the elements.
#include "formats/npy.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <utility>

#include "base/bad_data.h"
#include "base/format.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

constexpr std::string_view kNpyMagic = "\x93NUMPY";
constexpr std::size_t kMaxHeader = 65'536;
constexpr std::size_t kMaxNpyRank = 8;

using base::bad_data;

// Reads the few Python literals that the header may hold.
class LiteralReader {
 public:
  LiteralReader(std::string_view text, const std::string& source) : text_(text), source_(source) {}

  void skip_space() {
    while (position_ < text_.size() && (text_[position_] == ' ' || text_[position_] == '\n')) ++position_;
  }

  bool accept(char c) {
    skip_space();
    if (position_ >= text_.size() || text_[position_] != c) return false;
    ++position_;
    return true;
  }

  void require(char c) {
    if (!accept(c)) syntax(base::format("'{}'", c));
  }

  std::string quoted() {
    const char quote = accept('\'') ? '\'' : '"';
    if (quote == '"' && !accept('"')) syntax("a quoted word");
    const std::size_t end = text_.find(quote, position_);
    if (end == std::string_view::npos) syntax("a closing quote");
    const std::string_view word = text_.substr(position_, end - position_);
    position_ = end + 1;
    return std::string(word);
  }

  bool boolean() {
    skip_space();
    for (const std::string_view word : {"True", "False"}) {
      if (!text_.substr(position_).starts_with(word)) continue;
      position_ += word.size();
      return word == "True";
    }
    syntax("True or False");
  }

  Shape tuple() {
    require('(');
    Shape shape;
    while (!accept(')')) {
      if (shape.size() == kMaxNpyRank) syntax(base::format("at most {} sizes", kMaxNpyRank));
      shape.push_back(integer());
      if (!accept(',')) {
        if (shape.size() == 1) syntax("','");  // "(5)" is a number, not a tuple
        require(')');
        break;
      }
    }
    return shape;
  }

  [[nodiscard]] bool at_end() {
    skip_space();
    return position_ == text_.size();
  }

  [[noreturn]] void syntax(const std::string& expected) const {
    bad_data(source_ + ": header", base::format("{} at character {}", expected, position_), "something else");
  }

 private:
  std::int64_t integer() {
    skip_space();
    std::int64_t value = 0;
    const char* begin = text_.data() + position_;
    const auto [end, error] = std::from_chars(begin, text_.data() + text_.size(), value);
    if (error != std::errc() || value < 0) syntax("a size of 0 or more");
    position_ += static_cast<std::size_t>(end - begin);
    return value;
  }

  std::string_view text_;
  const std::string& source_;
  std::size_t position_ = 0;
};

struct Header {
  std::string descr;
  bool fortran_order = false;
  Shape shape;
  std::size_t data_offset = 0;
};

std::size_t byte_at(std::span<const std::byte> bytes, std::size_t i) { return std::to_integer<std::size_t>(bytes[i]); }

// The dict's text and where the elements begin.
std::pair<std::string_view, std::size_t> locate_header(std::span<const std::byte> bytes, const std::string& source) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  if (bytes.size() < 10 || !text.starts_with(kNpyMagic)) {
    bad_data(source, "an npy file that starts with \\x93NUMPY", "something else");
  }
  const std::size_t major = byte_at(bytes, 6);
  if (major < 1 || major > 3 || byte_at(bytes, 7) != 0) {
    bad_data(source + ": version", "1.0, 2.0 or 3.0", base::format("{}.{}", major, byte_at(bytes, 7)));
  }
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (bytes.size() < 8 + length_bytes) bad_data(source + ": header length", "4 bytes", "less (truncated file?)");
  std::size_t length = 0;
  for (std::size_t i = 0; i < length_bytes; ++i) length |= byte_at(bytes, 8 + i) << (8 * i);
  const std::size_t rest = bytes.size() - 8 - length_bytes;
  if (length > std::min(rest, kMaxHeader)) {
    bad_data(source + ": header length", base::format("at most {}", std::min(rest, kMaxHeader)),
             std::to_string(length));
  }
  return {text.substr(8 + length_bytes, length), 8 + length_bytes + length};
}

Header parse_header(std::span<const std::byte> bytes, const std::string& source) {
  const auto [text, data_offset] = locate_header(bytes, source);
  LiteralReader reader(text, source);
  Header header;
  header.data_offset = data_offset;
  std::array<bool, 3> seen{};
  reader.require('{');
  while (!reader.accept('}')) {
    const std::string key = reader.quoted();
    reader.require(':');
    const std::size_t which = key == "descr" ? 0 : key == "fortran_order" ? 1 : key == "shape" ? 2 : 3;
    if (which == 3 || std::exchange(seen.at(which), true)) bad_data(source + ": header", "each known key once", key);
    if (which == 0) header.descr = reader.quoted();
    if (which == 1) header.fortran_order = reader.boolean();
    if (which == 2) header.shape = reader.tuple();
    if (!reader.accept(',')) {
      reader.require('}');
      break;
    }
  }
  if (!reader.at_end()) reader.syntax("the end of the header");
  if (seen != std::array{true, true, true}) {
    bad_data(source + ": header", "descr, fortran_order and shape", "fewer keys");
  }
  return header;
}

DType dtype_of(const Header& header, const std::string& source) {
  if (header.descr == "<f2") return DType::f16;
  if (header.descr == "<f4") return DType::f32;
  if (header.descr == "<f8") return DType::f64;
  bad_data(source + ": descr", "<f2, <f4 or <f8", header.descr);
}

TensorView parse_array(std::span<const std::byte> bytes, const std::string& source) {
  const Header header = parse_header(bytes, source);
  const DType dtype = dtype_of(header, source);
  if (header.fortran_order) bad_data(source + ": fortran_order", "False", "True");
  const auto needed = checked_bytes(header.shape, dtype);
  const std::size_t present = bytes.size() - header.data_offset;
  if (!needed || *needed != present) {
    bad_data(source + ": data",
             base::format("the bytes of {} {}", to_string(dtype), to_string(header.shape)) +
                 (needed ? base::format(", {}", *needed) : " (which overflow)"),
             std::to_string(present));
  }
  return {"array", source, dtype, header.shape, bytes.data() + header.data_offset};
}

std::string_view descr_of(const TensorView& array) {
  switch (array.dtype) {
    case DType::f16: return "<f2";
    case DType::f32: return "<f4";
    case DType::f64: return "<f8";
    default: bad_data(array.name, "F16, F32 or F64 for npy", std::string(to_string(array.dtype)));
  }
}

}  // namespace

NpyFile NpyFile::open(const std::string& path) {
  NpyFile file;
  file.file_ = base::MappedFile::open(path);
  file.array_ = parse_array(file.file_->bytes(), path);
  return file;
}

NpyFile NpyFile::view(std::span<const std::byte> bytes, const std::string& source) {
  NpyFile file;
  file.array_ = parse_array(bytes, source);
  return file;
}

void write_npy(const std::string& path, const TensorView& array) {
  const std::string shape = base::format("({}{})", base::join(array.shape, ", "), array.shape.size() == 1 ? "," : "");
  std::string header = base::format("{{'descr': '{}', 'fortran_order': False, 'shape': {}, }}", descr_of(array), shape);
  constexpr std::size_t prefix = 10;
  constexpr std::size_t alignment = 64;
  header.append(alignment - 1 - (prefix + header.size()) % alignment, ' ');
  header += '\n';
  std::string start(kNpyMagic);
  start += {'\x01', '\0', static_cast<char>(header.size() & 0xffU), static_cast<char>(header.size() >> 8U)};
  base::AtomicFile file(path);
  file.write(start);
  file.write(header);
  file.write(std::span(array.data, array.bytes()));
  file.commit();
}

}  // namespace seben::tensor
