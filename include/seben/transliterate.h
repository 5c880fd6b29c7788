// SPDX-License-Identifier: Apache-2.0
// N'Ko letters as Latin ones and back, by the alphabet of Bambara; the rules and what they cannot tell are in
// docs/transliteration.md.
//
//   std::cout << seben::transliterate("i ni ce", seben::Script::nko) << '\n';
#pragma once

#include <string>
#include <string_view>

#include "seben/error.h"
#include "seben/export.h"

namespace seben {

enum class Script { nko, latin };

/// `text` in letters of that script, without characters that nobody sees and in one spelling of those that look alike.
/// What is in neither script stays. Latin letters come back as they were, in lower case; N'Ko loses its tones.
/// Error(bad_data), naming `source`, for ill-formed UTF-8.
[[nodiscard]] SEBEN_API std::string transliterate(std::string_view text, Script script,
                                                  const std::string& source = "text");

}  // namespace seben
