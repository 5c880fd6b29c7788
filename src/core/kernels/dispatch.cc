// SPDX-License-Identifier: Apache-2.0
#include "base/isa.h"
#include "kernels/attention.h"
#include "kernels/kv_ops.h"
#include "kernels/narrow_ops.h"
#include "kernels/row_ops.h"

namespace seben::kernels {

extern const RowOps row_ops_plain;
extern const AttentionOps attention_ops_plain;
extern const NarrowOps narrow_ops_plain;
extern const KvOps kv_ops_plain;
#if defined(__x86_64__)
extern const RowOps row_ops_avx2;
extern const RowOps row_ops_avx512;
extern const AttentionOps attention_ops_avx2;
extern const AttentionOps attention_ops_avx512;
extern const NarrowOps narrow_ops_avx2;
extern const NarrowOps narrow_ops_avx512;
extern const KvOps kv_ops_avx2;
extern const KvOps kv_ops_avx512;
#endif

const RowOps& row_ops() {
#if defined(__x86_64__)
  switch (base::best_isa()) {
    case base::Isa::avx512: return row_ops_avx512;
    case base::Isa::avx2: return row_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return row_ops_plain;
}

const AttentionOps& attention_ops() {
#if defined(__x86_64__)
  switch (base::best_isa()) {
    case base::Isa::avx512: return attention_ops_avx512;
    case base::Isa::avx2: return attention_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return attention_ops_plain;
}

const NarrowOps& narrow_ops() {
#if defined(__x86_64__)
  switch (base::best_isa()) {
    case base::Isa::avx512: return narrow_ops_avx512;
    case base::Isa::avx2: return narrow_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return narrow_ops_plain;
}

const KvOps& kv_ops() {
#if defined(__x86_64__)
  switch (base::best_isa()) {
    case base::Isa::avx512: return kv_ops_avx512;
    case base::Isa::avx2: return kv_ops_avx2;
    case base::Isa::plain: break;
  }
#endif
  return kv_ops_plain;
}

}  // namespace seben::kernels
