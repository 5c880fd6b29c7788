// SPDX-License-Identifier: Apache-2.0
// Operator set versions. Each belongs to an iOS release and a Core ML specification version.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace seben::mil {

enum class Opset : std::uint8_t { ios15, ios16, ios17, ios18 };

/// "ios15" … "ios18", the text form's tag
[[nodiscard]] std::string_view to_string(Opset opset) noexcept;
/// "CoreML5" … "CoreML8", the name in the protobuf
[[nodiscard]] std::string_view wire_name(Opset opset) noexcept;
/// 6 … 9, the least specificationVersion that may carry it
[[nodiscard]] int specification_version(Opset opset) noexcept;
/// Reads "ios17" or "iOS17".
[[nodiscard]] std::optional<Opset> parse_opset(std::string_view word) noexcept;
[[nodiscard]] std::optional<Opset> opset_of_wire_name(std::string_view name) noexcept;

}  // namespace seben::mil
