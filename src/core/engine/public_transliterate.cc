// SPDX-License-Identifier: Apache-2.0
#include "seben/transliterate.h"
#include "text/nko/transliterate.h"
#include "text/nko/utf8.h"

namespace seben {

std::string transliterate(std::string_view text, Script script, const std::string& source) {
  const std::string seen = nko::seen_form(text, source);
  if (script == Script::latin) return nko::nko_to_latin(seen, source);
  return nko::seen_form(nko::latin_to_nko(seen, source), source);
}

}  // namespace seben
