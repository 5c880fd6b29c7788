// SPDX-License-Identifier: Apache-2.0
#define SEBEN_SIMD_BYTES 16
#define SEBEN_SIMD_NAMESPACE plain
#include "correct/edit_ops_impl.h"

namespace seben::ctc {

extern const EditOps edit_ops_plain;
const EditOps edit_ops_plain = plain::make_edit_ops("plain");

}  // namespace seben::ctc
