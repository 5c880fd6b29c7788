// SPDX-License-Identifier: Apache-2.0
// Stored features: a .npy array, the one tensor of a .safetensors file, whose metadata may hold a contract, or a packet
// (.spkt) of coded frames, which may as well.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "frontend/contract.h"
#include "tensor/view.h"
#include "tensor/weight_file.h"

namespace seben::bundle {

class FeatureFile {
 public:
  /// [frames, dim] for one window or [windows, frames, dim], in F16, BF16, F32 or F64. A safetensors file of several
  /// tensors needs one that is called "features". Of a packet every checksum is compared. A contract in it must
  /// describe the array it stands beside.
  [[nodiscard]] static FeatureFile open(const std::string& path);

  FeatureFile(FeatureFile&&) noexcept;
  FeatureFile& operator=(FeatureFile&&) noexcept;
  ~FeatureFile();

  [[nodiscard]] std::int64_t windows() const noexcept { return windows_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  [[nodiscard]] const std::optional<frontend::FeatureContract>& contract() const noexcept { return contract_; }
  /// What a packet's features went through (quant::record_name); empty for features stored as numbers.
  [[nodiscard]] const std::string& codec() const noexcept { return codec_; }
  [[nodiscard]] const std::string& source() const noexcept { return array_.source; }

  /// One window as [frames, dim]; `out` has frames() * dim() places. Non-finite values are Error(bad_data).
  void read_window(std::int64_t window, std::span<float> out) const;
  [[nodiscard]] std::vector<float> window(std::int64_t window) const;

 private:
  struct Storage;
  FeatureFile();
  void set_array(const tensor::TensorView& array);
  void set_packet(const std::string& path);
  void set_contract(const std::string& text, const std::string& where);

  std::unique_ptr<Storage> storage_;
  tensor::TensorView array_;
  std::int64_t windows_ = 0;
  std::int64_t frames_ = 0;
  std::int64_t dim_ = 0;
  std::optional<frontend::FeatureContract> contract_;
  std::string codec_;
};

/// Before any arithmetic: Error(bad_data) unless the features may go into this bundle's head. Returns warnings to show
/// (a contract that is missing, or a difference that only a skew record covers).
[[nodiscard]] std::vector<std::string> require_features(const Bundle& bundle, const FeatureFile& features);

/// Stores one or more windows with their contract, so that they can be checked when they come back.
void write_features(const std::string& path, const tensor::TensorView& features,
                    const frontend::FeatureContract& contract);

}  // namespace seben::bundle
