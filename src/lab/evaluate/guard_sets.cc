// SPDX-License-Identifier: Apache-2.0
#include "evaluate/guard_sets.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "audio/decoder.h"
#include "engine/correction_stage.h"
#include "engine/guard_stage.h"
#include "engine/listen.h"
#include "engine/stitch.h"
#include "evaluate/evaluation.h"
#include "evaluate/speech.h"
#include "seben/error.h"
#include "text/nko/vocabulary.h"

namespace seben::pipeline {
namespace {

kernels::Precision checked_precision(const bundle::Bundle& bundle, const std::string& wanted) {
  require_encoder(bundle);
  return choose_precision(bundle, {wanted});
}

std::int64_t count_words(const std::vector<ctc::Symbol>& symbols, std::int64_t space) {
  std::int64_t words = 0;
  bool inside = false;
  for (const ctc::Symbol& symbol : symbols) {
    const bool letter = symbol.label != space;
    if (letter && !inside) ++words;
    inside = letter;
  }
  return words;
}

}  // namespace

GuardPlace guard_place(const std::string& path, bool known) {
  std::filesystem::path last(path);
  if (!last.has_filename()) last = last.parent_path();
  GuardPlace out{last.stem().string(), known, {}};
  if (last.extension() == ".tsv") {
    for (const EvalRow& row : read_eval_manifest(path, ReferenceText::any)) out.recordings.push_back(row.audio);
  } else {
    out.recordings = find_recordings({path});
  }
  return out;
}

GuardListener::GuardListener(const bundle::Bundle& bundle, const std::string& precision, int threads)
    : decoding_({}, bundle.vocabulary()),
      recogniser_(bundle, {checked_precision(bundle, precision), threads, {}, true}),
      memory_(recogniser_.make_memory()),
      overlap_(overlap_samples(recogniser_.output_frames(), TranscriberOptions{}.overlap_seconds)),
      frames_per_second_(static_cast<double>(recogniser_.output_frames()) / kWindowSeconds) {}

correction::GuardRecording GuardListener::hear(const std::string& path) {
  const std::int64_t space = recogniser_.vocabulary().space();
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path);
  const audio::WindowReader::Source source = [&](std::span<float> out) { return decoder.read(out); };
  correction::GuardRecording out;
  out.id = path;
  Stretches stretches(frames_per_second_, space);
  Stitcher stitcher;
  std::int64_t previous_end = 0;
  const auto done = [&](const Stretch& stretch) {
    if (stretch.frames.empty()) return;
    out.stretches.push_back({{stretch.frames.begin(), stretch.frames.end()}, count_words(stretch.symbols, space)});
  };
  Timings timings;
  listen(recogniser_, *memory_, {source, overlap_}, timings, [&](const EncodedWindow& w) {
    stretches.see(w.log_probs, w.first_frame);
    auto symbols = shifted(decoding_.read(w.log_probs).symbols, w.first_frame);
    stretches.push(stitcher.push(std::move(symbols), w.first_frame, previous_end), done);
    previous_end = w.first_frame + w.log_probs.frames;
    out.seconds = w.end_seconds;
  });
  stretches.push(stitcher.finish(), done);
  stretches.finish(done);
  return out;
}

HeardSets hear_sets(GuardListener& listener, const std::vector<GuardPlace>& places,
                    const std::function<void(std::size_t done)>& progress) {
  HeardSets out;
  std::size_t heard = 0;
  for (const GuardPlace& place : places) {
    out.sets.push_back({place.name, place.known, {}});
    for (const std::string& path : place.recordings) {
      try {
        out.sets.back().recordings.push_back(listener.hear(path));
      } catch (const Error& error) {
        if (error.category() == ErrorCategory::internal) throw;
        out.failures.emplace_back(error.what());
      }
      if (progress) progress(++heard);
    }
  }
  return out;
}

std::string guard_table(const std::vector<correction::GuardSetResult>& results) {
  std::string out = fmt::format("{:<28} {:<6} {:>10} {:>8} {:>10} {:>8} {:>10} {:>10}\n", "set", "kind", "recordings",
                                "minutes", "stretches", "refused", "words/min", "written");
  for (const correction::GuardSetResult& r : results) {
    const double minutes = r.seconds / 60.0;
    const double share = r.stretches > 0 ? static_cast<double>(r.refused) / static_cast<double>(r.stretches) : 0.0;
    out += fmt::format("{:<28} {:<6} {:>10} {:>8.1f} {:>10} {:>7.1f}% {:>10.2f} {:>10.2f}\n", r.name,
                       r.known ? "known" : "other", r.recordings, minutes, r.stretches, 100.0 * share,
                       minutes > 0.0 ? static_cast<double>(r.words) / minutes : 0.0, r.per_minute());
  }
  return out;
}

}  // namespace seben::pipeline
