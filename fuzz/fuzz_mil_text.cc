// SPDX-License-Identifier: Apache-2.0
// The text of a MIL program: read, checked, written, read again.
#include "mil/check.h"
#include "package/mil_text.h"
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
    const mil::Program program = coreml::parse_mil(fuzz::text(data, size), "fuzz", find);
    mil::check(program, "fuzz");
    const auto place = [](const mil::Literal&) { return std::uint64_t{64}; };
    const std::string text = coreml::to_mil(program, place);
    fuzz::require(coreml::to_mil(coreml::parse_mil(text, "again", find), place) == text);
  });
}
