// SPDX-License-Identifier: Apache-2.0
// Any bytes are a verdict, never an error, and neither the order of lines nor a missing end changes a failure.
#include <vector>

#include "evidence/runtime_log.h"
#include "evidence/text.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const std::string_view log = fuzz::text(data, size);
  const evidence::Verdict verdict = evidence::analyse_runtime_log(log, "fuzz");
  fuzz::require(!verdict.reason.empty() && verdict.passed == evidence::passes(verdict.status));
  static_cast<void>(evidence::to_json(verdict).dump());  // throws for ill-formed UTF-8
  for (const evidence::Finding& finding : verdict.findings) fuzz::require(finding.quote.size() <= 800);
  if (verdict.passed) {
    fuzz::require(verdict.findings.empty());
    fuzz::require(log.find("SEBEN_PROOF {") != std::string_view::npos);
    const std::size_t end = log.find(" SUCCEEDED **");
    fuzz::require(end != std::string_view::npos);
    fuzz::require(!evidence::analyse_runtime_log(log.substr(0, end), "fuzz").passed);
  }
  std::string reversed;
  std::string_view rest = log;
  while (!rest.empty()) reversed.insert(0, std::string(evidence::next_line(rest)) + "\n");
  fuzz::require(evidence::analyse_runtime_log(reversed, "fuzz").passed == verdict.passed);
  return 0;
}
