// SPDX-License-Identifier: Apache-2.0
#include "http/frames.h"

#include <array>
#include <boost/uuid/detail/sha1.hpp>
#include <utility>

#include "base/utf8.h"
#include "http/base64.h"

namespace seben::serve {
namespace {

constexpr std::size_t kMostControl = 125;  // bytes of a control frame's payload
constexpr std::size_t kMaskBytes = 4;

bool is_control(Opcode opcode) { return static_cast<std::uint8_t>(opcode) >= 8; }

[[noreturn]] void refuse_frame(int code, const char* why) { throw FrameError(code, why); }

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t out = 0;
  for (const char c : bytes) out = out << 8U | static_cast<unsigned char>(c);
  return out;
}

bool is_known(unsigned opcode) { return opcode <= 2 || (opcode >= 8 && opcode <= 10); }

}  // namespace

std::optional<FrameReader::Head> FrameReader::read_head() const {
  const std::string_view rest = std::string_view(held_).substr(at_);
  if (rest.size() < 2) return std::nullopt;
  const auto first = static_cast<unsigned char>(rest[0]), second = static_cast<unsigned char>(rest[1]);
  if ((first & 0x70U) != 0) refuse_frame(close_code::kProtocol, "a reserved bit is set");
  if (!is_known(first & 0x0FU)) refuse_frame(close_code::kProtocol, "unknown opcode");
  if ((second & 0x80U) == 0) refuse_frame(close_code::kProtocol, "a client's frame is not masked");
  Head out;
  out.last = (first & 0x80U) != 0;
  out.opcode = static_cast<Opcode>(first & 0x0FU);
  const unsigned size = second & 0x7FU;
  const std::size_t wide = size == 126 ? 2 : size == 127 ? 8 : 0;
  if (is_control(out.opcode) && (wide != 0 || !out.last)) refuse_frame(close_code::kProtocol, "a long control frame");
  out.bytes = 2 + wide + kMaskBytes;
  if (rest.size() < out.bytes) return std::nullopt;
  const std::uint64_t length = wide == 0 ? size : big_endian(rest.substr(2, wide));
  if (length > largest_) refuse_frame(close_code::kTooLarge, "the message is too large");
  out.size = static_cast<std::size_t>(length);
  return out;
}

std::optional<Arrival> FrameReader::next() {
  while (const auto head = read_head()) {
    if (held_.size() - at_ < head->bytes + head->size) break;
    const std::string_view mask = std::string_view(held_).substr(at_ + head->bytes - kMaskBytes, kMaskBytes);
    std::string payload = held_.substr(at_ + head->bytes, head->size);
    for (std::size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % kMaskBytes]);
    at_ += head->bytes + head->size;
    if (auto arrival = take(*head, std::move(payload))) return arrival;
  }
  held_.erase(0, std::exchange(at_, 0));
  return std::nullopt;
}

std::optional<Arrival> FrameReader::take(const Head& head, std::string payload) {
  if (is_control(head.opcode)) return Arrival{head.opcode, std::move(payload)};
  if (in_message_ != (head.opcode == Opcode::more)) {
    refuse_frame(close_code::kProtocol, in_message_ ? "a message within a message" : "the middle of no message");
  }
  if (!in_message_) message_ = {head.opcode, {}};
  in_message_ = true;
  if (message_.data.size() + payload.size() > largest_) {
    refuse_frame(close_code::kTooLarge, "the message is too large");
  }
  if (message_.data.empty()) {
    message_.data = std::move(payload);
  } else {
    message_.data += payload;
  }
  if (!head.last) return std::nullopt;
  in_message_ = false;
  if (message_.opcode == Opcode::text && base::well_formed_prefix(message_.data) != message_.data.size()) {
    refuse_frame(close_code::kNotText, "text that is not UTF-8");
  }
  return std::exchange(message_, {});
}

std::string make_frame(Opcode opcode, std::string_view payload) {
  std::string out(1, static_cast<char>(0x80U | static_cast<unsigned>(opcode)));
  const auto number = [&](std::uint64_t value, unsigned bytes) {
    for (unsigned i = bytes; i-- > 0;) out += static_cast<char>(value >> (8 * i) & 0xFFU);
  };
  if (payload.size() <= kMostControl) {
    number(payload.size(), 1);
  } else if (payload.size() <= 0xFFFF) {
    out += static_cast<char>(126);
    number(payload.size(), 2);
  } else {
    out += static_cast<char>(127);
    number(payload.size(), 8);
  }
  out += payload;
  return out;
}

std::string make_close(int code, std::string_view reason) {
  std::string payload{static_cast<char>(code >> 8), static_cast<char>(code & 0xFF)};
  payload += reason.substr(0, kMostControl - 2);
  payload.resize(2 + base::well_formed_prefix(std::string_view(payload).substr(2)));  // no half of a character
  return make_frame(Opcode::close, payload);
}

std::optional<std::string> accept_key(std::string_view key) {
  const auto raw = decode_base64(key);
  if (!raw || raw->size() != 16) return std::nullopt;
  boost::uuids::detail::sha1 hash;
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  hash.process_bytes(text.data(), text.size());
  unsigned words[5];
  hash.get_digest(words);
  std::string digest;
  for (const unsigned word : words) {
    for (unsigned i = 4; i-- > 0;) digest += static_cast<char>(word >> (8 * i) & 0xFFU);
  }
  return encode_base64(digest);
}

}  // namespace seben::serve
