// SPDX-License-Identifier: Apache-2.0
#include "evaluate/eval_run.h"

#include <algorithm>
#include <utility>

#include "audio/decoder.h"
#include "correct/place.h"
#include "engine/listen.h"
#include "engine/load_corrector.h"
#include "engine/recording.h"
#include "kernels/threads.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr double kEvaluationOverlap = 4.0;

int threads_of(const EvalOptions& options) { return kernels::thread_count(options.threads); }

// The same corrector with thresholds that every candidate passes.
CorrectionStage without_thresholds(const bundle::Bundle& bundle, const CorrectionStage& stage) {
  const correction::Corrector& corrector = stage.corrector();
  correction::Ranker ranker = corrector.ranker();
  ranker.thresholds.fill(0.0);
  auto unbound = std::make_shared<const correction::Corrector>(std::move(ranker), bundle.vocabulary(),
                                                               corrector.proposer().language_model());
  return {std::move(unbound), stage.options()};
}

// One a mode. Before the weights, which take by far the most of the time, as everything else that may be refused.
std::vector<CorrectionStage> load_stages(const bundle::Bundle& bundle, const EvalOptions& options) {
  require_encoder(bundle);
  std::vector<CorrectionStage> stages;
  if (!options.correct || !options.ctc.words.empty() || (options.correction.ranker.empty() && !has_ranker(bundle)))
    return stages;
  for (const correction::Mode mode : correction::kModes) {
    CorrectorOptions correction = options.correction;
    correction.mode = correction::to_string(mode);
    stages.push_back(load_correction(bundle, correction));
  }
  return stages;
}

}  // namespace

EvalRun::EvalRun(const bundle::Bundle& bundle, const EvalOptions& options)
    : decoding_(options.ctc, bundle.vocabulary()),
      stages_(load_stages(bundle, options)),
      recogniser_(bundle, {choose_precision(bundle, {options.precision}), threads_of(options), {}, true}),
      memory_(recogniser_.make_memory()),
      overlap_(overlap_samples(recogniser_.output_frames(), kEvaluationOverlap)),
      n_best_(options.ctc.n_best.has_value()) {
  out_.bundle = bundle.manifest().name;
  out_.decoder = options.ctc.words.empty() ? options.ctc.search : "forced";
  out_.precision = kernels::to_string(choose_precision(bundle, {options.precision}));
  out_.modes = {"off"};
  if (stages_.empty()) return;
  for (const correction::Mode mode : correction::kModes) out_.modes.emplace_back(correction::to_string(mode));
  unbound_ = without_thresholds(bundle, stages_.front());
  test_.emplace(stages_.front().corrector());
}

void EvalRun::add(const EvalRow& row) {
  try {
    EvalUtterance u;
    u.row = row;
    const std::vector<Window> windows = encode(row.audio, u.suspect);
    const Transcript free = write(windows, nullptr);
    u.texts.push_back(nko::normalise(free.text, "transcript"));
    for (const CorrectionStage& stage : stages_) {
      u.texts.push_back(nko::normalise(write(windows, &stage).text, "transcript"));
    }
    if (free.choices) u.choice = judge(row.reference, free);
    for (const std::string& text : u.texts) {
      u.characters.push_back(nko::count_edits(row.reference, text, nko::Unit::code_point));
      u.words.push_back(nko::count_edits(row.reference, text, nko::Unit::word));
    }
    if (n_best_) find_oracle(row.reference, free, u);
    pairs_.push_back({u.texts.front(), row.reference, row.audio});
    if (windows.size() == 1 && test_) study(row, u.texts.front(), windows.front());
    out_.utterances.push_back(std::move(u));
  } catch (const Error& error) {
    if (error.category() == ErrorCategory::internal) throw;
    out_.failures.emplace_back(about_recording(error, row.audio).what());
  }
}

void EvalRun::find_oracle(const std::string& reference, const Transcript& free, EvalUtterance& u) {
  u.oracle_characters = u.characters.front();
  u.oracle_words = u.words.front();
  if (free.alternatives.size() != 1) return;
  for (const Alternative& one : free.alternatives.front().texts) {
    const std::string text = nko::normalise(one.text, "transcript");
    const auto characters = nko::count_edits(reference, text, nko::Unit::code_point);
    const auto words = nko::count_edits(reference, text, nko::Unit::word);
    if (std::pair(characters.errors(), words.errors()) >=
        std::pair(u.oracle_characters->errors(), u.oracle_words->errors()))
      continue;
    u.oracle_characters = characters;
    u.oracle_words = words;
  }
}

std::vector<EvalRun::Window> EvalRun::encode(const std::string& path, std::vector<std::string>& suspect) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path);
  const audio::WindowReader::Source source = [&](std::span<float> out) { return decoder.read(out); };
  const Callbacks none;
  Recording guards(recogniser_, decoding_, nullptr, none, kWindowSeconds);
  std::vector<Window> windows;
  listen(recogniser_, *memory_, {source, overlap_}, guards.timings(), [&](const EncodedWindow& heard) {
    guards.guard(heard.log_probs, heard.samples, heard.start_seconds);
    Window window;
    window.first_frame = heard.first_frame;
    window.log_probs.frames = heard.log_probs.frames;
    window.log_probs.classes = heard.log_probs.classes;
    const auto size = heard.log_probs.frames * heard.log_probs.classes;
    window.log_probs.values.assign(heard.log_probs.data, heard.log_probs.data + size);
    windows.push_back(std::move(window));
  });
  suspect = guards.finish().suspect;
  return windows;
}

Transcript EvalRun::write(const std::vector<Window>& windows, const CorrectionStage* stage) {
  const Callbacks none;
  Recording recording(recogniser_, decoding_, stage, none, kWindowSeconds);
  for (const Window& w : windows) recording.add_window(w.log_probs.view(), w.first_frame, memory_->correction);
  return recording.finish();
}

// By letters alone, as the list compares them. A sequence is right when its letters are.
ChoiceOutcome EvalRun::judge(const std::string& reference, const Transcript& transcript) const {
  const WordChooser& chooser = *decoding_.chooser();
  const nko::Vocabulary& vocabulary = recogniser_.vocabulary();
  const std::uint32_t said = chooser.words().find(reference, vocabulary);
  if (chooser.one_a_recording() && said == ctc::WordTrie::kNone) {
    return transcript.text.empty() ? ChoiceOutcome::unlisted_refused : ChoiceOutcome::unlisted;
  }
  if (transcript.text.empty()) return ChoiceOutcome::none;
  const auto outcome = [](bool right) { return right ? ChoiceOutcome::right : ChoiceOutcome::wrong; };
  if (said != ctc::WordTrie::kNone) return outcome(chooser.words().find(transcript.text, vocabulary) == said);
  if (!vocabulary.can_write(reference)) return ChoiceOutcome::unlisted;
  const auto letters = [&](const std::string& text) {
    return chooser.words().letters_of(vocabulary.encode(text, "text"));
  };
  return outcome(letters(reference) == letters(transcript.text));
}

void EvalRun::study(const EvalRow& row, const std::string& hypothesis, const Window& window) {
  const correction::Corrector& corrector = stages_.front().corrector();
  const auto symbols = correction::place(window.log_probs.view(), hypothesis, recogniser_.vocabulary());
  if (!symbols || static_cast<std::int64_t>(symbols->size()) > corrector.ranker().limits.max_symbols) return;
  correction::Row utterance;
  utterance.id = utterance.where = row.audio;
  utterance.hypothesis = hypothesis;
  utterance.reference = row.reference;
  test_->add(utterance, window.log_probs.view(), *symbols);
  trajectories_.push_back(correction::trajectory(unbound_->corrector(), window.log_probs.view(), *symbols,
                                                 row.reference, memory_->correction));
}

Evaluation EvalRun::finish() {
  if (out_.utterances.empty()) {
    throw Error(ErrorCategory::incomplete, "evaluation", "at least one transcribed recording",
                out_.failures.empty() ? "none" : out_.failures.front());
  }
  const nko::Vocabulary& vocabulary = recogniser_.vocabulary();
  std::erase_if(pairs_, [&](const correction::TextPair& pair) { return !vocabulary.can_write(pair.reference); });
  out_.confusions = correction::mine(pairs_, vocabulary, {}).maps;
  if (!trajectories_.empty()) {
    EvalCorrection correction;
    test_->finish(correction.test);
    correction.utterances = static_cast<std::int64_t>(trajectories_.size());
    correction.curve = correction::calibrate(trajectories_, {}).curve;
    for (const correction::Mode mode : correction::kModes) {
      correction.thresholds.push_back(stages_.front().corrector().ranker().threshold(mode));
    }
    out_.correction = std::move(correction);
  }
  return std::move(out_);
}

}  // namespace seben::pipeline
