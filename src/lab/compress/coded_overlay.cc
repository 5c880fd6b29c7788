// SPDX-License-Identifier: Apache-2.0
#include "compress/coded_overlay.h"

#include <utility>

namespace seben::compress {

void CodedOverlay::set(quant::CodedMatrix matrix) {
  auto coded = std::make_unique<Coded>();
  coded->view.name = matrix.name;
  coded->view.source = file_.source();
  coded->view.dtype = tensor::DType::coded;
  coded->view.shape = matrix.shape;
  coded->matrix = std::move(matrix);
  coded->rows = quant::rows_of(coded->matrix);
  coded->view.coded = coded->rows.get();
  const std::string name = coded->view.name;
  coded_.insert_or_assign(name, std::move(coded));
}

const tensor::TensorView* CodedOverlay::find(std::string_view name) const {
  const auto it = coded_.find(name);
  return it != coded_.end() ? &it->second->view : file_.find(name);
}

const tensor::TensorView* CodedOverlay::peek(std::string_view name) const {
  const auto it = coded_.find(name);
  return it != coded_.end() ? &it->second->view : file_.peek(name);
}

}  // namespace seben::compress
