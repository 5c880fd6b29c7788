// SPDX-License-Identifier: Apache-2.0

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "base/sha256.h"
#include "codecs/crc32.h"
#include "codecs/packet_parts.h"
#include "seben/error.h"

namespace seben::quant {
namespace {

template <typename Number>
Number get(std::span<const std::byte> bytes, std::size_t at) {
  Number value = 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i) {
    value = static_cast<Number>(value | static_cast<Number>(static_cast<Number>(bytes[at + i]) << (8 * i)));
  }
  return value;
}

std::string_view text_of(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

struct PacketScanner::Digest {
  base::Sha256 sha;
};

PacketScanner::PacketScanner(std::string where) : digest_(std::make_unique<Digest>()), where_(std::move(where)) {}
PacketScanner::~PacketScanner() = default;

void PacketScanner::fail(std::string expected, std::string found) const {
  throw Error(ErrorCategory::bad_data, base::format("{}: byte {}", where_, offset_), std::move(expected),
              std::move(found));
}

void PacketScanner::check_crc(std::span<const std::byte> part) const {
  const auto stated = get<std::uint32_t>(part, part.size() - kCrc), found = crc32(part.first(part.size() - kCrc));
  if (stated != found) fail(base::format("CRC-32 {:08x}", stated), base::format("{:08x}", found));
}

bool PacketScanner::next(std::span<const std::byte> bytes, PacketPart& part) {
  if (ended_) {
    if (!bytes.empty()) fail("nothing after the end", base::format("{} bytes", bytes.size()));
    return false;
  }
  if (bytes.empty()) return false;
  bool whole = false;
  if (!has_header_) {
    whole = scan_header(bytes, part);
  } else if (bytes.front() == std::byte{'B'}) {
    whole = scan_block(bytes, part);
  } else if (bytes.front() == std::byte{'E'}) {
    whole = scan_end(bytes, part);
  } else {
    fail("a block or the end ('B' or 'E')", base::format("byte {:#04x}", static_cast<unsigned>(bytes.front())));
  }
  if (!whole) return false;
  part.offset = offset_;
  offset_ += part.length;
  return true;
}

bool PacketScanner::scan_header(std::span<const std::byte> bytes, PacketPart& part) {
  const std::size_t known = std::min(bytes.size(), kMagic.size());
  if (text_of(bytes.first(known)) != kMagic.substr(0, known)) fail("SPKT", "another format");
  if (bytes.size() < 12) return false;
  const auto version = get<std::uint32_t>(bytes, 4), length = get<std::uint32_t>(bytes, 8);
  if (version != kVersion) fail(base::format("version {}", kVersion), std::to_string(version));
  if (length == 0 || length > kMaxHeader)
    fail(base::format("a header of at most {} bytes", kMaxHeader), std::to_string(length));
  const std::size_t whole = 12 + length + kCrc;
  if (bytes.size() < whole) return false;
  check_crc(bytes.first(whole));
  header_ = parse_header(text_of(bytes.subspan(12, length)), where_ + ": header");
  digest_->sha.update(bytes.first(whole));
  has_header_ = true;
  part = {PacketPart::Kind::header, 0, whole, 0, false};
  return true;
}

bool PacketScanner::scan_block(std::span<const std::byte> bytes, PacketPart& part) {
  if (bytes.size() < kBlockHead) return false;
  const auto flags = static_cast<unsigned>(bytes[1]);
  const auto frames = static_cast<std::int64_t>(get<std::uint16_t>(bytes, 2));
  const auto length = get<std::uint32_t>(bytes, 4);
  if (flags > 1) fail("flags 0 or 1", std::to_string(flags));
  if (window_frames_ + frames > header_.window_frames) {
    fail(base::format("at most {} frames a window", header_.window_frames), std::to_string(window_frames_ + frames));
  }
  // No codec takes more than four bytes a value and norms; labels take less than a byte a frame.
  const auto most = static_cast<std::uint64_t>(frames) * (static_cast<std::uint64_t>(header_.dim) * 4 + 16) + 16;
  if (length > most || length > kMaxPayload)
    fail(base::format("at most {} bytes for {} frames", most, frames), std::to_string(length));
  const std::size_t whole = kBlockHead + length + kCrc;
  if (bytes.size() < whole) return false;
  check_crc(bytes.first(whole));
  window_frames_ += frames;
  if (flags == 1) {
    if (window_frames_ != header_.window_frames) {
      fail(base::format("a window of {} frames", header_.window_frames), std::to_string(window_frames_));
    }
    window_frames_ = 0;
    ++windows_;
  }
  frames_ += static_cast<std::uint64_t>(frames);
  digest_->sha.update(bytes.first(whole));
  part = {PacketPart::Kind::block, 0, whole, frames, flags == 1};
  return true;
}

bool PacketScanner::scan_end(std::span<const std::byte> bytes, PacketPart& part) {
  if (bytes.size() < kEnd + kDigest) return false;
  if (get<std::uint32_t>(bytes, 0) != 'E') fail("three zeros after 'E'", "others");
  const auto windows = get<std::uint32_t>(bytes, 4);
  const auto frames = get<std::uint64_t>(bytes, 8);
  if (window_frames_ != 0)
    fail("the end of the window", base::format("the end of the stream after {} frames", window_frames_));
  if (windows != windows_ || frames != frames_) {
    fail(base::format("{} windows and {} frames, as there were", windows_, frames_),
         base::format("{} and {}", windows, frames));
  }
  digest_->sha.update(bytes.first(kEnd));
  const std::string found = digest_->sha.finish_hex();
  const std::string stated(text_of(bytes.subspan(kEnd, kDigest)));
  if (stated != found) fail("SHA-256 " + found, base::is_sha256_hex(stated) ? stated : "no digest");
  ended_ = true;
  part = {PacketPart::Kind::end, 0, kEnd + kDigest, 0, false};
  return true;
}

struct PacketReader::State {
  State(Events e, std::string w) : events(std::move(e)), where(w), scanner(std::move(w)) {}
  Events events;
  std::string where;
  PacketScanner scanner;
  std::shared_ptr<const FeatureCodec> codec;
  std::vector<std::byte> held;
  std::vector<float> frames;
};

PacketReader::PacketReader(Events events, std::string where)
    : state_(std::make_unique<State>(std::move(events), std::move(where))) {}
PacketReader::~PacketReader() = default;

void PacketReader::push(std::span<const std::byte> bytes) {
  State& s = *state_;
  s.held.insert(s.held.end(), bytes.begin(), bytes.end());
  std::size_t at = 0;
  PacketPart part;
  while (s.scanner.next(std::span(s.held).subspan(at), part)) {
    if (part.kind == PacketPart::Kind::header) {
      s.codec = codec_for(s.scanner.header(), s.where);
      if (s.events.header) s.events.header(s.scanner.header());
    } else if (part.kind == PacketPart::Kind::block) {
      s.frames.clear();
      s.codec->decode_block(std::span(s.held).subspan(at + kBlockHead, part.length - kBlockHead - kCrc), part.frames,
                            s.frames, base::format("{}: block at byte {}", s.where, part.offset));
      if (s.events.frames && !s.frames.empty()) s.events.frames(s.frames);
      if (part.window_end && s.events.window_end) s.events.window_end();
    }
    at += part.length;
  }
  s.held.erase(s.held.begin(), s.held.begin() + static_cast<std::ptrdiff_t>(at));
}

void PacketReader::finish() {
  if (state_->scanner.ended()) return;
  throw Error(ErrorCategory::bad_data, base::format("{}: byte {}", state_->where, state_->scanner.offset()),
              "the end of a packet", base::format("the end of the file after {} more bytes", state_->held.size()));
}

PacketFile PacketFile::open(const std::string& path) {
  PacketFile packet(base::MappedFile::open(path));
  const std::span<const std::byte> bytes = packet.file_.bytes();
  PacketScanner scanner(path);
  PacketPart part;
  std::vector<BlockAt> window;
  while (scanner.next(bytes.subspan(scanner.offset()), part)) {
    if (part.kind == PacketPart::Kind::header) {
      packet.header_ = scanner.header();
      packet.codec_ = codec_for(packet.header_, path);
    } else if (part.kind == PacketPart::Kind::block) {
      window.push_back({part.offset + kBlockHead, part.length - kBlockHead - kCrc, part.frames});
      if (part.window_end) packet.windows_.push_back(std::exchange(window, {}));
    }
  }
  if (!scanner.ended()) {
    throw Error(ErrorCategory::bad_data, base::format("{}: byte {}", path, scanner.offset()), "the end of a packet",
                "the end of the file");
  }
  if (packet.windows_.empty()) throw Error(ErrorCategory::bad_data, path + ": windows", "at least one", "none");
  return packet;
}

void PacketFile::read_window(std::int64_t window, std::span<float> out) const {
  if (window < 0 || window >= windows() ||
      out.size() != static_cast<std::size_t>(header_.window_frames * header_.dim)) {
    throw Error(ErrorCategory::internal, source(), base::format("a window below {}", windows()),
                std::to_string(window));
  }
  std::vector<float> frames;
  frames.reserve(out.size());
  for (const BlockAt& block : windows_[static_cast<std::size_t>(window)]) {
    codec_->decode_block(file_.bytes().subspan(block.offset, block.length), block.frames, frames,
                         base::format("{}: block at byte {}", source(), block.offset));
  }
  std::ranges::copy(frames, out.begin());
}

}  // namespace seben::quant
