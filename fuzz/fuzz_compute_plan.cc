// SPDX-License-Identifier: Apache-2.0
#include "evidence/compute_plan.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const std::string_view text = fuzz::text(data, size);
  const evidence::Verdict verdict = evidence::analyse_compute_plan(text, "fuzz");
  fuzz::require(!verdict.reason.empty() && verdict.passed == evidence::passes(verdict.status));
  static_cast<void>(evidence::to_json(verdict).dump());
  return fuzz::run([&] {
    const evidence::ComputePlan plan = evidence::parse_compute_plan(text, "fuzz");
    std::size_t preferred = 0;
    for (const evidence::PlannedOperation& operation : plan.operations) preferred += operation.preferred ? 1U : 0U;
    fuzz::require(verdict.passed == (preferred > 0));
  });
}
