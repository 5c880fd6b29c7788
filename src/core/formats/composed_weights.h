// SPDX-License-Identifier: Apache-2.0
// Weights put together from a file of another kind: parts of its mapping under names of one's own, and tensors that
// are computed from it when they are first asked for.
#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "base/scratch_file.h"
#include "formats/weight_file.h"

namespace seben::tensor {

/// Emits the bytes of a tensor front to back, in pieces of whole elements.
using Producer = std::function<void(const ByteSink&)>;

class ComposedWeights final : public WeightFile {
 public:
  /// `source` is what messages call the file; `owner` keeps the views' bytes alive; `file` (may be nullptr) is the
  /// mapping they lie in, for advice.
  ComposedWeights(std::string source, std::shared_ptr<const void> owner, const base::MappedFile* file);

  /// A tensor as it lies in the file. Adding a name twice, here or below, is Error(bad_data).
  void add(TensorView view);
  /// A tensor of `head`'s name, dtype and shape (its data is ignored) that `produce` emits.
  void add(TensorView head, Producer produce);

  using WeightFile::require;
  [[nodiscard]] const TensorView* peek(std::string_view name) const override;
  void stream(std::string_view name, const ByteSink& sink) const override;
  /// Computes what has to be computed, once, into an unnamed temporary file: Error(io) when there is no room for it.
  [[nodiscard]] const TensorView* find(std::string_view name) const override;
  [[nodiscard]] std::vector<std::string> names() const override;
  void prefetch(const TensorView& view) const override;
  void release(const TensorView& view) const override;
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return source_; }

 private:
  struct Entry {
    TensorView view;
    Producer produce;          // empty for a mapped one
    std::uint64_t offset = 0;  // of a computed one in the scratch file
  };

  void insert(Entry entry);
  void compute(Entry& entry) const;
  [[nodiscard]] std::optional<std::size_t> offset_in_file(const TensorView& view) const;

  std::string source_;
  std::shared_ptr<const void> owner_;
  const base::MappedFile* file_;
  std::map<std::string, std::string> metadata_;
  std::uint64_t computed_bytes_ = 0;
  mutable std::mutex mutex_;  // guards what `find` computes
  mutable std::map<std::string, Entry, std::less<>> entries_;
  mutable std::unique_ptr<base::ScratchFile> scratch_;
};

}  // namespace seben::tensor
