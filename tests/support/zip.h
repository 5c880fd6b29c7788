// SPDX-License-Identifier: Apache-2.0
// Zip archives of stored entries, byte by byte.
#pragma once

#include <cstdint>
#include <string>

namespace seben::test {

class ZipBuilder {
 public:
  void add(const std::string& name, const std::string& data) {
    const std::size_t at = bytes_.size();
    bytes_ += number(0x04034b50, 4) + number(20, 2) + number(0, 8) + number(0, 4) + number(data.size(), 4) +
              number(data.size(), 4) + number(name.size(), 2) + number(0, 2) + name + data;
    record(name, number(data.size(), 4), number(at, 4), "", directory_);
    const std::string sizes = number(data.size(), 8) + number(data.size(), 8) + number(at, 8);
    record(name, number(0xFFFFFFFF, 4), number(0xFFFFFFFF, 4), number(1, 2) + number(24, 2) + sizes, directory64_);
    ++count_;
  }

  /// Where the directory begins.
  [[nodiscard]] std::size_t directory_at() const { return bytes_.size(); }

  [[nodiscard]] std::string finish() const {
    return bytes_ + directory_ + number(0x06054b50, 4) + number(0, 4) + number(count_, 2) + number(count_, 2) +
           number(directory_.size(), 4) + number(bytes_.size(), 4) + number(0, 2);
  }

  /// The same with every number in zip64's places.
  [[nodiscard]] std::string finish64(const std::string& comment) const {
    const std::size_t end = bytes_.size() + directory64_.size();
    return bytes_ + directory64_ + number(0x06064b50, 4) + number(44, 8) + number(45, 2) + number(45, 2) +
           number(0, 8) + number(count_, 8) + number(count_, 8) + number(directory64_.size(), 8) +
           number(bytes_.size(), 8) + number(0x07064b50, 4) + number(0, 4) + number(end, 8) + number(1, 4) +
           number(0x06054b50, 4) + number(0, 4) + number(0xFFFF, 2) + number(0xFFFF, 2) + number(0xFFFFFFFF, 4) +
           number(0xFFFFFFFF, 4) + number(comment.size(), 2) + comment;
  }

 private:
  static std::string number(std::uint64_t value, std::size_t size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(value >> (8 * i) & 0xff);
    return bytes;
  }
  static void record(const std::string& name, const std::string& size, const std::string& at, const std::string& extra,
                     std::string& directory) {
    directory += number(0x02014b50, 4) + number(20, 2) + number(20, 2) + number(0, 8) + number(0, 4) + size + size +
                 number(name.size(), 2) + number(extra.size(), 2) + number(0, 2) + number(0, 2) + number(0, 2) +
                 number(0, 4) + at + name + extra;
  }

  std::string bytes_, directory_, directory64_;
  std::size_t count_ = 0;
};

}  // namespace seben::test
