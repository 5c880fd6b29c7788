// SPDX-License-Identifier: Apache-2.0
// Which names are fit for repositories, revisions, files of a repository and models; nothing else becomes a path.
#pragma once

#include <string_view>

namespace seben::fetch {

/// "openai/whisper-base": two parts of letters, digits, '.', '-' and '_', none beginning or ending with '.' or '-', no
/// "--" and no "..": the folder of the cache is made of it.
[[nodiscard]] bool is_repository(std::string_view text) noexcept;
/// A branch, a tag or a commit: parts of the same letters between slashes.
[[nodiscard]] bool is_revision(std::string_view text) noexcept;
/// A file of a repository: base::is_inner_path, and no part that is hidden.
[[nodiscard]] bool is_repository_file(std::string_view text) noexcept;
/// A folder of the models' folder: up to 90 letters, digits, '.', '-', '_', beginning with a letter or a digit.
[[nodiscard]] bool is_model_name(std::string_view text) noexcept;

}  // namespace seben::fetch
