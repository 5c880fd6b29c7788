// SPDX-License-Identifier: Apache-2.0
// Everything that takes N'Ko or Latin text from outside: normalising, syllables, label checks, transliteration.
#include "support.h"
#include "text/nko/labels.h"
#include "text/nko/syllables.h"
#include "text/nko/transliterate.h"
#include "text/nko/utf8.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  return fuzz::run([&] {
    const std::string text(fuzz::text(data, size));
    const std::string normal = nko::normalise(text, "fuzz");
    fuzz::require(nko::normalise(normal, "fuzz") == normal);
    std::string joined;
    for (const nko::Syllable& s : nko::syllables(text, "fuzz")) joined += s.text;
    fuzz::require(joined == text);
    joined.clear();
    for (const std::string& cluster : nko::graphemes(text, "fuzz")) joined += cluster;
    fuzz::require(joined == text);
    fuzz::require(nko::is_valid_utf8(nko::latin_to_nko(text, "fuzz")));
    fuzz::require(nko::is_valid_utf8(nko::nko_to_latin(text, "fuzz")));
    const std::string canonical = nko::canonical_latin(text, "fuzz");
    fuzz::require(nko::canonical_latin(canonical, "fuzz") == canonical);
    const std::size_t code_points = nko::decode_utf8(text, "fuzz").size();
    for (const nko::LabelFinding& finding : nko::check_label(text, 1, "fuzz")) {
      fuzz::require(finding.column >= 1 && finding.column <= code_points && finding.line == 1);
    }
  });
}
