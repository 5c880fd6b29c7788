// SPDX-License-Identifier: Apache-2.0
#include "seben/corrector.h"

#include <utility>
#include <vector>

#include "base/format.h"
#include "correct/place.h"
#include "engine/correction_stage.h"
#include "engine/load_corrector.h"
#include "text/nko/utf8.h"

namespace seben {

namespace {

const Bundle& with_head(const Bundle& bundle) {
  bundle.internal().require_head("correct");
  return bundle;
}

}  // namespace

class Corrector::Impl {
 public:
  Impl(const Bundle& bundle, const CorrectorOptions& options)
      : bundle_(with_head(bundle)),
        stage_(pipeline::load_correction(bundle.internal(), options)),
        vocabulary_(stage_.corrector().proposer().vocabulary()) {}

  [[nodiscard]] CorrectedText correct(std::string_view hypothesis, std::span<const float> values) const {
    const std::string text = nko::normalise(hypothesis, "hypothesis");
    const ctc::LogProbsView log_probs{values.data(), static_cast<std::int64_t>(values.size()) / classes(), classes()};
    if (values.size() % static_cast<std::size_t>(classes()) != 0) {
      throw Error(ErrorCategory::bad_data, "log-probabilities", base::format("rows of {} classes", classes()),
                  base::format("{} values", values.size()));
    }
    ctc::require_normalised(log_probs, "log-probabilities");
    auto symbols = correction::place(log_probs, text, vocabulary_);
    if (!symbols) {
      throw Error(ErrorCategory::bad_data, "hypothesis", "a text that the frames can carry",
                  base::format("one that none of their paths reads, over {} frames", log_probs.frames));
    }
    correction::Proposals memory;
    std::vector<pipeline::PlacedEdit> edits;
    CorrectedText out;
    pipeline::Considered considered;
    const auto result = stage_.apply(log_probs, *symbols, 0, memory, edits, &considered);
    out.text = ctc::to_text(result, vocabulary_);
    out.candidates = considered.candidates;
    out.best_probability = considered.best_probability;
    out.corrections.mode = correction::to_string(stage_.options().mode);
    out.corrections.hypothesis = text;
    for (const auto& edit : edits) {
      out.corrections.edits.push_back(pipeline::describe(edit, vocabulary_, {frames_per_second()}));
    }
    return out;
  }

  [[nodiscard]] std::int64_t classes() const noexcept { return static_cast<std::int64_t>(vocabulary_.size()); }
  [[nodiscard]] const Bundle& bundle() const noexcept { return bundle_; }

 private:
  [[nodiscard]] double frames_per_second() const {
    const frontend::FeatureContract& required = bundle_.internal().required();
    return static_cast<double>(required.output_frames) * static_cast<double>(required.sample_rate) /
           static_cast<double>(required.window_samples);
  }

  Bundle bundle_;
  pipeline::CorrectionStage stage_;
  const nko::Vocabulary& vocabulary_;
};

Corrector::Corrector(const Bundle& bundle, const CorrectorOptions& options)
    : impl_(std::make_unique<Impl>(bundle, options)) {}
Corrector::Corrector(Corrector&&) noexcept = default;
Corrector& Corrector::operator=(Corrector&&) noexcept = default;
Corrector::~Corrector() = default;

CorrectedText Corrector::correct(std::string_view hypothesis, std::span<const float> log_probs) const {
  return impl_->correct(hypothesis, log_probs);
}
const Bundle& Corrector::bundle() const noexcept { return impl_->bundle(); }
std::int64_t Corrector::classes() const noexcept { return impl_->classes(); }

}  // namespace seben
