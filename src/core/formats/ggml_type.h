// SPDX-License-Identifier: Apache-2.0
// How ggml stores the elements of a tensor: plain floats, or blocks of 32 small integers with a scale. Sizes and
// layouts are those that ggml publishes in ggml-common.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace seben::tensor {

/// The values are ggml's own numbers of these types.
enum class GgmlType : std::uint8_t { f32 = 0, f16 = 1, q4_0 = 2, q4_1 = 3, q5_0 = 6, q5_1 = 7, q8_0 = 8 };

/// Elements that are stored together; rows are whole blocks. 1 for floats.
[[nodiscard]] std::int64_t block_elements(GgmlType type) noexcept;
[[nodiscard]] std::size_t block_bytes(GgmlType type) noexcept;
/// "f16", "q5_0", …: ggml's spelling.
[[nodiscard]] std::string_view to_string(GgmlType type) noexcept;
/// nothing for a number that is not one of the types above
[[nodiscard]] std::optional<GgmlType> ggml_type(std::int64_t number) noexcept;
/// Whether it is one of the block types.
[[nodiscard]] bool is_quantised(GgmlType type) noexcept;

/// Blocks to floats, bit for bit as ggml does it. `blocks` are whole blocks and `out` has room for exactly their
/// elements: Error(internal) else. Infinite scales give infinities and NaNs, as they do in ggml.
void dequantise(GgmlType type, std::span<const std::byte> blocks, std::span<float> out);

}  // namespace seben::tensor
