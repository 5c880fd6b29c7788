// SPDX-License-Identifier: Apache-2.0
#include "model/head/head.h"

#include "model/head/head_kinds.h"

namespace seben::ctc {

std::unique_ptr<Head> load_head(const tensor::WeightFile& file, const HeadConfig& config, kernels::Precision precision,
                                int threads) {
  return config.kind == HeadKind::transformer ? load_transformer_head(file, config, precision, threads)
                                              : load_bilstm_head(file, config, threads);
}

}  // namespace seben::ctc
