// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "kernels/kv_impl.h"

namespace seben::kernels {

extern const KvOps kv_ops_plain;
const KvOps kv_ops_plain = plain::make_kv_ops("plain");

}  // namespace seben::kernels
