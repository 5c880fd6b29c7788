// SPDX-License-Identifier: Apache-2.0
// One step of a long short-term memory (Hochreiter and Schmidhuber 1997), chosen for the processor at run time. Gates
// are in PyTorch's order i, f, g, o:
//   a = gates + W_hh before;  state = sigmoid(a_f) state + sigmoid(a_i) tanh(a_g);  hidden = sigmoid(a_o) tanh(state)
#pragma once

#include <cstdint>

#include "base/isa.h"

namespace seben::kernels {

struct LstmOps {
  const char* name;
  /// Floats that the packed recurrent weights of so many cells take.
  std::int64_t (*packed_floats)(std::int64_t cells);
  /// recurrent: W_hh [4 cells, cells].
  void (*pack)(const float* recurrent, std::int64_t cells, float* packed);
  /// gates: [4 cells], what the step's input adds; before: [cells], the step before's output, which `hidden` must not
  /// be; state: [cells], in place. A gate that is no number makes its cell none.
  void (*step)(const float* packed, std::int64_t cells, const float* gates, const float* before, float* state,
               float* hidden);
};

[[nodiscard]] const LstmOps& lstm_ops(base::Isa isa = base::best_isa());

}  // namespace seben::kernels
