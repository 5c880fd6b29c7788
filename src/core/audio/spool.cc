// SPDX-License-Identifier: Apache-2.0
#include "audio/spool.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/scratch_file.h"

namespace seben::audio {
namespace {

constexpr std::size_t kHeadBytes = 8;  // size and type of the first box
constexpr std::size_t kCopyBytes = 65536;

// The bytes that were looked at, then the rest.
class HeadedSource final : public ByteSource {
 public:
  HeadedSource(std::vector<std::uint8_t> head, std::unique_ptr<ByteSource> rest)
      : head_(std::move(head)), rest_(std::move(rest)) {}

  std::size_t read(std::span<std::uint8_t> out) override {
    if (taken_ == head_.size()) return rest_->read(out);
    const std::size_t count = std::min(out.size(), head_.size() - taken_);
    std::copy_n(head_.begin() + static_cast<std::ptrdiff_t>(taken_), count, out.begin());
    taken_ += count;
    return count;
  }
  [[nodiscard]] bool seekable() const noexcept override { return false; }
  void seek(std::int64_t offset) override { rest_->seek(offset); }
  [[nodiscard]] std::optional<std::int64_t> size() const noexcept override { return std::nullopt; }
  [[nodiscard]] const std::string& name() const noexcept override { return rest_->name(); }

 private:
  std::vector<std::uint8_t> head_;
  std::unique_ptr<ByteSource> rest_;
  std::size_t taken_ = 0;
};

std::vector<std::uint8_t> read_head(ByteSource& source) {
  std::vector<std::uint8_t> head(kHeadBytes);
  std::size_t filled = 0;
  while (filled < head.size()) {
    const std::size_t got = source.read(std::span<std::uint8_t>(head).subspan(filled));
    if (got == 0) break;
    filled += got;
  }
  head.resize(filled);
  return head;
}

bool is_movie(const std::vector<std::uint8_t>& head) {
  if (head.size() < kHeadBytes) return false;
  const std::string_view type(reinterpret_cast<const char*>(head.data()) + 4, 4);
  constexpr std::array<std::string_view, 6> kFirstBoxes = {"ftyp", "moov", "mdat", "wide", "free", "skip"};
  return std::find(kFirstBoxes.begin(), kFirstBoxes.end(), type) != kFirstBoxes.end();
}

std::unique_ptr<ByteSource> copy_to_disk(std::vector<std::uint8_t> head, ByteSource& rest) {
  base::ScratchFile file(rest.name(), "room for a temporary copy (TMPDIR)");
  file.append(std::as_bytes(std::span(head)));
  head.resize(kCopyBytes);
  while (const std::size_t got = rest.read(head)) file.append(std::as_bytes(std::span(head).first(got)));
  return descriptor_byte_source(file.take().release(), rest.name());
}

}  // namespace

std::unique_ptr<ByteSource> spool_if_needed(std::unique_ptr<ByteSource> source) {
  if (source->seekable()) return source;
  std::vector<std::uint8_t> bytes = read_head(*source);
  if (!is_movie(bytes)) return std::make_unique<HeadedSource>(std::move(bytes), std::move(source));
  return copy_to_disk(std::move(bytes), *source);
}

std::unique_ptr<ByteSource> spool(std::unique_ptr<ByteSource> source) {
  return source->seekable() ? std::move(source) : copy_to_disk({}, *source);
}

}  // namespace seben::audio
