// SPDX-License-Identifier: Apache-2.0
// The first layers that kinds of heads share: a projection (GELU) and a convolution over time with the head's own
// stride (GELU); see docs/heads.md.
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>
#include <vector>

#include "kernels/expand.h"
#include "model/head/head.h"
#include "model/head/head_tensors.h"
#include "model/head/share_blocks.h"

namespace seben::ctc {

class Front {
 public:
  static constexpr std::int64_t kKernel = 5;
  static constexpr std::int64_t kPadding = 2;

  /// What all threads share, for up to `max_frames` frames.
  struct Shared {
    Shared(const HeadConfig& c, std::int64_t max_frames)
        : projected(static_cast<std::size_t>((max_frames + 2 * kPadding) * c.width), 0.0F) {}
    std::vector<float> projected;  ///< [frames + 4, width] with the convolution's zero padding around it
  };
  /// What each thread has to itself.
  struct Mine {
    Mine(const HeadConfig& c, kernels::Precision p)
        : features(p, kernels::kBlockRows, c.input_dim), windows(p, kernels::kBlockRows, kKernel * c.width) {}
    kernels::Operand features, windows;
  };
  struct Rooms {
    Shared& shared;
    Mine& mine;
    kernels::LinearScratch& scratch;     ///< scratch_width() wide
    kernels::LayerWorkspaces& expanded;  ///< square and wide are used
  };

  Front() = default;
  Front(HeadTensors& tensors, const HeadConfig& config, kernels::Precision precision);

  [[nodiscard]] static std::int64_t scratch_width(const HeadConfig& c) {
    return std::max(c.input_dim, kKernel * c.width);
  }
  [[nodiscard]] std::size_t bytes() const noexcept { return project_.bytes() + shorten_.bytes(); }
  /// To be called by one thread, before the team starts.
  void prepare(Shared& shared, kernels::LayerWorkspaces& expanded, std::int64_t frames) const;
  /// Called by every thread of the team: sink(t, row) for each row [width] of what leaves the convolution, which may be
  /// changed in place and is valid only during the call.
  template <typename Sink>
  void run(kernels::Team& team, std::span<const float> features, std::int64_t frames, const Rooms& rooms,
           Sink&& sink) const {
    project(team, features, frames, rooms);
    const std::int64_t width = project_.out();
    share_blocks(team, (frames + stride_ - 1) / stride_, [&](std::int64_t first, std::int64_t rows) {
      for (std::int64_t r = 0; r < rows; ++r) {
        rooms.mine.windows.set_row(r, rooms.shared.projected.data() + (first + r) * stride_ * width);
      }
      shorten_.run(
          rooms.mine.windows, rows, rooms.scratch,
          [&](std::int64_t r, float* row) {
            kernels::row_ops().gelu(row, width);
            sink(first + r, row);
          },
          &rooms.expanded.wide);
    });
  }

 private:
  void project(kernels::Team& team, std::span<const float> features, std::int64_t frames, const Rooms& rooms) const;

  kernels::Linear project_, shorten_;
  std::int64_t stride_ = 1;
};

}  // namespace seben::ctc
