// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "kernels/narrow_impl.h"

namespace seben::kernels {

extern const NarrowOps narrow_ops_plain;
const NarrowOps narrow_ops_plain = plain::make_narrow_ops("plain");

}  // namespace seben::kernels
