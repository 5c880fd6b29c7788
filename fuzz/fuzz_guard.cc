// SPDX-License-Identifier: Apache-2.0
#include "decode/ctc/language_guard.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const auto guard = ctc::LanguageGuard::parse(fuzz::text(data, size), "fuzz");
    const std::string text = guard.to_text();
    fuzz::require(ctc::LanguageGuard::parse(text, "again").to_text() == text);
    std::vector<ctc::FrameEvidence> frames(3);
    for (ctc::FrameEvidence& frame : frames) frame = {0, -1.0F, 2.0F};
    for (const std::size_t count : {0UL, 1UL, 3UL}) {
      const double score =
          guard.score(ctc::guard_values(std::span(frames).first(count), guard.head.blank, 25.0, guard.transitions));
      fuzz::require(score >= 0.0 && score <= 1.0);
    }
  });
}
