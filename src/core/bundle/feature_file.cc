// SPDX-License-Identifier: Apache-2.0
#include "bundle/feature_file.h"

#include "base/format.h"
#include "formats/npy.h"
#include "formats/safetensors.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

constexpr std::string_view kTensor = "features";

const tensor::TensorView& features_of(const tensor::SafetensorsFile& file) {
  const std::vector<std::string> names = file.names();
  if (names.size() == 1) return file.require(names.front());
  if (file.find(kTensor) == nullptr) {
    throw Error(ErrorCategory::bad_data, file.source(), "one tensor, or one called \"features\"",
                base::format("{} tensors", names.size()));
  }
  return file.require(kTensor);
}

}  // namespace

struct FeatureFile::Storage {
  std::optional<tensor::SafetensorsFile> safetensors;
  std::optional<tensor::NpyFile> npy;
  std::unique_ptr<FeatureWindows> windows;
};

FeatureFile::FeatureFile() : storage_(std::make_unique<Storage>()) {}
FeatureFile::FeatureFile(FeatureFile&&) noexcept = default;
FeatureFile& FeatureFile::operator=(FeatureFile&&) noexcept = default;
FeatureFile::~FeatureFile() = default;
FeatureWindows::~FeatureWindows() = default;

FeatureFile FeatureFile::open(const std::string& path) {
  FeatureFile file;
  if (path.ends_with(".npy")) {
    file.storage_->npy = tensor::NpyFile::open(path);
    file.set_array(file.storage_->npy->array());
    return file;
  }
  if (!path.ends_with(".safetensors")) {
    throw Error(ErrorCategory::usage, path, "a .safetensors or .npy file", "another ending");
  }
  file.storage_->safetensors = tensor::SafetensorsFile::open(path);
  file.set_array(features_of(*file.storage_->safetensors));
  const tensor::Metadata& metadata = file.storage_->safetensors->metadata();
  if (const auto entry = metadata.find(std::string(frontend::kContractKey)); entry != metadata.end()) {
    file.set_contract(entry->second, path + ": metadata seben.contract");
  }
  return file;
}

void FeatureFile::set_contract(const std::string& text, const std::string& where) {
  contract_ = frontend::contract_from_text(text, where);
  if (contract_->frames != frames_ || contract_->dim != dim_) {
    throw Error(ErrorCategory::bad_data, where, base::format("layout [{}, {}] as the features have", frames_, dim_),
                base::format("layout [{}, {}]", contract_->frames, contract_->dim));
  }
}

FeatureFile FeatureFile::of_windows(const FeatureLayout& layout, std::unique_ptr<FeatureWindows> windows) {
  FeatureFile file;
  file.storage_->windows = std::move(windows);
  file.array_.source = layout.source;
  file.windows_ = layout.windows;
  file.frames_ = layout.frames;
  file.dim_ = layout.dim;
  file.codec_ = layout.codec;
  if (!layout.contract.empty()) file.set_contract(layout.contract, layout.source + ": contract");
  return file;
}

void FeatureFile::set_array(const tensor::TensorView& array) {
  const tensor::Shape& shape = array.shape;
  const bool has_rank = shape.size() == 2 || shape.size() == 3;
  if (!has_rank || array.elements() == 0) {
    throw Error(ErrorCategory::bad_data, array.source + ": " + array.name, "[frames, dim] or [windows, frames, dim]",
                "shape " + tensor::to_string(shape));
  }
  switch (array.dtype) {
    case tensor::DType::f16:
    case tensor::DType::bf16:
    case tensor::DType::f32:
    case tensor::DType::f64: break;
    default:
      throw Error(ErrorCategory::bad_data, array.source + ": " + array.name, "F16, BF16, F32 or F64",
                  std::string(tensor::to_string(array.dtype)));
  }
  array_ = array;
  windows_ = shape.size() == 3 ? shape[0] : 1;
  frames_ = shape[shape.size() - 2];
  dim_ = shape.back();
}

void FeatureFile::read_window(std::int64_t window, std::span<float> out) const {
  if (window < 0 || window >= windows_) {
    throw Error(ErrorCategory::internal, source(), base::format("a window below {}", windows_), std::to_string(window));
  }
  if (storage_->windows) return storage_->windows->read(window, out);
  tensor::TensorView view = array_;
  view.shape = {frames_, dim_};
  view.data = array_.data + static_cast<std::size_t>(window) * view.bytes();
  tensor::to_float(view, out);
}

std::vector<float> FeatureFile::window(std::int64_t window) const {
  std::vector<float> values(static_cast<std::size_t>(frames_ * dim_));
  read_window(window, values);
  return values;
}

std::vector<std::string> require_features(const Bundle& bundle, const FeatureFile& features, bool allow_unadmitted) {
  const std::string& codec = features.codec();
  if (!allow_unadmitted && !codec.empty() && codec != "f32" && !bundle.admits(codec)) {
    throw Error(ErrorCategory::incomplete, features.source() + ": codec " + codec,
                "one that the bundle's precision record admits (seben verify precision --precision CODEC)",
                "no such record");
  }
  if (!features.contract()) {
    return {frontend::require_bare_layout(features.frames(), features.dim(), bundle.required(), features.source())};
  }
  frontend::FeatureContract contract = *features.contract();
  if (allow_unadmitted && !bundle.admits(contract.precision)) contract.precision = bundle.required().precision;
  if (!bundle.require_features(contract, features.source())) return {};
  return {features.source() + ": another extractor than the head was trained with, admitted by a skew record"};
}

void write_features(const std::string& path, const tensor::TensorView& features,
                    const frontend::FeatureContract& contract) {
  const std::size_t rank = features.shape.size();
  if (rank < 2 || rank > 3 || features.shape[rank - 2] != contract.frames || features.shape[rank - 1] != contract.dim) {
    throw Error(ErrorCategory::internal, path, base::format("features [{}, {}]", contract.frames, contract.dim),
                tensor::to_string(features.shape));
  }
  tensor::TensorView named = features;
  named.name = kTensor;
  tensor::write_safetensors(path, std::span(&named, 1),
                            {{std::string(frontend::kContractKey), frontend::to_text(contract)}});
}

}  // namespace seben::bundle
