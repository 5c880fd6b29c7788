// SPDX-License-Identifier: Apache-2.0
// Six outputs, parted by the record separator (0x1E); a part that is "-" was not asked for.
#include <array>
#include <optional>
#include <string>

#include "evidence/preflight.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  std::string_view rest = fuzz::text(data, size);
  std::array<std::optional<std::string>, 6> parts;
  for (auto& part : parts) {
    const std::size_t end = rest.find('\x1e');
    const std::string_view text = rest.substr(0, end);
    if (text != "-") part = std::string(text);
    rest = end == std::string_view::npos ? std::string_view("-") : rest.substr(end + 1);
  }
  evidence::PreflightOutputs outputs{
      parts[0], parts[1], parts[2], parts[3], parts[4], parts[5], std::uint64_t{4} << 30};
  const evidence::Verdict verdict = evidence::analyse_preflight(outputs);
  fuzz::require(!verdict.reason.empty() && verdict.passed == evidence::passes(verdict.status));
  fuzz::require(verdict.passed == verdict.findings.empty());
  static_cast<void>(evidence::to_json(verdict).dump());
  outputs.free_bytes.reset();
  fuzz::require(!evidence::analyse_preflight(outputs).passed);
  return 0;
}
