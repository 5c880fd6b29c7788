// SPDX-License-Identifier: Apache-2.0
// The recurrent heads. bilstm: Linear without activation, bidirectional LSTM layers, Linear; it does not shorten time
// itself, its features were subsampled by the extractor. conv-bilstm: the same behind the transformer's first layers
// (front.h), which shorten time.
#include <algorithm>
#include <optional>

#include "kernels/threads.h"
#include "model/head/front.h"
#include "model/head/head_kinds.h"
#include "model/head/head_tensors.h"
#include "model/head/lstm.h"
#include "seben/error.h"

namespace seben::ctc {
namespace {

using kernels::kBlockRows;
using kernels::Linear;
using kernels::Precision;

// The bilstm's beginning, in the form of a Front.
class Projection {
 public:
  struct Shared {
    Shared(const HeadConfig& /*config*/, std::int64_t /*max_frames*/) {}
  };
  struct Mine {
    Mine(const HeadConfig& c, Precision /*precision*/) : features(Precision::f32, kBlockRows, c.input_dim) {}
    kernels::Operand features;
  };
  struct Rooms {
    Shared& shared;
    Mine& mine;
    kernels::LinearScratch& scratch;
    kernels::LayerWorkspaces& expanded;
  };

  Projection(HeadTensors& tensors, const HeadConfig& c, Precision /*precision*/)
      : project_(tensors.restored("input_proj.weight", {c.width, c.input_dim},
                                  tensors.take("input_proj.bias", {c.width}))) {}

  [[nodiscard]] static std::int64_t scratch_width(const HeadConfig& c) { return c.width; }
  [[nodiscard]] std::size_t bytes() const noexcept { return project_.bytes(); }
  void prepare(Shared& /*shared*/, kernels::LayerWorkspaces& /*expanded*/, std::int64_t /*frames*/) const {}
  template <typename Sink>
  void run(kernels::Team& team, std::span<const float> features, std::int64_t frames, const Rooms& rooms,
           Sink&& sink) const {
    share_blocks(team, frames, [&](std::int64_t first, std::int64_t rows) {
      const std::int64_t in = project_.in();
      for (std::int64_t r = 0; r < rows; ++r) rooms.mine.features.set_row(r, features.data() + (first + r) * in);
      project_.run(rooms.mine.features, rows, rooms.scratch,
                   [&](std::int64_t r, const float* row) { sink(first + r, row); });
    });
  }

 private:
  Linear project_;
};

template <typename Beginning>
class RecurrentHead final : public Head {
 public:
  RecurrentHead(const tensor::WeightFile& file, const HeadConfig& c, Precision precision, int threads)
      : config_(c), precision_(precision) {
    HeadTensors tensors(file, threads);
    beginning_.emplace(tensors, c, precision);
    lstm_ = Lstm(tensors, c.width, c.cells, c.layers);
    output_ =
        tensors.restored("output_proj.weight", {c.classes, 2 * c.cells}, tensors.take("output_proj.bias", {c.classes}));
    tensors.require_all_taken();
  }

  [[nodiscard]] const HeadConfig& config() const noexcept override { return config_; }
  [[nodiscard]] std::size_t weight_bytes() const noexcept override {
    return beginning_->bytes() + lstm_.bytes() + output_.bytes();
  }
  [[nodiscard]] std::unique_ptr<Workspace> make_workspace(std::int64_t max_frames, int threads) const override {
    return std::make_unique<Rooms>(*this, max_frames, threads);
  }
  void run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
           Workspace& workspace) const override;

 private:
  struct PerThread {
    explicit PerThread(const RecurrentHead& h)
        : beginning(h.config_, h.precision_),
          lstm(h.lstm_),
          scratch(kBlockRows,
                  std::max({Beginning::scratch_width(h.config_), h.lstm_.scratch_width(), h.config_.classes})) {}
    typename Beginning::Mine beginning;
    Lstm::Mine lstm;
    kernels::LinearScratch scratch;
  };
  struct Rooms final : Workspace {
    Rooms(const RecurrentHead& h, std::int64_t max, int threads)
        : beginning(h.config_, max), lstm(h.lstm_, h.output_frames(max)), max_frames(max) {
      for (int i = 0; i < threads; ++i) per_thread.push_back(std::make_unique<PerThread>(h));
    }
    typename Beginning::Shared beginning;
    Lstm::Shared lstm;
    std::vector<std::unique_ptr<PerThread>> per_thread;
    kernels::LayerWorkspaces expanded;  ///< of weights that are stored as codes
    std::int64_t max_frames;
  };

  HeadConfig config_;
  Precision precision_;
  std::optional<Beginning> beginning_;
  Lstm lstm_;
  Linear output_;
};

template <typename Beginning>
void RecurrentHead<Beginning>::run(std::span<const float> features, std::int64_t frames, std::span<float> logits,
                                   Workspace& workspace) const {
  const std::int64_t out = output_frames(frames), width = config_.width, classes = config_.classes;
  if (frames < 1 || features.size() != static_cast<std::size_t>(frames * config_.input_dim) ||
      logits.size() != static_cast<std::size_t>(out * classes)) {
    throw Error(ErrorCategory::internal, "head", "[frames, " + std::to_string(config_.input_dim) + "] features",
                std::to_string(features.size()) + " values for " + std::to_string(frames) + " frames");
  }
  auto& w = dynamic_cast<Rooms&>(workspace);
  if (frames > w.max_frames) {
    throw Error(ErrorCategory::internal, "head: workspace", "at most " + std::to_string(w.max_frames) + " frames",
                std::to_string(frames));
  }
  beginning_->prepare(w.beginning, w.expanded, frames);
  kernels::run_team(static_cast<int>(w.per_thread.size()), [&](kernels::Team& team) {
    PerThread& mine = *w.per_thread[static_cast<std::size_t>(team.thread())];
    const typename Beginning::Rooms rooms{w.beginning, mine.beginning, mine.scratch, w.expanded};
    beginning_->run(team, features, frames, rooms,
                    [&](std::int64_t t, const float* row) { std::copy_n(row, width, w.lstm.input() + t * width); });
    const float* both = lstm_.run(team, out, w.lstm, mine.lstm, mine.scratch);
    share_blocks(team, out, [&](std::int64_t first, std::int64_t rows) {
      for (std::int64_t r = 0; r < rows; ++r) mine.lstm.later.set_row(r, both + (first + r) * output_.in());
      output_.run(mine.lstm.later, rows, mine.scratch, [&](std::int64_t r, const float* row) {
        std::copy_n(row, classes, logits.data() + (first + r) * classes);
      });
    });
  });
}

}  // namespace

std::unique_ptr<Head> load_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config, int threads) {
  return std::make_unique<RecurrentHead<Projection>>(file, config, Precision::f32, threads);
}

std::unique_ptr<Head> load_conv_bilstm_head(const tensor::WeightFile& file, const HeadConfig& config,
                                            Precision precision, int threads) {
  return std::make_unique<RecurrentHead<Front>>(file, config, precision, threads);
}

}  // namespace seben::ctc
