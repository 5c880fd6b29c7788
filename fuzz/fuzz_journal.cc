// SPDX-License-Identifier: Apache-2.0
// The journal of a run over many recordings, and lists of these: whole lines are read and written again as they are.
#include "batch/journal.h"
#include "batch/recordings.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const std::string text(fuzz::text(data, size));
    (void)batch::parse_list(text, "fuzz");
    std::string again;
    const std::size_t whole =
        batch::read_journal(text, "fuzz", [&](const batch::JournalEntry& entry) { again += batch::to_line(entry); });
    fuzz::require(whole <= size);
    if (whole == 0) return;
    std::size_t entries = 0;
    again = text.substr(0, text.find('\n') + 1) + again;
    fuzz::require(batch::read_journal(again, "fuzz", [&](const batch::JournalEntry&) { ++entries; }) == again.size());
  });
}
