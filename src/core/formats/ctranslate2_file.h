// SPDX-License-Identifier: Apache-2.0
// CTranslate2's model.bin: a version, the name of a model's layout, named variables, aliases of them; all little end
// first. Layout: CTranslate2, python/ctranslate2/specs/model_spec.py and src/models/model.cc.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "tensor/view.h"

namespace seben::tensor {

struct CTranslate2Variable {
  std::string name;  ///< "encoder/layer_0/self_attention/linear_0/weight"
  DType dtype = DType::f32;
  Shape shape;                      ///< empty for a single number
  std::span<const std::byte> data;  ///< not necessarily aligned

  [[nodiscard]] std::int64_t elements() const noexcept;
};

/// A memory-mapped file. Opening reads its heads and checks every size before anything is allocated by it; every defect
/// is Error(bad_data) naming the file and the field. Views stay valid as long as the object's mapping.
class CTranslate2File {
 public:
  /// The one version read here: Whisper's layout was made after it, so that no Whisper is written in an older one.
  static constexpr std::uint32_t kVersion = 6;

  [[nodiscard]] static CTranslate2File open(const std::string& path);
  /// The same over bytes in memory, which must outlive the object; `source` is what messages call it.
  [[nodiscard]] static CTranslate2File view(std::span<const std::byte> bytes, const std::string& source);
  /// Whether the bytes begin as such a file of any version does: a small number, then a name that ends in "Spec".
  [[nodiscard]] static bool is_one(std::span<const std::byte> bytes) noexcept;

  /// The layout's name, "WhisperSpec", and which of its revisions.
  [[nodiscard]] const std::string& spec() const noexcept { return spec_; }
  [[nodiscard]] std::uint32_t revision() const noexcept { return revision_; }
  /// In the order of the file.
  [[nodiscard]] const std::vector<CTranslate2Variable>& variables() const noexcept { return variables_; }
  /// The variable of that name, or the one that an alias of that name leads to; nullptr when there is none.
  [[nodiscard]] const CTranslate2Variable* find(std::string_view name) const;
  [[nodiscard]] const std::string& source() const noexcept { return source_; }
  /// nullptr when the bytes lie in memory.
  [[nodiscard]] const base::MappedFile* file() const noexcept { return file_ ? &*file_ : nullptr; }

 private:
  CTranslate2File() = default;
  void parse();

  std::optional<base::MappedFile> file_;
  std::span<const std::byte> bytes_;
  std::string source_;
  std::string spec_;
  std::uint32_t revision_ = 0;
  std::vector<CTranslate2Variable> variables_;
  std::map<std::string, std::size_t, std::less<>> by_name_;  ///< of variables and aliases
};

}  // namespace seben::tensor
