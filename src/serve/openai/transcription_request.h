// SPDX-License-Identifier: Apache-2.0
// The fields of /v1/audio/transcriptions and /v1/audio/translations, read and checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "http/message.h"
#include "models/model_pool.h"
#include "seben/transcriber.h"

namespace seben::serve {

enum class AnswerFormat : std::uint8_t { json, text, srt, verbose_json, vtt };
enum class Task : std::uint8_t { transcribe, translate };

struct TranscriptionRequest {
  std::string model;
  std::string language;  ///< as it was asked for; empty: not at all
  std::string prompt;
  std::vector<std::string> keywords;
  double temperature = 0.0;
  AnswerFormat format = AnswerFormat::json;
  bool words = false, segments = true;  ///< of verbose_json
  bool logprobs = false;
  bool stream = false;
  std::vector<std::string> ignored;  ///< fields without an effect, for the answer's header
};

/// What only guides is accepted and, where it cannot have an effect, named in `ignored`; what promises an output is
/// done or refused: ApiError 400 with the field. `strict`: fields that nobody knows are refused as well.
[[nodiscard]] TranscriptionRequest read_transcription(const Fields& fields, Task task, bool strict);

/// `ignored` grows by what the model does not use.
void note_idle_fields(TranscriptionRequest& request, Task task, const ModelFacts& model);

/// What the model makes of the request: ApiError for what it cannot do. The options of the loaded model are the
/// beginning; `changed` says whether anything is left to change.
struct CallOptions {
  TranscriberOptions options;
  bool changed = false;
};
[[nodiscard]] CallOptions options_for(const TranscriptionRequest& request, Task task, const ModelFacts& model,
                                      const TranscriberOptions& loaded);

/// Which of the bundle's writers the task needs; ApiError for a translation by a model without Whisper's decoder.
[[nodiscard]] Writer writer_for(Task task, const ModelFacts& model);

}  // namespace seben::serve
