// SPDX-License-Identifier: Apache-2.0
// Feature packets (.spkt): coded frames with what is needed to check and restore them, written and read as a stream.
//
//   "SPKT", u32 version 1, u32 length, header (JSON: codec, dim, frames a window, contract), u32 CRC-32 of all before
//   blocks: u8 'B', u8 flags (1: a window ends here), u16 frames, u32 length, payload, u32 CRC-32 of all before in it
//   end:    u8 'E', 3 zeros, u32 windows, u64 frames, SHA-256 (64 hexadecimal digits) of every byte before it
// Numbers are little end first. The CRC finds damage while a stream is still coming in, the digest at its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/file.h"
#include "codecs/feature_codec.h"

namespace seben::quant {

struct PacketHeader {
  FeaturePolicy policy;
  std::int64_t dim = 0;
  std::int64_t window_frames = 0;  ///< of a whole window
  std::string contract;            ///< the extractor's feature contract as JSON; empty: none
};

/// Bytes out. Whoever holds the sink decides what becomes of them when something throws.
class PacketWriter {
 public:
  using Sink = std::function<void(std::span<const std::byte>)>;

  /// Writes the header.
  PacketWriter(const PacketHeader& header, Sink sink, std::string where);
  PacketWriter(const PacketWriter&) = delete;
  PacketWriter& operator=(const PacketWriter&) = delete;
  ~PacketWriter();

  /// [n, dim] of the current window. Blocks go to the sink as soon as their labels are final.
  void push(std::span<const float> frames);
  /// Error(bad_data) when the window has not window_frames frames.
  void end_window();
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// Bytes in, in pieces of any size.
class PacketReader {
 public:
  struct Events {
    std::function<void(const PacketHeader&)> header;
    std::function<void(std::span<const float> frames)> frames;  ///< [n, dim], in order
    std::function<void()> window_end;
  };

  PacketReader(Events events, std::string where);
  PacketReader(const PacketReader&) = delete;
  PacketReader& operator=(const PacketReader&) = delete;
  ~PacketReader();

  /// Error(bad_data) naming the byte where the stream stops being a packet.
  void push(std::span<const std::byte> bytes);
  /// Error(bad_data) unless the end was there, with the right digest, and nothing after it.
  void finish();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// A mapped packet whose every checksum was compared on opening; windows are restored when they are asked for.
class PacketFile {
 public:
  [[nodiscard]] static PacketFile open(const std::string& path);

  [[nodiscard]] const PacketHeader& header() const noexcept { return header_; }
  [[nodiscard]] std::int64_t windows() const noexcept { return static_cast<std::int64_t>(windows_.size()); }
  [[nodiscard]] std::size_t bytes() const noexcept { return file_.size(); }
  [[nodiscard]] const std::string& source() const noexcept { return file_.path(); }
  /// out: [window_frames, dim]
  void read_window(std::int64_t window, std::span<float> out) const;

 private:
  struct BlockAt {
    std::size_t offset = 0, length = 0;
    std::int64_t frames = 0;
  };
  explicit PacketFile(base::MappedFile file) : file_(std::move(file)) {}

  base::MappedFile file_;
  PacketHeader header_;
  std::shared_ptr<const FeatureCodec> codec_;
  std::vector<std::vector<BlockAt>> windows_;
};

}  // namespace seben::quant
