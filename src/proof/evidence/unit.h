// SPDX-License-Identifier: Apache-2.0
// The processors of a device.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace seben::evidence {

/// What computes on a device: Neural Engine, GPU, CPU.
enum class Unit : std::uint8_t { ane, gpu, cpu };
inline constexpr std::array kUnits{Unit::ane, Unit::gpu, Unit::cpu};

[[nodiscard]] constexpr std::string_view to_string(Unit unit) noexcept {
  return unit == Unit::ane ? "ane" : unit == Unit::gpu ? "gpu" : "cpu";
}

}  // namespace seben::evidence
