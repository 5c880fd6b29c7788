// SPDX-License-Identifier: Apache-2.0
// The files of swift/Template and swift/Harness, which the build puts into the program (cmake/EmbedFiles.cmake).
#pragma once

#include <span>
#include <string_view>

namespace seben::swift {

struct EmbeddedFile {
  std::string_view path;  ///< relative, with '/'
  std::string_view text;
};

/// In order of their paths.
[[nodiscard]] std::span<const EmbeddedFile> package_template() noexcept;
/// The same for the project of `seben export harness`.
[[nodiscard]] std::span<const EmbeddedFile> harness_template() noexcept;

}  // namespace seben::swift
