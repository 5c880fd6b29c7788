// SPDX-License-Identifier: Apache-2.0
// Base64 (RFC 4648), strict: padding is required and nothing stands between.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seben::serve {

[[nodiscard]] std::string encode_base64(std::string_view bytes);
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace seben::serve
