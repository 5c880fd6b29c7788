// SPDX-License-Identifier: Apache-2.0
// A weight file some of whose matrices have become codes.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "formats/weight_file.h"
#include "quant/coded_weights.h"

namespace seben::compress {

/// The file must outlive it, and it whatever was loaded from it.
class CodedOverlay final : public tensor::WeightFile {
 public:
  explicit CodedOverlay(const tensor::WeightFile& file) : file_(file) {}

  /// Puts codes in the place of the matrix of their name.
  void set(quant::CodedMatrix matrix);

  using WeightFile::require;
  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override;
  [[nodiscard]] const tensor::TensorView* peek(std::string_view name) const override;
  [[nodiscard]] std::vector<std::string> names() const override { return file_.names(); }
  void prefetch(const tensor::TensorView& view) const override {
    if (view.coded == nullptr) file_.prefetch(view);
  }
  void release(const tensor::TensorView& view) const override {
    if (view.coded == nullptr) file_.release(view);
  }
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return file_.metadata(); }
  [[nodiscard]] const std::string& source() const override { return file_.source(); }

 private:
  struct Coded {
    quant::CodedMatrix matrix;
    std::unique_ptr<tensor::CodedRows> rows;
    tensor::TensorView view;
  };

  const tensor::WeightFile& file_;
  std::map<std::string, std::unique_ptr<Coded>, std::less<>> coded_;
};

}  // namespace seben::compress
