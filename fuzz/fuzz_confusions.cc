// SPDX-License-Identifier: Apache-2.0
// Confusion maps, the table that they become over the N'Ko classes, and what that proposes for a short text.
#include <nlohmann/json.hpp>

#include "base/json.h"
#include "correct/confusions.h"
#include "correct/generate.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  using correction::ConfusionMaps;
  static const nko::Vocabulary kVocabulary = nko::Vocabulary::nko_blank_last();
  static const correction::Neighbours kNeighbours(kVocabulary);
  return fuzz::run([&] {
    const nlohmann::json json = base::parse_json(fuzz::text(data, size), "fuzz");
    const ConfusionMaps maps = ConfusionMaps::from_json(base::JsonReader(json, "fuzz"));
    const nlohmann::json written = maps.to_json();
    fuzz::require(ConfusionMaps::from_json(base::JsonReader(written, "again")) == maps);
    const correction::ConfusionTable table(maps, kVocabulary);
    // ba, space, then a letter with a nasal and a tone mark.
    const std::vector<std::int64_t> labels = kVocabulary.encode("\u07d3\u07ca \u07d5\u07ca\u07f2\u07eb", "fuzz");
    correction::GenerateMemory memory;
    std::vector<correction::Candidate> found;
    correction::generate(labels, table, kNeighbours, {8}, memory, found);
    fuzz::require(!found.empty() && found.size() <= 9 && found[0].edit.is_copy());
    for (const auto& candidate : found) fuzz::require(candidate.prior >= 0.0 && candidate.prior <= 1.0);
  });
}
