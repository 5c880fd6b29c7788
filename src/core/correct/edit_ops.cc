// SPDX-License-Identifier: Apache-2.0
#include "correct/edit_ops.h"

namespace seben::ctc {

extern const EditOps edit_ops_plain;
#if defined(__x86_64__)
extern const EditOps edit_ops_avx2;
extern const EditOps edit_ops_avx512;
#endif

const EditOps& edit_ops([[maybe_unused]] base::Isa isa) {
#if defined(__x86_64__)
  switch (isa) {
    case base::Isa::avx512: return edit_ops_avx512;
    case base::Isa::avx2: return edit_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return edit_ops_plain;
}

}  // namespace seben::ctc
