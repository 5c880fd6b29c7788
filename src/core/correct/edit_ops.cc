// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_ops.h"

#include "base/dispatch.h"

namespace seben::ctc {

SEBEN_DISPATCH(EditOps, edit_ops)

}  // namespace seben::ctc
