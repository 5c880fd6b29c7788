// SPDX-License-Identifier: Apache-2.0
#include "openai/answers.h"

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/rounded.h"
#include "base/utf8.h"
#include "decode/whisper/fallback.h"
#include "engine/writers.h"
#include "text/tokenizer/languages.h"

namespace seben::serve {
namespace {

using Json = nlohmann::ordered_json;

constexpr double kSeeksPerSecond = 100.0;  // frames of 10 ms, as Whisper counts them
constexpr double kLeast = 1e-9;            // of a confidence whose logarithm is taken

// JSON has no NaN, and clients drop segments above 0.6.
double finite_or_zero(double value) { return std::isfinite(value) ? value : 0.0; }

// An English name, as OpenAI has it; a head writes N'Ko.
std::string language_of(const Transcript& t, Task task) {
  if (task == Task::translate) return "english";
  if (!t.whisper) return "nqo";
  const auto name = tokenizer::language_name(t.whisper->language);
  return std::string(name.value_or(t.whisper->language));
}

Json whisper_segments(const WhisperText& text) {
  Json out = Json::array();
  for (const WhisperSegment& s : text.segments) {
    out.push_back({{"id", out.size()},
                   {"seek", std::llround(s.start * kSeeksPerSecond)},
                   {"start", base::rounded(s.start, 1e3)},
                   {"end", base::rounded(s.end, 1e3)},
                   {"text", s.text},
                   {"tokens", s.tokens},
                   {"temperature", s.temperature},
                   {"avg_logprob", finite_or_zero(s.avg_logprob)},
                   {"compression_ratio", finite_or_zero(s.compression_ratio)},
                   {"no_speech_prob", finite_or_zero(s.no_speech_prob)}});
  }
  return out;
}

// A head knows no tokens, no temperature and no token of silence.
Json head_segments(const Transcript& t) {
  Json out = Json::array();
  for (const Segment& s : t.segments) {
    out.push_back({{"id", out.size()},
                   {"seek", std::llround(s.start * kSeeksPerSecond)},
                   {"start", base::rounded(s.start, 1e3)},
                   {"end", base::rounded(s.end, 1e3)},
                   {"text", s.text},
                   {"tokens", Json::array()},
                   {"temperature", 0.0},
                   {"avg_logprob", std::log(std::clamp(s.confidence, kLeast, 1.0))},
                   {"compression_ratio", finite_or_zero(generate::compression_ratio(s.text))},
                   {"no_speech_prob", 0.0}});
  }
  return out;
}

Json words_of(const Transcript& t, bool confidence) {
  Json out = Json::array();
  for (const Word& w : t.words) {
    out.push_back({{"word", w.text}, {"start", base::rounded(w.start, 1e3)}, {"end", base::rounded(w.end, 1e3)}});
    if (confidence) out.back()["confidence"] = base::rounded(w.confidence, 1e4);
  }
  return out;
}

Json verbose(const Transcript& t, const TranscriptionRequest& request, Task task) {
  Json out{{"task", task == Task::translate ? "translate" : "transcribe"},
           {"language", language_of(t, task)},
           {"duration", base::rounded(t.audio_seconds, 1e3)},
           {"text", t.text}};
  if (request.segments) out["segments"] = t.whisper ? whisper_segments(*t.whisper) : head_segments(t);
  if (request.words) out["words"] = words_of(t, false);
  out["usage"] = usage_of(t);
  out["seben"] = extras_of(t);
  return out;
}

Json plain(const Transcript& t, const TranscriptionRequest& request) {
  Json out{{"text", t.text}};
  if (request.logprobs) out["logprobs"] = logprobs_of(t);
  out["usage"] = usage_of(t);
  out["seben"] = extras_of(t);
  return out;
}

}  // namespace

std::string dump(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }
std::string event_line(const Json& json) { return "data: " + dump(json) + "\n\n"; }

Json logprobs_of(const Transcript& transcript) {
  Json out = Json::array();
  for (const Character& c : transcript.characters) {
    Json bytes = Json::array();
    for (const char byte : c.text) bytes.push_back(static_cast<unsigned char>(byte));
    out.push_back({{"token", c.text}, {"logprob", finite_or_zero(c.log_prob)}, {"bytes", std::move(bytes)}});
  }
  return out;
}

Json extras_of(const Transcript& t) {
  Json out{{"model", t.bundle}, {"precision", t.precision}, {"words", words_of(t, true)}};
  if (t.words.empty()) {  // Whisper's decoder was not asked for word times: the page makes subtitles of these
    out["segments"] = Json::array();
    for (const Segment& s : t.segments) {
      out["segments"].push_back(
          {{"start", base::rounded(s.start, 1e3)}, {"end", base::rounded(s.end, 1e3)}, {"text", s.text}});
    }
  }
  if (t.corrections) out["corrections"] = pipeline::to_json(*t.corrections);
  Json refused = Json::array();
  for (const RefusedText& r : t.refused) {
    refused.push_back({{"start", base::rounded(r.start, 1e3)}, {"end", base::rounded(r.end, 1e3)}, {"score", r.score}});
  }
  if (!refused.empty()) out["refused"] = std::move(refused);
  if (!t.suspect.empty()) out["suspect"] = t.suspect;
  if (!t.warnings.empty()) out["warnings"] = t.warnings;
  return out;
}

Json usage_of(const Transcript& transcript) {
  return {{"type", "duration"}, {"seconds", static_cast<std::int64_t>(std::ceil(transcript.audio_seconds))}};
}

Response make_answer(const Transcript& transcript, const TranscriptionRequest& request, Task task) {
  Response out;
  switch (request.format) {
    case AnswerFormat::json: out.body = dump(plain(transcript, request)) + "\n"; break;
    case AnswerFormat::verbose_json: out.body = dump(verbose(transcript, request, task)) + "\n"; break;
    case AnswerFormat::text:
      out.type = "text/plain; charset=utf-8";  // without it some clients take N'Ko for Latin-1
      out.body = transcript.text + "\n";
      break;
    case AnswerFormat::srt:
      out.type = "application/x-subrip; charset=utf-8";
      out.body = pipeline::write(transcript, pipeline::Format::srt, "");
      break;
    case AnswerFormat::vtt:
      out.type = "text/vtt; charset=utf-8";
      out.body = pipeline::write(transcript, pipeline::Format::vtt, "");
      break;
  }
  return out;
}

std::string DeltaWriter::delta(std::string_view text) {
  if (text.empty()) return {};
  const std::string piece = (sent_.empty() ? "" : " ") + base::replace_ill_formed(text);
  sent_ += piece;
  return event_line({{"type", "transcript.text.delta"}, {"delta", piece}});
}

std::string DeltaWriter::done(const Transcript& transcript, const TranscriptionRequest& request) {
  // Segments are joined by one space. A text that parts them otherwise keeps the deltas' spacing: what was said stands.
  std::string out;
  const std::string text = base::replace_ill_formed(transcript.text);
  if (text.starts_with(sent_) && text.size() > sent_.size()) {
    const std::string rest = text.substr(sent_.size());
    sent_ = text;
    out = event_line({{"type", "transcript.text.delta"}, {"delta", rest}});
  }
  Json done{{"type", "transcript.text.done"}, {"text", sent_}};
  if (request.logprobs) done["logprobs"] = logprobs_of(transcript);
  done["usage"] = usage_of(transcript);
  done["seben"] = extras_of(transcript);
  return out + event_line(done);
}

}  // namespace seben::serve
