// SPDX-License-Identifier: Apache-2.0
// Which instruction sets Seben's own code may use here: the one place that asks the processor.
#pragma once

namespace seben::base {

enum class Isa { plain, avx2, avx512 };

/// The best set of this processor, lowered by the environment variable ONEDNN_MAX_CPU_ISA (so that one variable limits
/// the library and us alike). avx512 means F, BW, VL, DQ, VNNI and BF16 together; processors with less count as avx2.
[[nodiscard]] Isa best_isa();

/// Whether there are the instructions that SHA-256 has on x86; a limit to `plain` leaves them out as well.
[[nodiscard]] bool has_sha_instructions();

}  // namespace seben::base
