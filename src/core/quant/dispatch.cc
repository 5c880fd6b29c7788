// SPDX-License-Identifier: Apache-2.0
#include "base/dispatch.h"

#include "quant/affine_ops.h"

namespace seben::quant {

SEBEN_DISPATCH(AffineOps, affine_ops)

}  // namespace seben::quant
