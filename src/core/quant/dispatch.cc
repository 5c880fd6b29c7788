// SPDX-License-Identifier: Apache-2.0
#include "base/isa.h"
#include "quant/affine_ops.h"

namespace seben::quant {

extern const AffineOps affine_ops_plain;
#if defined(__x86_64__)
extern const AffineOps affine_ops_avx2;
extern const AffineOps affine_ops_avx512;
#endif

const AffineOps& affine_ops() {
#if defined(__x86_64__)
  switch (base::best_isa()) {
    case base::Isa::avx512: return affine_ops_avx512;
    case base::Isa::avx2: return affine_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return affine_ops_plain;
}

}  // namespace seben::quant
