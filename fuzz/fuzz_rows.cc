// SPDX-License-Identifier: Apache-2.0
#include "fit/rows.h"
#include "support.h"
#include "text/nko/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const correction::Row row = correction::parse_row(fuzz::text(data, size), "fuzz", "folder");
    fuzz::require(!row.id.empty() && nko::normalise(row.hypothesis, "fuzz") == row.hypothesis);
    const std::string line = correction::to_line(row);
    fuzz::require(line.find('\n') == line.size() - 1);
    const correction::Row again = correction::parse_row(line, "again", "");
    fuzz::require(again.id == row.id && again.hypothesis == row.hypothesis && again.reference == row.reference);
    fuzz::require(again.condition == row.condition && again.frames == row.frames);
  });
}
