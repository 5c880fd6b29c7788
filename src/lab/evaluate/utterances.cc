// SPDX-License-Identifier: Apache-2.0
#include "evaluate/utterances.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "base/file.h"
#include "evaluate/evaluation_windows.h"
#include "fit/rows.h"
#include "formats/npy.h"
#include "kernels/precision.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

// -infinity, of masked classes, is no number that .npy readers like; what is as unlikely as this is as good as never.
constexpr float kNever = -1e9F;

void write_log_probs(const std::string& path, ctc::LogProbsView log_probs) {
  std::vector<float> values(log_probs.data, log_probs.data + log_probs.frames * log_probs.classes);
  for (float& v : values) v = std::max(v, kNever);
  tensor::TensorView view;
  view.name = "log_probs";
  view.source = path;
  view.shape = {log_probs.frames, log_probs.classes};
  view.data = reinterpret_cast<const std::byte*>(values.data());
  tensor::write_npy(path, view);
}

// With what else can be refused before the weights are packed.
std::string precision_of(const bundle::Bundle& bundle, const std::string& wanted) {
  require_encoder(bundle);
  return std::string(kernels::to_string(choose_precision(bundle, {wanted})));
}

}  // namespace

UtteranceReader::UtteranceReader(const bundle::Bundle& bundle, const std::string& precision, int threads)
    : precision_(precision_of(bundle, precision)),
      recogniser_(bundle, {choose_precision(bundle, {precision}), threads, {}, true}),
      memory_(recogniser_.make_memory()) {}

Utterance UtteranceReader::read(const std::string& path) {
  const std::vector<float> samples = read_one_window(path);
  Timings timings;
  const auto features = recogniser_.features(samples, *memory_, timings);
  Utterance out;
  out.log_probs = recogniser_.log_probs(features, recogniser_.feature_frames(), *memory_, timings);
  out.symbols = ctc::greedy(out.log_probs, vocabulary().blank()).symbols;
  out.hypothesis = nko::normalise(ctc::to_text(out.symbols, vocabulary()), path);
  return out;
}

std::vector<std::string> write_rows(UtteranceReader& reader, const std::vector<EvalRow>& rows,
                                    const base::NewFolder& folder,
                                    const std::function<void(std::size_t done)>& progress) {
  base::AtomicFile list((folder.partial() / "rows.jsonl").string());
  std::vector<std::string> failures;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    try {
      const Utterance utterance = reader.read(rows[i].audio);
      correction::Row row;
      row.id = rows[i].audio;
      row.hypothesis = utterance.hypothesis;
      row.reference = rows[i].reference;
      row.condition = rows[i].condition;
      row.frames = fmt::format("{:06}.npy", i);
      write_log_probs((folder.partial() / row.frames).string(), utterance.log_probs);
      list.write(correction::to_line(row));
    } catch (const Error& error) {
      if (error.category() == ErrorCategory::io) throw;
      failures.emplace_back(error.what());
    }
    if (progress) progress(i + 1);
  }
  list.commit();
  return failures;
}

}  // namespace seben::pipeline
