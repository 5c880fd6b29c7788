// SPDX-License-Identifier: Apache-2.0
#include "engine/sample_store.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "seben/error.h"

namespace seben::pipeline {
namespace {

constexpr std::size_t kBlock = 16384;
constexpr float kFullScale = 32768.0F;

// Before each block.
struct BlockHead {
  std::uint32_t samples = 0;
  std::uint32_t bytes_each = 0;  // 2: multiples of 1 / 32768, as from a decoder; 4: any floats
};

bool is_16_bit(float x) {
  const float scaled = x * kFullScale;
  // Zero has two signs, of which an integer knows one.
  return scaled >= -kFullScale && scaled < kFullScale &&
         scaled == static_cast<float>(static_cast<std::int16_t>(scaled)) && !(x == 0.0F && std::signbit(x));
}

}  // namespace

void SampleStore::add(std::span<const float> samples) {
  if (reading_) throw Error(ErrorCategory::internal, "sample store", "samples before any is read", "some after that");
  while (!samples.empty()) {
    const std::size_t count = std::min(samples.size(), kBlock - block_.size());
    block_.insert(block_.end(), samples.begin(), samples.begin() + static_cast<std::ptrdiff_t>(count));
    samples = samples.subspan(count);
    if (block_.size() == kBlock) write_block();
  }
}

void SampleStore::write_block() {
  const bool small = std::ranges::all_of(block_, is_16_bit);
  const BlockHead head{static_cast<std::uint32_t>(block_.size()), small ? 2U : 4U};
  put(std::as_bytes(std::span(&head, 1)));
  if (small) {
    std::vector<std::int16_t> narrow(block_.size());
    std::ranges::transform(block_, narrow.begin(), [](float x) { return static_cast<std::int16_t>(x * kFullScale); });
    put(std::as_bytes(std::span(narrow)));
  } else {
    put(std::as_bytes(std::span(block_)));
  }
  block_.clear();
}

void SampleStore::put(std::span<const std::byte> bytes) {
  if (!file_ && memory_.size() + bytes.size() <= kept_) {
    memory_.insert(memory_.end(), bytes.begin(), bytes.end());
    return;
  }
  if (!file_) file_.emplace("recording", "room for its samples in a temporary file (TMPDIR)");
  file_->append(bytes);
}

void SampleStore::begin_reading() {
  if (!block_.empty()) write_block();
  if (file_) rest_ = audio::descriptor_byte_source(file_->take().release(), "recording's samples");
  reading_ = true;
}

bool SampleStore::get(std::span<std::byte> bytes) {
  std::size_t done = std::min(bytes.size(), memory_.size() - memory_at_);
  std::copy_n(memory_.begin() + static_cast<std::ptrdiff_t>(memory_at_), done, bytes.begin());
  memory_at_ += done;
  while (rest_ && done < bytes.size()) {
    auto* to = reinterpret_cast<std::uint8_t*>(bytes.data());
    const std::size_t got = rest_->read(std::span(to, bytes.size()).subspan(done));
    if (got == 0) break;
    done += got;
  }
  if (done == 0) return false;
  if (done < bytes.size()) throw Error(ErrorCategory::io, "recording's samples", "all that were stored", "fewer");
  return true;
}

bool SampleStore::read_block() {
  BlockHead head;
  block_.clear();
  taken_ = 0;
  if (!get(std::as_writable_bytes(std::span(&head, 1)))) return false;
  block_.resize(head.samples);
  if (head.bytes_each == 4) return get(std::as_writable_bytes(std::span(block_)));
  std::vector<std::int16_t> narrow(head.samples);
  if (!get(std::as_writable_bytes(std::span(narrow)))) return false;
  std::ranges::transform(narrow, block_.begin(), [](std::int16_t x) { return static_cast<float>(x) / kFullScale; });
  return true;
}

std::size_t SampleStore::read(std::span<float> out) {
  if (!reading_) begin_reading();
  std::size_t done = 0;
  while (done < out.size()) {
    if (taken_ == block_.size() && !read_block()) break;
    const std::size_t count = std::min(out.size() - done, block_.size() - taken_);
    std::copy_n(block_.begin() + static_cast<std::ptrdiff_t>(taken_), count,
                out.begin() + static_cast<std::ptrdiff_t>(done));
    taken_ += count;
    done += count;
  }
  return done;
}

}  // namespace seben::pipeline
