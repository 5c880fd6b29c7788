// SPDX-License-Identifier: Apache-2.0
#include "formats/ctranslate2_file.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/byte_cursor.h"
#include "base/format.h"
#include "tensor/shape_product.h"

namespace seben::tensor {
namespace {

// Far above any Whisper, far below what would be slow or overflow.
constexpr std::uint32_t kMaxVariables = 100'000;
constexpr std::uint32_t kMaxVersion = 1000;
constexpr std::size_t kMaxVariableName = 1024;
constexpr std::size_t kMaxVariableRank = 8;
constexpr std::size_t kMaxSpecName = 64;

// By CTranslate2's numbers.
constexpr std::array kVariableTypes{DType::f32, DType::i8, DType::i16, DType::i32, DType::f16, DType::bf16};

// A length that counts the closing zero, then the text with it.
std::string read_name(base::ByteCursor& cursor, const std::string& field) {
  const auto length = cursor.number<std::uint16_t>(field + ": length");
  if (length < 2 || length > kMaxVariableName) {
    cursor.fail(field + ": length", base::format("2 to {}", kMaxVariableName), std::to_string(length));
  }
  const std::string_view text = cursor.text(length, field);
  if (text.find('\0') != length - 1U) cursor.fail(field, "a text that ends with its only zero", "another");
  return std::string(text.substr(0, length - 1U));
}

std::uint32_t read_count(base::ByteCursor& cursor, const std::string& field) {
  const auto count = cursor.number<std::uint32_t>(field);
  if (count > kMaxVariables) cursor.fail(field, base::format("at most {}", kMaxVariables), std::to_string(count));
  return count;
}

CTranslate2Variable read_variable(base::ByteCursor& cursor, std::uint32_t index) {
  const std::string field = base::format("variable {}", index);
  CTranslate2Variable variable;
  variable.name = read_name(cursor, field + ": name");
  const std::string& name = variable.name;
  const std::size_t rank = cursor.number<std::uint8_t>(name + ": rank");
  if (rank > kMaxVariableRank) {
    cursor.fail(name + ": rank", base::format("at most {}", kMaxVariableRank), std::to_string(rank));
  }
  for (std::size_t i = 0; i < rank; ++i) {
    variable.shape.push_back(cursor.number<std::uint32_t>(name + ": sizes"));
    if (variable.shape.back() == 0) cursor.fail(name + ": sizes", "at least 1", "0");
  }
  const std::size_t type = cursor.number<std::uint8_t>(name + ": type");
  if (type >= kVariableTypes.size()) {
    cursor.fail(name + ": type", base::format("0 to {}", kVariableTypes.size() - 1), std::to_string(type));
  }
  variable.dtype = kVariableTypes[type];
  const auto stated = cursor.number<std::uint32_t>(name + ": bytes");
  const auto bytes = checked_bytes(variable.shape, variable.dtype);
  if (bytes != stated) {
    cursor.fail(name + ": bytes",
                base::format("those of {} {}", to_string(variable.dtype), to_string(variable.shape)) +
                    (bytes ? base::format(" ({})", *bytes) : ""),
                std::to_string(stated));
  }
  variable.data = cursor.take(stated, name);
  return variable;
}

using AliasTargets = std::map<std::string, std::string, std::less<>>;

AliasTargets read_aliases(base::ByteCursor& cursor) {
  AliasTargets targets;
  const std::uint32_t count = read_count(cursor, "number of aliases");
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::string field = base::format("alias {}", i);
    std::string alias = read_name(cursor, field + ": name");
    std::string target = read_name(cursor, field + ": variable");
    const auto [entry, is_new] = targets.emplace(std::move(alias), std::move(target));
    if (!is_new) cursor.fail(entry->first, "every alias once", "it twice");
  }
  return targets;
}

// Adds where each alias leads, through other aliases if need be. Every step is taken once: what a walk has passed is
// known afterwards, and what it passes twice is a circle.
void resolve_aliases(const base::ByteCursor& cursor, const AliasTargets& targets,
                     std::map<std::string, std::size_t, std::less<>>& by_name) {
  for (const auto& [alias, first] : targets) {
    std::vector<const std::string*> passed;
    const std::string* at = &alias;
    auto found = by_name.find(*at);
    while (found == by_name.end()) {
      const auto target = targets.find(*at);
      if (target == targets.end()) cursor.fail(alias + ": alias", "a variable at its end", "no " + *at);
      if (passed.size() > targets.size()) cursor.fail(alias + ": alias", "a variable at its end", "a circle");
      passed.push_back(at);
      at = &target->second;
      found = by_name.find(*at);
    }
    const std::size_t variable = found->second;
    for (const std::string* name : passed) by_name.emplace(*name, variable);
  }
}

}  // namespace

std::int64_t CTranslate2Variable::elements() const noexcept {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) count *= size;
  return count;
}

bool CTranslate2File::is_one(std::span<const std::byte> bytes) noexcept {
  constexpr std::size_t kNameAt = 6;
  constexpr std::string_view kEnd("Spec\0", 5);
  if (bytes.size() < kNameAt) return false;
  const std::uint64_t version = base::little_endian(bytes, 0, 4), length = base::little_endian(bytes, 4, 2);
  if (version > kMaxVersion || length < kEnd.size() || length > kMaxSpecName) return false;
  if (bytes.size() < kNameAt + length) return false;
  const std::string_view name(reinterpret_cast<const char*>(bytes.data()) + kNameAt, length);
  return name.ends_with(kEnd);
}

CTranslate2File CTranslate2File::open(const std::string& path) {
  CTranslate2File file;
  file.file_ = base::MappedFile::open(path);
  file.bytes_ = file.file_->bytes();
  file.source_ = path;
  file.parse();
  return file;
}

CTranslate2File CTranslate2File::view(std::span<const std::byte> bytes, const std::string& source) {
  CTranslate2File file;
  file.bytes_ = bytes;
  file.source_ = source;
  file.parse();
  return file;
}

void CTranslate2File::parse() {
  base::ByteCursor cursor(bytes_, source_);
  const auto version = cursor.number<std::uint32_t>("version");
  if (version != kVersion) {
    cursor.fail("version", base::format("{}, of CTranslate2's model.bin", kVersion), std::to_string(version));
  }
  spec_ = read_name(cursor, "spec");
  revision_ = cursor.number<std::uint32_t>("revision");
  const std::uint32_t count = read_count(cursor, "number of variables");
  for (std::uint32_t i = 0; i < count; ++i) {
    variables_.push_back(read_variable(cursor, i));
    if (!by_name_.emplace(variables_.back().name, i).second) {
      cursor.fail(variables_.back().name, "every variable once", "it twice");
    }
  }
  const AliasTargets targets = read_aliases(cursor);
  for (const auto& [alias, target] : targets) {
    if (by_name_.contains(alias)) cursor.fail(alias + ": alias", "a name that no variable has", "one");
  }
  resolve_aliases(cursor, targets, by_name_);
  if (!cursor.at_end()) {
    cursor.fail("end", "nothing behind the aliases", base::format("{} bytes", bytes_.size() - cursor.offset()));
  }
}

const CTranslate2Variable* CTranslate2File::find(std::string_view name) const {
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : &variables_[found->second];
}

}  // namespace seben::tensor
