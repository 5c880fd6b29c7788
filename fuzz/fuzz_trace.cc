// SPDX-License-Identifier: Apache-2.0
// Exports parted by the record separator (0x1E), for a process called App (42).
#include <vector>

#include "evidence/trace.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  std::string_view rest = fuzz::text(data, size);
  std::vector<evidence::NamedText> exports;
  while (!rest.empty() && exports.size() < 8) {
    const std::size_t end = rest.find('\x1e');
    exports.push_back({"fuzz", rest.substr(0, end)});
    rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
  }
  evidence::TraceOptions options;
  options.process = "App";
  options.pid = 42;
  const evidence::Verdict verdict = evidence::analyse_trace(exports, options);
  fuzz::require(!verdict.reason.empty() && verdict.passed == evidence::passes(verdict.status));
  static_cast<void>(evidence::to_json(verdict).dump());
  if (verdict.passed) {
    fuzz::require(verdict.facts["process_attached"].get<bool>());
    exports.back().text.remove_suffix(exports.back().text.size() - exports.back().text.rfind('<'));
    fuzz::require(!evidence::analyse_trace(exports, options).passed);
  }
  return 0;
}
