// SPDX-License-Identifier: Apache-2.0
// What the command line of `seben transcribe` says.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/writers.h"
#include "seben/transcriber.h"

namespace seben::cli {

/// Many recordings in one run (docs/batch.md).
struct ManyFlags {
  std::optional<std::int64_t> jobs;  ///< recordings worked on at the same time; 1
  bool skip_existing = false;
  std::string journal, list;
  std::optional<double> timeout;  ///< seconds for one recording
};

struct TranscribeFlags {
  std::string bundle, model;
  std::vector<std::string> inputs;
  std::vector<std::string> features;
  std::string format;
  std::string output;
  std::string precision = "auto";
  int threads = 0;
  double overlap = 4.0;
  std::string channels = "mix";
  pipeline::Layout layout;
  std::string feature_codec;
  bool allow_unadmitted = false;
  bool json = false;
  bool timings = false;
  bool explain = false;
  std::string correct = "auto", language_guard = "auto";
  CorrectorOptions correction;
  std::string decoder = "auto";
  CtcOptions ctc;
  WhisperOptions whisper;
  std::int64_t max_edits = 0;
  ManyFlags many;

  [[nodiscard]] bool writes_both() const { return decoder == "both"; }
  /// Error(usage) when --json and --format name two.
  [[nodiscard]] pipeline::Format written_format() const;
};

/// One recording, or stored features, and where its result goes.
struct TranscribeJob {
  std::string path;
  bool is_features = false;
  std::string name;    ///< below an output folder, without the result's ending
  std::string output;  ///< empty: standard output
};

}  // namespace seben::cli
