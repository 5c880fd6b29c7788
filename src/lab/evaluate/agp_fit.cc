// SPDX-License-Identifier: Apache-2.0
#include "evaluate/agp_fit.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "codecs/allocate.h"
#include "engine/recogniser.h"
#include "evaluate/evaluation_windows.h"
#include "kernels/threads.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

using quant::AgpPartition;
using quant::kFrameClasses;

struct HeardFrames {
  std::vector<float> features;
  std::int64_t groups = 0;  ///< that hold audio; the rest is padding
};

using Codecs = std::vector<std::unique_ptr<quant::FrameCodec>>;

// Refuses a budget that none of them meets.
Codecs make_codecs(const AgpFitOptions& options, std::int64_t dim) {
  Codecs codecs;
  double cheapest = 1e9;
  for (const std::string& text : options.candidates) {
    codecs.push_back(quant::make_codec(quant::parse_codec(text, "--candidates"), dim, "--candidates"));
    cheapest = std::min(cheapest, codecs.back()->bits_per_value());
  }
  if (!(options.mean_bits > cheapest + 0.01 && options.mean_bits <= 32.0)) {
    throw Error(ErrorCategory::usage, "--agp",
                "more bits a value than the cheapest codec's " + std::to_string(cheapest),
                std::to_string(options.mean_bits));
  }
  return codecs;
}

class Fitter {
 public:
  Fitter(const bundle::Bundle& bundle, const AgpFitOptions& options)
      : dim_(bundle.required().dim),
        codecs_(make_codecs(options, dim_)),
        recogniser_(bundle, {bundle.fastest_admitted(), kernels::thread_count(options.threads), {}, true}),
        memory_(recogniser_.make_memory()) {}

  void encode(const EvalRow& row) {
    for_each_window(row.audio, 0, [&](const audio::Window& w) {
      Timings unused;
      const auto features = recogniser_.features(w.samples.first(w.valid), *memory_, unused);
      const double share = static_cast<double>(w.valid) / static_cast<double>(audio::kWindowSamples);
      const auto groups = (recogniser_.feature_frames() + AgpPartition::kGroup - 1) / AgpPartition::kGroup;
      clips_.push_back({{features.begin(), features.end()},
                        static_cast<std::int64_t>(std::ceil(share * static_cast<double>(groups)))});
    });
  }

  // Padding would fill the quantiles of stillness; only groups that hold audio count.
  [[nodiscard]] quant::AgpThresholds thresholds() const {
    std::vector<quant::AgpScalars> all;
    for (const HeardFrames& clip : clips_) {
      AgpPartition partition(dim_, {});
      partition.push(clip.features);
      partition.finish();
      const auto& s = partition.scalars();
      all.insert(all.end(), s.begin(), s.begin() + std::min(clip.groups, static_cast<std::int64_t>(s.size())));
    }
    return quant::calibrate_thresholds(all);
  }

  // Adds one clip's frames and harms.
  void measure(std::size_t index, const quant::AgpThresholds& thresholds, AgpFit& fit) {
    const HeardFrames& clip = clips_[index];
    AgpPartition partition(dim_, thresholds);
    partition.push(clip.features);
    partition.finish();
    const std::vector<float> reference = score(clip.features);
    for (std::size_t label = 0; label < kFrameClasses; ++label) {
      const auto wanted = static_cast<quant::FrameClass>(label);
      fit.share[label] += static_cast<double>(std::ranges::count(partition.labels(), wanted));
      for (std::size_t c = 0; c < codecs_.size(); ++c) {
        std::vector<float> changed = clip.features;
        if (replace(changed, partition.labels(), wanted, *codecs_[c]))
          fit.harm[label][c] += divergence(reference, score(changed));
      }
    }
  }

  [[nodiscard]] const Codecs& codecs() const { return codecs_; }
  [[nodiscard]] std::size_t clips() const { return clips_.size(); }
  [[nodiscard]] std::int64_t dim() const { return dim_; }

 private:
  std::vector<float> score(std::span<const float> features) {
    Timings unused;
    const auto found = recogniser_.log_probs(features, recogniser_.feature_frames(), *memory_, unused);
    return {found.data, found.data + found.frames * found.classes};
  }

  bool replace(std::vector<float>& features, const std::vector<quant::FrameClass>& labels, quant::FrameClass wanted,
               const quant::FrameCodec& codec) const {
    const auto group = static_cast<std::size_t>(AgpPartition::kGroup * dim_);
    std::vector<std::byte> bytes;
    bool any = false;
    for (std::size_t g = 0; g < labels.size(); ++g) {
      if (labels[g] != wanted) continue;
      any = true;
      const auto part = std::span(features).subspan(g * group, std::min(group, features.size() - g * group));
      bytes.resize(part.size() / static_cast<std::size_t>(dim_) * codec.frame_bytes());
      codec.encode(part, bytes, "features");
      codec.decode(bytes, part);
    }
    return any;
  }

  // A frame's.
  [[nodiscard]] double divergence(const std::vector<float>& p, const std::vector<float>& q) const {
    const std::int64_t classes = recogniser_.head().config().classes;
    const auto frames = static_cast<std::int64_t>(p.size()) / classes;
    return ctc::divergence({p.data(), frames, classes}, {q.data(), frames, classes}) / static_cast<double>(frames);
  }

  std::int64_t dim_;
  Codecs codecs_;
  Recogniser recogniser_;
  std::unique_ptr<WindowMemory> memory_;
  std::vector<HeardFrames> clips_;
};

void choose(AgpFit& fit, const Fitter& fitter, const AgpFitOptions& options) {
  // Two bits a group of four frames are the labels'.
  const double label_bits = 2.0 / static_cast<double>(AgpPartition::kGroup * fitter.dim());
  std::vector<std::vector<quant::Choice>> items;
  for (std::size_t label = 0; label < kFrameClasses; ++label) {
    std::vector<quant::Choice> choices;
    for (std::size_t c = 0; c < fitter.codecs().size(); ++c) {
      choices.push_back({fit.share[label] * fitter.codecs()[c]->bits_per_value(), fit.harm[label][c]});
    }
    items.push_back(std::move(choices));
  }
  const quant::Allocation a = quant::allocate(items, options.mean_bits - label_bits, "--agp: bits a value, times one");
  for (std::size_t label = 0; label < kFrameClasses; ++label) {
    fit.policy.codecs[label] = fitter.codecs()[a.chosen[label]]->spec();
  }
  fit.expected_bits = a.bytes + label_bits;
  fit.expected_harm = a.error;
}

}  // namespace

AgpFit fit_agp(const bundle::Bundle& bundle, const std::vector<EvalRow>& calibration, const AgpFitOptions& options,
               const std::function<void(std::size_t done, std::size_t total)>& progress) {
  require_encoder(bundle);
  Fitter fitter(bundle, options);
  AgpFit fit;
  fit.candidates = options.candidates;
  fit.policy.assignment = quant::Assignment::agp;
  for (auto& harm : fit.harm) harm.assign(options.candidates.size(), 0.0);
  const std::size_t total = 2 * calibration.size();
  for (std::size_t i = 0; i < calibration.size(); ++i) {
    fitter.encode(calibration[i]);
    if (progress) progress(i + 1, total);
  }
  if (fitter.clips() == 0) throw Error(ErrorCategory::bad_data, "--calibration", "recordings with sound", "none");
  fit.policy.thresholds = fitter.thresholds();
  double groups = 0.0;
  for (std::size_t i = 0; i < fitter.clips(); ++i) {
    fitter.measure(i, fit.policy.thresholds, fit);
    if (progress) progress(calibration.size() + calibration.size() * (i + 1) / fitter.clips(), total);
  }
  for (const double share : fit.share) groups += share;
  for (std::size_t label = 0; label < kFrameClasses; ++label) {
    fit.share[label] /= groups;
    for (double& harm : fit.harm[label]) harm /= static_cast<double>(fitter.clips());
  }
  choose(fit, fitter, options);
  nlohmann::json fitted = {{"recordings", calibration.size()},         {"windows", fitter.clips()},
                           {"mean_bits", options.mean_bits},           {"expected_bits", fit.expected_bits},
                           {"expected_divergence", fit.expected_harm}, {"bundle", bundle.digest()}};
  for (std::size_t label = 0; label < kFrameClasses; ++label) {
    fitted["share"][std::string(to_string(static_cast<quant::FrameClass>(label)))] = fit.share[label];
  }
  fit.policy.fitted = fitted.dump();
  return fit;
}

}  // namespace seben::pipeline
