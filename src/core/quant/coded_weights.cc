// SPDX-License-Identifier: Apache-2.0
#include "quant/coded_weights.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <map>
#include <optional>
#include <utility>

#include "base/float16.h"
#include "base/format.h"
#include "quant/affine_layout.h"
#include "seben/error.h"
#include "tensor/shape_product.h"

namespace seben::quant {
namespace {

constexpr std::string_view kPrefix = "seben.codec.";

std::int64_t columns_of(const tensor::Shape& shape) {
  std::int64_t columns = 1;
  for (std::size_t i = 1; i < shape.size(); ++i) columns *= shape[i];
  return columns;
}

// "w4:g32 [1280, 5120]"
std::pair<CodecSpec, tensor::Shape> parse_entry(const std::string& text, const std::string& where) {
  const auto refuse = [&] {
    throw Error(ErrorCategory::bad_data, where, "a codec and a shape such as \"w4:g32 [1280, 5120]\"",
                "\"" + text.substr(0, 80) + "\"");
  };
  const std::size_t space = text.find(' ');
  if (space == std::string::npos || space + 2 >= text.size() || text[space + 1] != '[' || text.back() != ']') refuse();
  CodecSpec spec;
  try {
    spec = parse_weight_codec(std::string_view(text).substr(0, space), where);
  } catch (const Error&) {
    refuse();
  }
  if (spec.kind != CodecKind::affine) refuse();
  tensor::Shape shape;
  std::int64_t size = 0;
  bool digits = false;
  for (std::size_t i = space + 2; i < text.size(); ++i) {
    const char c = text[i];
    if (c >= '0' && c <= '9') {
      size = size * 10 + (c - '0');
      digits = true;
      if (size > 1'000'000) refuse();
    } else if ((c == ',' || c == ']') && digits) {
      if (size < 1 || shape.size() == 4) refuse();
      shape.push_back(size);
      size = 0;
      digits = false;
    } else if (c != ' ') {
      refuse();
    }
  }
  if (!tensor::checked_elements(shape, std::int64_t{1} << 32)) refuse();
  if (shape.size() < 2 || columns_of(shape) % spec.group != 0) refuse();
  return {spec, shape};
}

class AffineRows final : public tensor::CodedRows {
 public:
  AffineRows(std::string name, const CodecSpec& spec, std::int64_t columns, const tensor::TensorView& codes,
             const tensor::TensorView& scales, const tensor::TensorView* zeros)
      : name_(std::move(name)),
        codec_(weight_codec_name(spec)),
        layout_(layout_of(spec)),
        columns_(columns),
        codes_(codes),
        scales_(scales),
        zeros_(zeros != nullptr ? std::optional<tensor::TensorView>(*zeros) : std::nullopt) {}

  [[nodiscard]] std::int64_t columns() const noexcept override { return columns_; }
  [[nodiscard]] std::size_t bytes() const noexcept override {
    return codes_.bytes() + scales_.bytes() + (zeros_ ? zeros_->bytes() : 0);
  }
  [[nodiscard]] const std::string& codec() const noexcept override { return codec_; }

  void read(std::int64_t r, std::span<float> out) const override {
    const auto groups = static_cast<std::size_t>(columns_ / layout_.group), row = static_cast<std::size_t>(r);
    constexpr std::size_t kRoom = 512;  // halves need not be aligned in the file
    std::uint16_t halves[2 * kRoom];
    const auto code_bytes = static_cast<std::size_t>(columns_ * layout_.bits / 8);
    const auto* codes = reinterpret_cast<const std::uint8_t*>(codes_.data) + row * code_bytes;
    for (std::size_t first = 0; first < groups; first += kRoom) {
      const std::size_t count = std::min(kRoom, groups - first);
      std::memcpy(halves, scales_.data + 2 * (row * groups + first), 2 * count);
      if (zeros_) std::memcpy(halves + kRoom, zeros_->data + 2 * (row * groups + first), 2 * count);
      const auto values = count * static_cast<std::size_t>(layout_.group);
      affine_ops().decode(codes + first * static_cast<std::size_t>(layout_.group * layout_.bits) / 8, halves,
                          halves + kRoom, static_cast<std::int64_t>(values), layout_,
                          out.data() + first * static_cast<std::size_t>(layout_.group));
    }
  }

  void check() const override {
    check_halves(scales_, "scales");
    if (zeros_) check_halves(*zeros_, "zeros");
  }

  [[nodiscard]] const tensor::TensorView& codes() const noexcept { return codes_; }
  [[nodiscard]] const tensor::TensorView& scales() const noexcept { return scales_; }

 private:
  void check_halves(const tensor::TensorView& view, const char* what) const {
    const std::size_t count = view.bytes() / 2;
    std::uint32_t bad = 0;
    for (std::size_t i = 0; i < count; ++i) {
      std::uint16_t half = 0;
      std::memcpy(&half, view.data + 2 * i, 2);
      bad |= static_cast<std::uint32_t>((half & 0x7C00U) == 0x7C00U);
    }
    if (bad != 0) {
      throw Error(ErrorCategory::bad_data, view.source + ": " + name_ + "." + what, "finite numbers",
                  "one that is not");
    }
  }

  std::string name_, codec_;
  AffineLayout layout_;
  std::int64_t columns_;
  tensor::TensorView codes_, scales_;
  std::optional<tensor::TensorView> zeros_;
};

class CodedFile final : public tensor::WeightFile {
 public:
  explicit CodedFile(tensor::SafetensorsFile file) : file_(std::move(file)) {
    std::map<std::string, int> parts;  // of coded matrices: not tensors of their own
    for (const auto& [key, text] : file_.metadata()) {
      if (key.starts_with(kPrefix)) add(key.substr(kPrefix.size()), text, parts);
    }
    for (const std::string& name : file_.names()) {
      if (parts.contains(name)) continue;
      if (const auto [it, fresh] = views_.emplace(name, *file_.find(name)); !fresh) {
        throw Error(ErrorCategory::bad_data, file_.source() + ": " + name, "either codes or numbers", "both");
      }
    }
  }

  using WeightFile::require;
  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override {
    const auto it = views_.find(name);
    return it == views_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, view] : views_) out.push_back(name);
    return out;
  }
  void prefetch(const tensor::TensorView& view) const override {
    if (const auto* rows = dynamic_cast<const AffineRows*>(view.coded)) {
      file_.prefetch(rows->codes());
      file_.prefetch(rows->scales());
    } else {
      file_.prefetch(view);
    }
  }
  void release(const tensor::TensorView& view) const override {
    if (const auto* rows = dynamic_cast<const AffineRows*>(view.coded)) {
      file_.release(rows->codes());
      file_.release(rows->scales());
    } else {
      file_.release(view);
    }
  }
  [[nodiscard]] const tensor::Metadata& metadata() const override { return file_.metadata(); }
  [[nodiscard]] const std::string& source() const override { return file_.source(); }

 private:
  void add(const std::string& name, const std::string& text, std::map<std::string, int>& parts) {
    const auto [spec, shape] = parse_entry(text, file_.source() + ": metadata " + std::string(kPrefix) + name);
    const std::int64_t columns = columns_of(shape), rows = shape.front(), groups = columns / spec.group;
    const auto part = [&](const char* suffix, tensor::DType dtype, std::int64_t width) -> const tensor::TensorView& {
      const tensor::TensorView& view = file_.require(name + suffix, {rows, width});
      if (view.dtype != dtype) {
        throw Error(ErrorCategory::bad_data, file_.source() + ": " + name + suffix,
                    std::string(tensor::to_string(dtype)), std::string(tensor::to_string(view.dtype)));
      }
      parts[name + suffix] = 1;
      return view;
    };
    const tensor::TensorView& codes = part(".codes", tensor::DType::u8, columns * spec.bits / 8);
    const tensor::TensorView& scales = part(".scales", tensor::DType::f16, groups);
    const tensor::TensorView* zeros = spec.symmetric ? nullptr : &part(".zeros", tensor::DType::f16, groups);
    rows_.push_back(std::make_unique<AffineRows>(name, spec, columns, codes, scales, zeros));
    tensor::TensorView view;
    view.name = name;
    view.source = file_.source();
    view.dtype = tensor::DType::coded;
    view.shape = shape;
    view.coded = rows_.back().get();
    views_.emplace(name, std::move(view));
  }

  tensor::SafetensorsFile file_;
  std::vector<std::unique_ptr<AffineRows>> rows_;
  std::map<std::string, tensor::TensorView, std::less<>> views_;
};

}  // namespace

std::unique_ptr<tensor::WeightFile> open_stored_weights(const std::string& path) {
  tensor::SafetensorsFile file = tensor::SafetensorsFile::open(path);
  for (const auto& [key, text] : file.metadata()) {
    if (key.starts_with(kPrefix)) return std::make_unique<CodedFile>(std::move(file));
  }
  return std::make_unique<tensor::SafetensorsFile>(std::move(file));
}

std::string joint_codec(const std::string& one, const std::string& other) {
  if (one.empty() || one == other) return other;
  return other.empty() ? one : "mixed";
}

std::string weight_codec_of(const tensor::WeightFile& file) {
  std::string codec;
  const auto codes = file.metadata().find(std::string(kCodesKey));
  if (codes != file.metadata().end() && codes->second == kPublishedCodes) return codec;
  for (const std::string& name : file.names()) {
    const tensor::CodedRows* coded = file.peek(name)->coded;
    if (coded != nullptr) codec = joint_codec(codec, coded->codec());
  }
  return codec;
}

bool can_code(const tensor::TensorView& matrix, const CodecSpec& spec) noexcept {
  return matrix.shape.size() >= 2 && columns_of(matrix.shape) % spec.group == 0;
}

CodedMatrix code_matrix(const tensor::TensorView& matrix, const CodecSpec& spec, double* squared_error) {
  const std::int64_t columns = columns_of(matrix.shape), rows = matrix.shape.front();
  const std::string where = matrix.source + ": " + matrix.name;
  if (!can_code(matrix, spec)) {
    throw Error(ErrorCategory::usage, where + ": " + weight_codec_name(spec),
                base::format("rows that are a multiple of the group of {}", spec.group),
                tensor::to_string(matrix.shape));
  }
  const auto groups = static_cast<std::size_t>(columns / spec.group), n = static_cast<std::size_t>(rows);
  const auto code_bytes = static_cast<std::size_t>(columns * spec.bits / 8);
  CodedMatrix out{matrix.name,
                  spec,
                  matrix.shape,
                  std::vector<std::byte>(n * code_bytes),
                  std::vector<std::byte>(2 * n * groups),
                  std::vector<std::byte>(spec.symmetric ? 0 : 2 * n * groups)};
  std::vector<float> row(static_cast<std::size_t>(columns)), restored(squared_error != nullptr ? row.size() : 0);
  std::vector<std::uint16_t> scales(groups), zeros(groups);
  double error = 0.0;
  for (std::size_t r = 0; r < n; ++r) {
    tensor::to_float(tensor::row_of(matrix, static_cast<std::int64_t>(r)), row);
    auto* codes = reinterpret_cast<std::uint8_t*>(out.codes.data()) + r * code_bytes;
    const std::uint32_t largest =
        affine_ops().encode(row.data(), columns, layout_of(spec), codes, scales.data(), zeros.data());
    if (largest > kLargestHalfBits) {
      throw Error(ErrorCategory::bad_data, base::format("{}: row {}", where, r), "numbers of at most 65504",
                  "a larger one");
    }
    std::memcpy(out.scales.data() + 2 * r * groups, scales.data(), 2 * groups);
    if (!spec.symmetric) std::memcpy(out.zeros.data() + 2 * r * groups, zeros.data(), 2 * groups);
    if (squared_error == nullptr) continue;
    affine_ops().decode(codes, scales.data(), zeros.data(), columns, layout_of(spec), restored.data());
    for (std::size_t i = 0; i < row.size(); ++i) {
      const double d = static_cast<double>(restored[i]) - static_cast<double>(row[i]);
      error += d * d;
    }
  }
  if (squared_error != nullptr) *squared_error = error;
  return out;
}

std::unique_ptr<tensor::CodedRows> rows_of(const CodedMatrix& m) {
  const auto view = [&](const std::vector<std::byte>& bytes) {
    tensor::TensorView out;
    out.name = m.name;
    out.source = "memory";
    out.dtype = tensor::DType::u8;
    out.shape = {static_cast<std::int64_t>(bytes.size())};
    out.data = bytes.data();
    return out;
  };
  const tensor::TensorView zeros = view(m.zeros);
  return std::make_unique<AffineRows>(m.name, m.spec, columns_of(m.shape), view(m.codes), view(m.scales),
                                      m.zeros.empty() ? nullptr : &zeros);
}

void append_specs(const CodedMatrix& m, std::vector<tensor::TensorSpec>& specs, tensor::Metadata& metadata) {
  const std::int64_t rows = m.shape.front(), columns = columns_of(m.shape), groups = columns / m.spec.group;
  specs.push_back({m.name + ".codes", tensor::DType::u8, {rows, columns * m.spec.bits / 8}});
  specs.push_back({m.name + ".scales", tensor::DType::f16, {rows, groups}});
  if (!m.spec.symmetric) specs.push_back({m.name + ".zeros", tensor::DType::f16, {rows, groups}});
  metadata[std::string(kPrefix) + m.name] = weight_codec_name(m.spec) + " " + tensor::to_string(m.shape);
}

std::size_t stored_bytes(const tensor::Shape& shape, const CodecSpec& spec) {
  const auto values = static_cast<std::size_t>(shape.front() * columns_of(shape));
  if (spec.kind == CodecKind::f32) return 4 * values;
  if (spec.kind == CodecKind::fp16) return 2 * values;
  return values * static_cast<std::size_t>(spec.bits) / 8 +
         values / static_cast<std::size_t>(spec.group) * (spec.symmetric ? 2 : 4);
}

}  // namespace seben::quant
