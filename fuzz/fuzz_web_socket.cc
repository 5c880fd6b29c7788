// SPDX-License-Identifier: Apache-2.0
// Frames of a client, whole and byte by byte: the same arrivals, or a refusal with a code that may be sent.
#include <string>
#include <vector>

#include "http/frames.h"
#include "support.h"

namespace {

struct Arrived {
  std::vector<std::string> messages;
  int code = 0;
  bool operator==(const Arrived&) const = default;
};

Arrived read_frames(std::string_view bytes, std::size_t piece) {
  Arrived out;
  seben::serve::FrameReader reader(4096);
  try {
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      reader.push(bytes.substr(at, piece));
      while (auto one = reader.next()) {
        seben::fuzz::require(one->data.size() <= 4096);
        out.messages.push_back(std::to_string(static_cast<int>(one->opcode)) + one->data);
      }
    }
  } catch (const seben::serve::FrameError& error) {
    seben::fuzz::require(error.code() >= 1000 && error.code() < 1012);
    out.code = error.code();
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes = seben::fuzz::text(data, size);
  seben::fuzz::require(read_frames(bytes, size + 1) == read_frames(bytes, 1));
  (void)seben::serve::accept_key(bytes);
  return 0;
}
