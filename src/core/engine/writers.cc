// SPDX-License-Identifier: Apache-2.0
#include "engine/writers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/format.h"
#include "seben/version.h"

namespace seben::pipeline {
namespace {

constexpr std::array kFormats{Format::txt, Format::json, Format::srt, Format::vtt, Format::tsv};

// hh:mm:ss,mmm or hh:mm:ss.mmm
std::string clock(double seconds, char decimal) {
  const auto ms = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0) * 1000.0));
  return base::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, decimal, ms % 1000);
}

double rounded(double value, double places) { return std::round(value * places) / places; }

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// A vocabulary may hold any text: line ends would break the formats, escape sequences would steer a terminal.
std::string one_line(std::string text) {
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return text;
}

std::string txt(const Transcript& t) {
  std::string out;
  for (const Segment& s : t.segments) out += one_line(s.text) + "\n";
  return out.empty() ? "\n" : out;
}

std::string srt(const Transcript& t) {
  std::string out;
  std::size_t number = 0;
  for (const Segment& s : t.segments) {
    out += base::format("{}\n{} --> {}\n{}\n\n", ++number, clock(s.start, ','), clock(s.end, ','), one_line(s.text));
  }
  return out;
}

std::string vtt(const Transcript& t) {
  std::string out = "WEBVTT\n\n";
  for (const Segment& s : t.segments) {
    // The format's own markup starts with these characters.
    const std::string text =
        replace_all(replace_all(replace_all(one_line(s.text), "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
    out += base::format("{} --> {}\n{}\n\n", clock(s.start, '.'), clock(s.end, '.'), text);
  }
  return out;
}

std::string tsv(const Transcript& t) {
  std::string out = "start\tend\tconfidence\ttext\n";
  for (const Segment& s : t.segments) {
    out += base::format("{:.3f}\t{:.3f}\t{:.3f}\t{}\n", s.start, s.end, s.confidence, one_line(s.text));
  }
  return out;
}

template <typename Part>
nlohmann::ordered_json span_of(const Part& part) {
  return {{"text", part.text},
          {"start", rounded(part.start, 1e3)},
          {"end", rounded(part.end, 1e3)},
          {"confidence", rounded(part.confidence, 1e4)}};
}

template <typename Part>
nlohmann::ordered_json list(const std::vector<Part>& parts, bool log_prob) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const Part& part : parts) {
    array.push_back(span_of(part));
    if constexpr (requires { part.log_prob; }) {
      if (log_prob) array.back()["log_prob"] = rounded(part.log_prob, 1e4);
    }
  }
  return array;
}

// JSON has no NaN.
nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(rounded(value, 1e6)) : nlohmann::ordered_json();
}

nlohmann::ordered_json whisper(const WhisperText& w) {
  nlohmann::ordered_json segments = nlohmann::ordered_json::array();
  for (const WhisperSegment& s : w.segments) {
    segments.push_back({{"text", s.text},
                        {"start", rounded(s.start, 1e3)},
                        {"end", rounded(s.end, 1e3)},
                        {"tokens", s.tokens},
                        {"avg_logprob", number_or_null(s.avg_logprob)},
                        {"no_speech_prob", number_or_null(s.no_speech_prob)},
                        {"compression_ratio", number_or_null(s.compression_ratio)},
                        {"temperature", rounded(s.temperature, 1e4)},
                        {"words", list(s.words, false)}});
  }
  return {{"decoder", w.decoder},
          {"language", w.language},
          {"language_probability", rounded(w.language_probability, 1e4)},
          {"task", w.task},
          {"text", w.text},
          {"segments", std::move(segments)},
          {"windows", w.windows},
          {"silent_windows", w.silent_windows}};
}

std::string json(const Transcript& t, const std::string& source) {
  nlohmann::ordered_json out{{"seben", SEBEN_VERSION},
                             {"source", source},
                             {"bundle", t.bundle},
                             {"precision", t.precision},
                             {"audio_seconds", rounded(t.audio_seconds, 1e3)},
                             {"windows", t.windows},
                             {"encoder_runs", t.timings.encoder_runs},
                             {"text", t.text}};
  out["segments"] = list(t.segments, false);
  out["words"] = list(t.words, true);
  out["characters"] = list(t.characters, true);
  out["corrections"] = t.corrections ? nlohmann::ordered_json(to_json(*t.corrections)) : nlohmann::ordered_json();
  out["whisper"] = t.whisper ? whisper(*t.whisper) : nlohmann::ordered_json();
  out["warnings"] = t.warnings;
  out["suspect"] = t.suspect;
  out["timings"] = {{"audio", rounded(t.timings.audio, 1e6)},     {"mel", rounded(t.timings.mel, 1e6)},
                    {"encoder", rounded(t.timings.encoder, 1e6)}, {"head", rounded(t.timings.head, 1e6)},
                    {"decode", rounded(t.timings.decode, 1e6)},   {"whisper", rounded(t.timings.whisper, 1e6)}};

  // A file name need not be UTF-8, JSON must be.
  return out.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace

nlohmann::json to_json(const Corrections& corrections) {
  nlohmann::json edits = nlohmann::json::array();
  for (const TextEdit& e : corrections.edits) {
    nlohmann::json reasons = nlohmann::json::array();
    for (const EditReason& r : e.reasons) {
      reasons.push_back({{"feature", r.feature}, {"value", r.value}, {"contribution", r.contribution}});
    }
    edits.push_back({{"kind", e.kind},
                     {"from", e.from},
                     {"to", e.to},
                     {"start", rounded(e.start, 1e3)},
                     {"end", rounded(e.end, 1e3)},
                     {"probability", e.probability},
                     {"gain", e.gain},
                     {"reasons", std::move(reasons)}});
  }
  return {{"mode", corrections.mode}, {"hypothesis", corrections.hypothesis}, {"edits", std::move(edits)}};
}

std::string_view to_string(Format format) noexcept {
  switch (format) {
    case Format::txt: return "txt";
    case Format::json: return "json";
    case Format::srt: return "srt";
    case Format::vtt: return "vtt";
    case Format::tsv: return "tsv";
  }
  return "";
}

std::optional<Format> parse_format(std::string_view word) noexcept {
  for (const Format format : kFormats) {
    if (to_string(format) == word) return format;
  }
  return std::nullopt;
}

std::string write(const Transcript& transcript, Format format, const std::string& source) {
  switch (format) {
    case Format::txt: return txt(transcript);
    case Format::json: return json(transcript, source);
    case Format::srt: return srt(transcript);
    case Format::vtt: return vtt(transcript);
    case Format::tsv: return tsv(transcript);
  }
  return {};
}

std::string for_terminal(const std::string& text, Direction direction) {
  return (direction == Direction::nko ? "\xE2\x81\xA7" : "\xE2\x81\xA8") + one_line(text) + "\xE2\x81\xA9";
}

}  // namespace seben::pipeline
