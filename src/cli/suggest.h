// SPDX-License-Identifier: Apache-2.0
// What somebody who mistyped a command or an option may have meant.
#pragma once

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace seben::cli {

/// The name that `word` is nearest to: its only continuation, or both of two ("a or b"), or one that differs in few
/// letters; empty when none is.
[[nodiscard]] std::string nearest(const std::string& word, const std::vector<std::string>& names);

/// "; did you mean transcribe?" when one of the words that were read is nearly a command or an option of the command
/// that was chosen, else nothing.
[[nodiscard]] std::string did_you_mean(const CLI::App& app);

}  // namespace seben::cli
