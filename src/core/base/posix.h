// SPDX-License-Identifier: Apache-2.0
// The few things that everything needs which opens files by hand.
#pragma once

#include <string>
#include <utility>

namespace seben::base {

/// A file descriptor that is closed on the way out of a scope.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) noexcept : value_(value) {}
  Descriptor(Descriptor&& other) noexcept : value_(other.release()) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor();

  [[nodiscard]] int get() const noexcept { return value_; }
  [[nodiscard]] explicit operator bool() const noexcept { return value_ >= 0; }
  [[nodiscard]] int release() noexcept { return std::exchange(value_, -1); }

 private:
  int value_;
};

/// What an errno means.
[[nodiscard]] std::string reason(int error);
/// The folder that an entry of this name lies in: "." for a bare name.
[[nodiscard]] std::string folder_of(const std::string& path);
/// "a folder", "a pipe", "a socket", "a device": for what is no regular file, by its st_mode.
[[nodiscard]] std::string kind_of(unsigned mode);
/// Makes the names in a folder durable where the file system can.
void sync_folder(const std::string& folder) noexcept;

}  // namespace seben::base
