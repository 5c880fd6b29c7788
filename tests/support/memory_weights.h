// SPDX-License-Identifier: Apache-2.0
// A weight file that lies in memory and can be spoiled tensor by tensor.
#pragma once

#include <cstring>
#include <map>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "formats/weight_file.h"

namespace seben::test {

class MemoryWeights final : public tensor::WeightFile {
 public:
  MemoryWeights() = default;
  /// Everything that `file` holds, as f32.
  explicit MemoryWeights(const tensor::WeightFile& file) : metadata_(file.metadata()) {
    for (const std::string& name : file.names()) {
      const tensor::TensorView& view = file.require(name);
      set(name, view.shape, tensor::to_float(view));
    }
  }

  void set(const std::string& name, tensor::Shape shape, std::vector<float> values) {
    std::vector<float>& stored = values_[name] = std::move(values);
    views_[name] = {name, "memory", tensor::DType::f32, std::move(shape), reinterpret_cast<std::byte*>(stored.data())};
  }
  /// Normally distributed values.
  void randomize(const std::string& name, const tensor::Shape& shape, std::mt19937& random, float deviation,
                 float mean = 0.0F) {
    std::size_t count = 1;
    for (const auto size : shape) count *= static_cast<std::size_t>(size);
    std::vector<float> values(count);
    std::normal_distribution<float> normal(mean, deviation);
    for (float& value : values) value = normal(random);
    set(name, shape, std::move(values));
  }
  void erase(const std::string& name) {
    values_.erase(name);
    views_.erase(views_.find(name));
  }
  void reshape(const std::string& name, tensor::Shape shape) { views_.at(name).shape = std::move(shape); }
  [[nodiscard]] std::vector<float>& values(const std::string& name) { return values_.at(name); }
  [[nodiscard]] const std::vector<float>& values(const std::string& name) const { return values_.at(name); }
  [[nodiscard]] std::map<std::string, std::string>& change_metadata() { return metadata_; }

  [[nodiscard]] const tensor::TensorView* find(std::string_view name) const override {
    const auto it = views_.find(name);
    return it == views_.end() ? nullptr : &it->second;
  }
  [[nodiscard]] std::vector<std::string> names() const override {
    std::vector<std::string> out;
    for (const auto& [name, view] : views_) out.push_back(name);
    return out;
  }
  void prefetch(const tensor::TensorView&) const override {}
  void release(const tensor::TensorView&) const override {}
  [[nodiscard]] const std::map<std::string, std::string>& metadata() const override { return metadata_; }
  [[nodiscard]] const std::string& source() const override { return source_; }

 private:
  std::map<std::string, std::vector<float>> values_;
  std::map<std::string, tensor::TensorView, std::less<>> views_;
  std::map<std::string, std::string> metadata_;
  std::string source_ = "memory";
};

}  // namespace seben::test
