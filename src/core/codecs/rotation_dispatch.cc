// SPDX-License-Identifier: Apache-2.0
#include "base/dispatch.h"
#include "codecs/rotation_ops.h"

namespace seben::quant {

SEBEN_DISPATCH(RotationOps, rotation_ops)

}  // namespace seben::quant
