// SPDX-License-Identifier: Apache-2.0
// The protobuf of a Core ML model: read, checked, written, read again.
#include "mil/check.h"
#include "package/wire.h"
#include "seben/error.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto find = [](const std::string&, std::uint64_t, const mil::Type& type) {
      constexpr std::size_t kMostBytes = 1 << 16;
      const std::size_t bytes = mil::bytes_of(type.dtype, type.elements());
      if (bytes > kMostBytes) throw Error(ErrorCategory::bad_data, "fuzz", "a small constant", "a large one");
      return mil::own_bytes(std::vector<std::byte>(bytes));
    };
    const mil::Model model = coreml::deserialize(std::as_bytes(std::span(data, size)), "fuzz", find);
    mil::check(model, "fuzz");
    // What holds once can be written, and holds when it is read again.
    const std::string bytes = coreml::serialize(model, [](const mil::Literal&) { return std::uint64_t{64}; });
    const mil::Model again = coreml::deserialize(std::as_bytes(std::span(bytes)), "again", find);
    try {
      mil::check(again, "again");
    } catch (const Error&) {
      fuzz::require(false);
    }
    fuzz::require(coreml::serialize(again, [](const mil::Literal&) { return std::uint64_t{64}; }) == bytes);
  });
}
