// SPDX-License-Identifier: Apache-2.0
// Uninitialised aligned memory for weights and activations; large ones ask for huge pages, which makes first touch
// cheap.
#pragma once

#include <cstddef>
#include <memory>

namespace seben::kernels {

class Buffer {
 public:
  Buffer() = default;
  /// Error(internal) when the memory cannot be had.
  explicit Buffer(std::size_t bytes);

  [[nodiscard]] std::byte* data() noexcept { return data_.get(); }
  [[nodiscard]] const std::byte* data() const noexcept { return data_.get(); }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  template <typename T>
  [[nodiscard]] T* as() noexcept {
    return reinterpret_cast<T*>(data_.get());
  }
  template <typename T>
  [[nodiscard]] const T* as() const noexcept {
    return reinterpret_cast<const T*>(data_.get());
  }

 private:
  struct Free {
    void operator()(std::byte* p) const noexcept;
  };
  std::unique_ptr<std::byte, Free> data_;
  std::size_t size_ = 0;
};

}  // namespace seben::kernels
