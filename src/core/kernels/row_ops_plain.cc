// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "kernels/row_ops_impl.h"

namespace seben::kernels {

extern const RowOps row_ops_plain;
const RowOps row_ops_plain = plain::make_row_ops("plain");

}  // namespace seben::kernels
