// SPDX-License-Identifier: Apache-2.0
// Streams in the C interface.
#include <cstddef>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "engine/c_boundary.h"
#include "seben/stream.h"

struct seben_stream {
  seben::Stream stream;
  std::deque<seben::StreamEvent> waiting{};  // that were not handed over, because a callback stopped
};

namespace {

using seben::c_api::Cancelled;
using seben::c_api::guarded;
using seben::c_api::kLargestStruct;
using seben::c_api::known_size;
using seben::c_api::require;

seben::StreamOptions stream_options(const seben_stream_options* given) {
  seben_stream_options options;
  seben_stream_options_init(&options, sizeof options);
  if (given != nullptr) std::memcpy(&options, given, known_size("seben_stream_options", {}, given));
  seben::StreamOptions out;
  out.sample_rate = options.sample_rate;
  out.step_seconds = options.step_seconds;
  out.silence_seconds = options.silence_seconds;
  out.pre_roll_seconds = options.pre_roll_seconds;
  out.longest_seconds = options.longest_seconds;
  out.commit_margin_seconds = options.commit_margin_seconds;
  out.sure_confidence = options.sure_confidence;
  out.vad = options.vad == nullptr ? "auto" : options.vad;
  out.partials = options.no_partials == 0;
  return out;
}

int kind_of(seben::StreamEvent::Kind kind) {
  using Kind = seben::StreamEvent::Kind;
  switch (kind) {
    case Kind::speech_start: return SEBEN_SPEECH_START;
    case Kind::speech_end: return SEBEN_SPEECH_END;
    case Kind::partial: return SEBEN_PARTIAL;
    case Kind::commit: return SEBEN_COMMIT;
    case Kind::final_text: return SEBEN_FINAL_TEXT;
  }
  return 0;
}

}  // namespace

extern "C" {

void seben_stream_options_init(seben_stream_options* options, size_t size) {
  if (options == nullptr || size < sizeof options->size || size > kLargestStruct) return;
  const seben::StreamOptions d;
  const seben_stream_options defaults{size,
                                      d.sample_rate,
                                      d.step_seconds,
                                      d.silence_seconds,
                                      d.pre_roll_seconds,
                                      d.longest_seconds,
                                      d.commit_margin_seconds,
                                      d.sure_confidence,
                                      "auto",
                                      0};
  std::memset(options, 0, size);  // fields of a newer header than this library's
  std::memcpy(options, &defaults, size < sizeof defaults ? size : sizeof defaults);
}

seben_status seben_stream_open(const seben_transcriber* transcriber, const seben_stream_options* options,
                               seben_stream** stream, char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_open: stream");
    *stream = nullptr;
    require(transcriber != nullptr, "seben_stream_open: transcriber");
    *stream = new seben_stream{seben::Stream(transcriber->transcriber, stream_options(options))};
  });
}

seben_status seben_stream_push(seben_stream* stream, const float* samples, size_t count, char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_push: stream");
    require(samples != nullptr || count == 0, "seben_stream_push: samples");
    stream->stream.push({samples, count});
  });
}

seben_status seben_stream_commit(seben_stream* stream, char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_commit: stream");
    stream->stream.commit();
  });
}

seben_status seben_stream_finish(seben_stream* stream, char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_finish: stream");
    stream->stream.finish();
  });
}

seben_status seben_stream_reset(seben_stream* stream, char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_reset: stream");
    stream->stream.reset();
    stream->waiting.clear();
  });
}

seben_status seben_stream_advance(seben_stream* stream, int (*event)(void* user, const seben_event* event), void* user,
                                  char** error) {
  return guarded(error, [&] {
    require(stream != nullptr, "seben_stream_advance: stream");
    for (seben::StreamEvent& e : stream->stream.advance()) stream->waiting.push_back(std::move(e));
    while (!stream->waiting.empty()) {
      const seben::StreamEvent e = std::move(stream->waiting.front());
      stream->waiting.pop_front();
      const seben_event shown{sizeof(seben_event), kind_of(e.kind), e.item,  e.seconds,
                              e.text.c_str(),      e.words.size(),  &e.words};
      if (event != nullptr && event(user, &shown) != 0) throw Cancelled();
    }
  });
}

int seben_stream_ready(const seben_stream* stream) {
  return stream != nullptr && (!stream->waiting.empty() || stream->stream.ready()) ? 1 : 0;
}

int seben_stream_done(const seben_stream* stream) {
  return stream != nullptr && stream->waiting.empty() && stream->stream.done() ? 1 : 0;
}

double seben_stream_behind_seconds(const seben_stream* stream) {
  return stream == nullptr ? 0.0 : stream->stream.behind_seconds();
}

seben_status seben_event_word(const seben_event* event, size_t index, seben_span* span) {
  if (event == nullptr || event->words == nullptr) return SEBEN_USAGE;
  const auto& words = *static_cast<const std::vector<seben::StreamWord>*>(event->words);
  if (index >= words.size()) return SEBEN_USAGE;
  const seben::StreamWord& w = words[index];
  const seben_span known{sizeof(seben_span), w.text.c_str(), w.start_seconds, w.end_seconds, w.confidence, 0};
  return seben::c_api::fill_span(known, span);
}

void seben_stream_close(seben_stream* stream) { delete stream; }
}
