// SPDX-License-Identifier: Apache-2.0
// What writing and reading packets share.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "codecs/packet.h"

namespace seben::quant {

inline constexpr std::string_view kMagic = "SPKT";
inline constexpr std::uint32_t kVersion = 1;
inline constexpr std::size_t kMaxHeader = std::size_t{1} << 20;
inline constexpr std::size_t kMaxPayload = std::size_t{1} << 30;
inline constexpr std::int64_t kMaxBlockFrames = 65535;
inline constexpr std::int64_t kBlockFrames = 500;  ///< that a writer takes at a time
inline constexpr std::size_t kBlockHead = 8, kCrc = 4, kEnd = 16, kDigest = 64;

[[nodiscard]] PacketHeader parse_header(std::string_view text, const std::string& where);
[[nodiscard]] std::string header_text(const PacketHeader& header);
/// Error(bad_data) for a policy that frames of this width cannot have.
[[nodiscard]] std::shared_ptr<const FeatureCodec> codec_for(const PacketHeader& header, const std::string& where);

/// One part of a packet: what it is and how long.
struct PacketPart {
  enum class Kind : std::uint8_t { header, block, end } kind = Kind::header;
  std::size_t offset = 0;  ///< of the part in the stream
  std::size_t length = 0;
  // of a block
  std::int64_t frames = 0;
  bool window_end = false;
};

/// Checks the framing that all ways of reading share: order of parts, checksums, counts.
class PacketScanner {
 public:
  explicit PacketScanner(std::string where);
  ~PacketScanner();
  PacketScanner(const PacketScanner&) = delete;
  PacketScanner& operator=(const PacketScanner&) = delete;

  /// The part that starts with `bytes`, or nothing when more bytes are needed. `at` is where in the stream that is.
  /// Error(bad_data) for what no continuation could mend.
  [[nodiscard]] bool next(std::span<const std::byte> bytes, PacketPart& part);
  [[nodiscard]] bool ended() const noexcept { return ended_; }
  [[nodiscard]] std::size_t offset() const noexcept { return offset_; }
  [[nodiscard]] const PacketHeader& header() const noexcept { return header_; }

 private:
  [[noreturn]] void fail(std::string expected, std::string found) const;
  [[nodiscard]] bool scan_header(std::span<const std::byte> bytes, PacketPart& part);
  [[nodiscard]] bool scan_block(std::span<const std::byte> bytes, PacketPart& part);
  [[nodiscard]] bool scan_end(std::span<const std::byte> bytes, PacketPart& part);
  void check_crc(std::span<const std::byte> part) const;

  struct Digest;
  std::unique_ptr<Digest> digest_;
  std::string where_;
  PacketHeader header_;
  std::size_t offset_ = 0;
  bool has_header_ = false, ended_ = false;
  std::int64_t window_frames_ = 0;
  std::uint32_t windows_ = 0;
  std::uint64_t frames_ = 0;
};

}  // namespace seben::quant
