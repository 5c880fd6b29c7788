// SPDX-License-Identifier: Apache-2.0
#include "model/head/head.h"

#include "model/head/head_kinds.h"

namespace seben::ctc {

std::unique_ptr<Head> load_head(const tensor::WeightFile& file, const HeadConfig& config, kernels::Precision precision,
                                int threads) {
  switch (config.kind) {
    case HeadKind::bilstm: return load_bilstm_head(file, config, threads);
    case HeadKind::conv_bilstm: return load_conv_bilstm_head(file, config, precision, threads);
    case HeadKind::transformer: break;
  }
  return load_transformer_head(file, config, precision, threads);
}

}  // namespace seben::ctc
