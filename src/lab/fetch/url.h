// SPDX-License-Identifier: Apache-2.0
// Addresses as far as fetching needs them: http and https, no credentials inside.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seben::fetch {

struct Url {
  std::string scheme;  ///< "http" or "https"
  std::string host;    ///< lower case
  std::string port;    ///< "443" and "80" where none is written
  std::string path;    ///< from the slash on, with query; "/" where none is written

  /// Whom a token may be shown to: "https://host:443".
  [[nodiscard]] std::string origin() const { return scheme + "://" + host + ":" + port; }
  /// This machine, which nobody can listen in on.
  [[nodiscard]] bool is_loopback() const noexcept;
  /// The last part of the path, without query.
  [[nodiscard]] std::string file_name() const;
};

/// Nothing for every other scheme, user names, spaces and control characters, and what is no address at all.
[[nodiscard]] std::optional<Url> parse_url(std::string_view text);
/// Whether somebody who typed it meant an address: it has a scheme.
[[nodiscard]] bool looks_like_url(std::string_view text) noexcept;
/// Everything beyond letters, digits, '-', '.', '_', '~' and '/' as %XX.
[[nodiscard]] std::string percent_encoded(std::string_view path);

}  // namespace seben::fetch
