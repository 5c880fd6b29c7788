// SPDX-License-Identifier: Apache-2.0
// A head's state dict together with what its importer says about it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "formats/safetensors.h"
#include "import/import.h"

namespace seben::bundle {

/// The tensors of a file under metadata that holds the options as well ("seben.head.*").
class HeadSource final : public tensor::WeightFile {
 public:
  /// Error(usage) when an option contradicts the file's own metadata, or when kind, blank, feature stride (unless the
  /// head states its contract), stride (unless it is a bilstm) or a transformer head's heads are stated nowhere.
  HeadSource(const tensor::SafetensorsFile& file, const HeadOptions& options, bool has_contract);

  using WeightFile::require;
  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override { return file_.find(name); }
  [[nodiscard]] std::vector<std::string> names() const override { return file_.names(); }
  void prefetch(const tensor::TensorView& view) const override { file_.prefetch(view); }
  void release(const tensor::TensorView& view) const override { file_.release(view); }
  [[nodiscard]] const tensor::Metadata& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return file_.source(); }

  /// What "seben.head.feature_stride" says; 0 when it is left to the contract.
  [[nodiscard]] std::int64_t feature_stride() const;

 private:
  const tensor::SafetensorsFile& file_;
  tensor::Metadata metadata_;
};

}  // namespace seben::bundle
