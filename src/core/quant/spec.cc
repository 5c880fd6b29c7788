// SPDX-License-Identifier: Apache-2.0
#include "quant/spec.h"

#include <charconv>
#include <vector>

#include "base/format.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

constexpr std::string_view kGrammar =
    "f32, fp16, affine<2..6|8>[:g<16..128>][:sym] or turbo<1..8>[:ip][:norm][:seed=N]";

std::vector<std::string_view> parts_of(std::string_view text) {
  std::vector<std::string_view> parts;
  for (std::size_t from = 0;;) {
    const std::size_t to = text.find(':', from);
    parts.push_back(text.substr(from, to - from));
    if (to == std::string_view::npos) return parts;
    from = to + 1;
  }
}

template <typename Number>
bool read_number(std::string_view text, Number& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

[[noreturn]] void refuse(std::string_view text, const std::string& where, std::string_view expected) {
  throw Error(ErrorCategory::usage, where, std::string(expected), std::string(text.substr(0, 80)));
}

bool read_group(std::string_view part, int& group) {
  return part.starts_with('g') && read_number(part.substr(1), group) && group >= 16 && group <= 128 && group % 16 == 0;
}

bool affine_bits(int bits) { return (bits >= 2 && bits <= 6) || bits == 8; }

bool read_option(std::string_view part, CodecSpec& spec) {
  if (spec.kind == CodecKind::affine) {
    if (part == "sym") return spec.symmetric = true;
    return read_group(part, spec.group);
  }
  if (spec.kind != CodecKind::turbo) return false;
  if (part == "ip") return spec.inner_product = true;
  if (part == "norm") return !(spec.fitted = false);
  return part.starts_with("seed=") && read_number(part.substr(5), spec.seed);
}

}  // namespace

CodecSpec parse_codec(std::string_view text, const std::string& where) {
  const auto parts = parts_of(text);
  const std::string_view name = parts.front();
  CodecSpec spec;
  bool good = true;
  if (name == "f32" || name == "fp16") {
    spec.kind = name == "f32" ? CodecKind::f32 : CodecKind::fp16;
    spec.bits = name == "f32" ? 32 : 16;
  } else if (name.starts_with("affine")) {
    good = read_number(name.substr(6), spec.bits) && affine_bits(spec.bits);
  } else if (name.starts_with("turbo")) {
    spec.kind = CodecKind::turbo;
    good = read_number(name.substr(5), spec.bits) && spec.bits >= 1 && spec.bits <= 8;
  } else {
    good = false;
  }
  for (std::size_t i = 1; good && i < parts.size(); ++i) good = read_option(parts[i], spec);
  if (!good) refuse(text, where, kGrammar);
  return spec;
}

std::string to_string(const CodecSpec& spec) {
  switch (spec.kind) {
    case CodecKind::f32: return "f32";
    case CodecKind::fp16: return "fp16";
    case CodecKind::affine: return base::format("affine{}:g{}{}", spec.bits, spec.group, spec.symmetric ? ":sym" : "");
    case CodecKind::turbo: break;
  }
  std::string out = base::format("turbo{}", spec.bits);
  if (spec.inner_product) out += ":ip";
  if (!spec.fitted) out += ":norm";
  if (spec.seed != CodecSpec{}.seed) out += base::format(":seed={}", spec.seed);
  return out;
}

CodecSpec parse_weight_codec(std::string_view text, const std::string& where) {
  static constexpr std::string_view kWeights = "w<2..6|8>[:g<16..128>][:asym], fp16, f32 or affine…";
  if (!text.starts_with('w')) {
    const CodecSpec spec = parse_codec(text, where);
    if (spec.kind == CodecKind::turbo) refuse(text, where, kWeights);
    return spec;
  }
  const auto parts = parts_of(text);
  CodecSpec spec;
  spec.symmetric = true;
  bool good = read_number(parts.front().substr(1), spec.bits) && affine_bits(spec.bits);
  for (std::size_t i = 1; good && i < parts.size(); ++i) {
    if (parts[i] == "asym") {
      spec.symmetric = false;
    } else {
      good = read_group(parts[i], spec.group);
    }
  }
  if (!good) refuse(text, where, kWeights);
  return spec;
}

std::string weight_codec_name(const CodecSpec& spec) {
  if (spec.kind != CodecKind::affine) return to_string(spec);
  return base::format("w{}:g{}{}", spec.bits, spec.group, spec.symmetric ? "" : ":asym");
}

}  // namespace seben::quant
