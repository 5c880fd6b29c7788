// SPDX-License-Identifier: Apache-2.0
// Stored features: a .npy array, the one tensor of a .safetensors file, whose metadata may hold a contract, or windows
// that somebody else restores one by one (packets: pipeline/stored_features.h).
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bundle/bundle.h"
#include "bundle/contract.h"
#include "formats/weight_file.h"
#include "tensor/view.h"

namespace seben::bundle {

/// Windows that are restored when they are asked for.
class FeatureWindows {
 public:
  FeatureWindows() = default;
  FeatureWindows(const FeatureWindows&) = delete;
  FeatureWindows& operator=(const FeatureWindows&) = delete;
  virtual ~FeatureWindows();

  /// `out` has room for [frames, dim].
  virtual void read(std::int64_t window, std::span<float> out) const = 0;
};

/// What is known of such windows without reading one.
struct FeatureLayout {
  std::string source;
  std::int64_t windows = 0, frames = 0, dim = 0;
  std::string codec;
  std::string contract;  ///< JSON; empty: none
};

class FeatureFile {
 public:
  /// [frames, dim] for one window or [windows, frames, dim], in F16, BF16, F32 or F64. A safetensors file of several
  /// tensors needs one that is called "features". A contract in it must describe the array it stands beside.
  [[nodiscard]] static FeatureFile open(const std::string& path);
  /// The contract must describe the windows.
  [[nodiscard]] static FeatureFile of_windows(const FeatureLayout& layout, std::unique_ptr<FeatureWindows> windows);

  FeatureFile(FeatureFile&&) noexcept;
  FeatureFile& operator=(FeatureFile&&) noexcept;
  ~FeatureFile();

  [[nodiscard]] std::int64_t windows() const noexcept { return windows_; }
  [[nodiscard]] std::int64_t frames() const noexcept { return frames_; }
  [[nodiscard]] std::int64_t dim() const noexcept { return dim_; }
  [[nodiscard]] const std::optional<frontend::FeatureContract>& contract() const noexcept { return contract_; }
  /// The codec that the features went through; empty for features stored as numbers.
  [[nodiscard]] const std::string& codec() const noexcept { return codec_; }
  [[nodiscard]] const std::string& source() const noexcept { return array_.source; }

  /// One window as [frames, dim]; `out` has frames() * dim() places. Non-finite values are Error(bad_data).
  void read_window(std::int64_t window, std::span<float> out) const;
  [[nodiscard]] std::vector<float> window(std::int64_t window) const;

 private:
  struct Storage;
  FeatureFile();
  void set_array(const tensor::TensorView& array);
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
/// (a contract that is missing, or a difference that only a skew record covers). Error(incomplete) for a codec that no
/// gate admitted, unless `allow_unadmitted`.
[[nodiscard]] std::vector<std::string> require_features(const Bundle& bundle, const FeatureFile& features,
                                                        bool allow_unadmitted = false);

/// Stores one or more windows with their contract, so that they can be checked when they come back.
void write_features(const std::string& path, const tensor::TensorView& features,
                    const frontend::FeatureContract& contract);

}  // namespace seben::bundle
