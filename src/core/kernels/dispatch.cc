// SPDX-License-Identifier: Apache-2.0
#include "base/dispatch.h"

#include "kernels/attention.h"
#include "kernels/kv_ops.h"
#include "kernels/lstm.h"
#include "kernels/narrow_ops.h"
#include "kernels/row_ops.h"

namespace seben::kernels {

SEBEN_DISPATCH(RowOps, row_ops)
SEBEN_DISPATCH(AttentionOps, attention_ops)
SEBEN_DISPATCH(NarrowOps, narrow_ops)
SEBEN_DISPATCH(KvOps, kv_ops)
SEBEN_DISPATCH(LstmOps, lstm_ops)

}  // namespace seben::kernels
