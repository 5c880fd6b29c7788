// SPDX-License-Identifier: Apache-2.0
#include "model/head/front.h"

#include <algorithm>

namespace seben::ctc {
namespace {

// [out, in, 5] laid out as [out, 5, in]: a product over five neighbouring rows.
kernels::Linear load_convolution(HeadTensors& tensors, std::int64_t width, kernels::Precision precision) {
  return tensors.linear(
      "temporal_ds.0.weight", {width, width, Front::kKernel}, tensors.take("temporal_ds.0.bias", {width}), precision,
      [width](std::int64_t, std::span<float> row) {
        const std::vector<float> stored(row.begin(), row.end());
        for (std::int64_t i = 0; i < width; ++i) {
          for (std::int64_t k = 0; k < Front::kKernel; ++k) {
            row[static_cast<std::size_t>(k * width + i)] = stored[static_cast<std::size_t>(i * Front::kKernel + k)];
          }
        }
      });
}

}  // namespace

Front::Front(HeadTensors& tensors, const HeadConfig& c, kernels::Precision precision)
    : project_(tensors.linear("input_proj.0.weight", "input_proj.0.bias", c.width, c.input_dim, precision)),
      shorten_(load_convolution(tensors, c.width, precision)),
      stride_(c.stride) {}

void Front::prepare(Shared& shared, kernels::LayerWorkspaces& expanded, std::int64_t frames) const {
  // Rows behind the last one are the convolution's padding; a longer input may have left something there.
  const std::int64_t width = project_.out();
  std::fill_n(shared.projected.data() + (frames + kPadding) * width, kPadding * width, 0.0F);
  kernels::prepare_workspaces({{&project_, &expanded.square}, {&shorten_, &expanded.wide}});
}

void Front::project(kernels::Team& team, std::span<const float> features, std::int64_t frames,
                    const Rooms& rooms) const {
  const std::int64_t width = project_.out(), in = project_.in();
  float* projected = rooms.shared.projected.data() + kPadding * width;
  kernels::expand_weights(team, {{&project_, &rooms.expanded.square}, {&shorten_, &rooms.expanded.wide}},
                          rooms.scratch);
  share_blocks(team, frames, [&](std::int64_t first, std::int64_t rows) {
    for (std::int64_t r = 0; r < rows; ++r) rooms.mine.features.set_row(r, features.data() + (first + r) * in);
    project_.run(
        rooms.mine.features, rows, rooms.scratch,
        [&](std::int64_t r, float* row) {
          kernels::row_ops().gelu(row, width);
          std::copy_n(row, width, projected + (first + r) * width);
        },
        &rooms.expanded.square);
  });
}

}  // namespace seben::ctc
