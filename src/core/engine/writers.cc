// SPDX-License-Identifier: Apache-2.0
#include "engine/writers.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/format.h"
#include "base/rounded.h"
#include "engine/cue_pieces.h"
#include "seben/version.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr std::array kFormats{Format::txt, Format::json, Format::srt, Format::vtt, Format::tsv};

// hh:mm:ss,mmm or hh:mm:ss.mmm
std::string clock(double seconds, char decimal) {
  const auto ms = static_cast<std::int64_t>(std::llround(std::max(seconds, 0.0) * 1000.0));
  return base::format("{:02}:{:02}:{:02}{}{:03}", ms / 3'600'000, ms / 60'000 % 60, ms / 1000 % 60, decimal, ms % 1000);
}

std::string replace_all(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

// Right-to-left embedding and its end around a line, for players that lay subtitles out from left to right; WebVTT's
// lines take their direction from the first strong character, for which a mark is enough.
constexpr std::string_view kEmbedding = "\xE2\x80\xAB", kEmbeddingEnd = "\xE2\x80\xAC",
                           kRightToLeftMark = "\xE2\x80\x8F";

bool is_right_to_left(const Cue& cue) {
  return std::ranges::any_of(cue.lines, [](const std::string& line) { return nko::has_right_to_left(line); });
}

std::string prefix_of(std::int32_t channel) { return channel > 0 ? base::format("[{}] ", channel) : ""; }

// The cue once more in Latin letters, if that is wanted as well.
std::vector<std::string> second_lines(const Cue& cue, const Layout& layout) {
  std::vector<std::string> out;
  if (layout.script != TextScript::both) return out;
  for (const std::string& line : cue.lines) out.push_back(latin_of(line));
  return out;
}

// Lines of txt and srt.
std::vector<std::string> plain_lines(const Cue& cue, const Layout& layout) {
  std::vector<std::string> out = cue.lines;
  out.front() = prefix_of(cue.channel) + out.front();
  if (layout.rtl_marks && is_right_to_left(cue)) {
    for (std::string& line : out) line = std::string(kEmbedding) + line + std::string(kEmbeddingEnd);
  }
  for (std::string& line : second_lines(cue, layout)) out.push_back(std::move(line));
  return out;
}

std::vector<std::string> lines_of(const Transcript& t, const Layout& layout) {
  std::vector<std::string> out;
  for (const Cue& cue : make_cues(t, {layout.limits.line_width, {}, {}}).cues) {
    for (std::string& line : plain_lines(cue, layout)) out.push_back(std::move(line));
  }
  return out;
}

std::string txt(const Transcript& t, const Layout& layout) {
  std::string out;
  for (const std::string& line : lines_of(t, layout)) out += line + "\n";
  return out.empty() ? "\n" : out;
}

std::string srt(const Transcript& t, const Layout& layout) {
  std::string out;
  std::size_t number = 0;
  for (const Cue& cue : make_cues(t, layout.limits).cues) {
    out += base::format("{}\n{} --> {}\n{}\n\n", ++number, clock(cue.start, ','), clock(cue.end, ','),
                        base::join(plain_lines(cue, layout), "\n"));
  }
  return out;
}

std::string vtt(const Transcript& t, const Layout& layout) {
  const Cues cues = make_cues(t, layout.limits);
  std::string out = "WEBVTT\n\n";
  if (cues.estimated) out += "NOTE Times within segments are shared out by length of text.\n\n";
  for (const Cue& cue : cues.cues) {
    const bool mark = layout.rtl_marks && is_right_to_left(cue);
    std::string text;
    const auto add = [&](const std::string& line, std::string_view before) {
      // The format's own markup starts with these characters.
      const std::string escaped = replace_all(replace_all(replace_all(line, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
      text += (text.empty() ? "" : "\n") + std::string(before) + escaped;
    };
    for (const std::string& line : cue.lines) add(line, mark ? kRightToLeftMark : "");
    for (const std::string& line : second_lines(cue, layout)) add(line, "");
    if (cue.channel > 0) text = base::format("<v channel {}>", cue.channel) + text;
    out += base::format("{} --> {}\n{}\n\n", clock(cue.start, '.'), clock(cue.end, '.'), text);
  }
  return out;
}

std::string tsv(const Transcript& t, TextScript script) {
  const bool channels = !t.segments.empty() && t.segments.front().channel > 0;
  const bool both = script == TextScript::both;
  std::string out =
      base::format("start\tend\tconfidence\ttext{}{}\n", channels ? "\tchannel" : "", both ? "\tlatin" : "");
  for (const Segment& s : t.segments) {
    out += base::format("{:.3f}\t{:.3f}\t{:.3f}\t{}", s.start, s.end, s.confidence, one_line(s.text));
    if (channels) out += base::format("\t{}", s.channel);
    if (both) out += "\t" + latin_of(one_line(s.text));
    out += "\n";
  }
  return out;
}

template <typename Part>
nlohmann::ordered_json span_of(const Part& part) {
  nlohmann::ordered_json out{{"text", part.text},
                             {"start", base::rounded(part.start, 1e3)},
                             {"end", base::rounded(part.end, 1e3)},
                             {"confidence", base::rounded(part.confidence, 1e4)}};
  if (part.channel > 0) out["channel"] = part.channel;
  return out;
}

template <typename Part>
nlohmann::ordered_json list(const std::vector<Part>& parts, bool log_prob) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  for (const Part& part : parts) {
    array.push_back(span_of(part));
    if constexpr (requires { part.log_prob; }) {
      if (log_prob) array.back()["log_prob"] = base::rounded(part.log_prob, 1e4);
    }
    if constexpr (requires { part.posterior; }) {
      if (part.posterior) array.back()["posterior"] = base::rounded(*part.posterior, 1e4);
    }
  }
  return array;
}

// JSON has no NaN.
nlohmann::ordered_json number_or_null(double value) {
  return std::isfinite(value) ? nlohmann::ordered_json(base::rounded(value, 1e6)) : nlohmann::ordered_json();
}

nlohmann::ordered_json whisper(const WhisperText& w) {
  nlohmann::ordered_json segments = nlohmann::ordered_json::array();
  for (const WhisperSegment& s : w.segments) {
    segments.push_back({{"text", s.text},
                        {"start", base::rounded(s.start, 1e3)},
                        {"end", base::rounded(s.end, 1e3)},
                        {"tokens", s.tokens},
                        {"avg_logprob", number_or_null(s.avg_logprob)},
                        {"no_speech_prob", number_or_null(s.no_speech_prob)},
                        {"compression_ratio", number_or_null(s.compression_ratio)},
                        {"temperature", base::rounded(s.temperature, 1e4)},
                        {"words", list(s.words, false)}});
    if (s.channel > 0) segments.back()["channel"] = s.channel;
  }
  return {{"decoder", w.decoder},
          {"language", w.language},
          {"language_probability", base::rounded(w.language_probability, 1e4)},
          {"task", w.task},
          {"text", w.text},
          {"segments", std::move(segments)},
          {"windows", w.windows},
          {"silent_windows", w.silent_windows},
          {"batch_size", w.batch_size}};
}

nlohmann::ordered_json choices_of(const std::vector<WordChoice>& choices) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const WordChoice& c : choices) {
    out.push_back(span_of(c));
    out.back().update({{"accepted", c.accepted},
                       {"probability", base::rounded(c.probability, 1e4)},
                       {"fit", base::rounded(c.fit, 1e4)},
                       {"log_prob", number_or_null(c.log_prob)},
                       {"margin", number_or_null(c.margin)},
                       {"runner_up", c.runner_up}});
  }
  return out;
}

nlohmann::ordered_json channels_of(const Transcript& t) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const ChannelText& c : t.channels) {
    out.push_back({{"channel", c.channel}, {"text", c.text}, {"audio_seconds", base::rounded(c.audio_seconds, 1e3)}});
    if (!t.whisper) continue;
    out.back()["whisper_text"] = c.whisper_text;
    out.back()["language"] = c.language;
    out.back()["language_probability"] = base::rounded(c.language_probability, 1e4);
  }
  return out;
}

nlohmann::ordered_json alternatives_of(const Transcript& t) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const WindowAlternatives& window : t.alternatives) {
    nlohmann::ordered_json texts = nlohmann::ordered_json::array();
    for (const Alternative& a : window.texts) {
      texts.push_back({{"text", a.text},
                       {"score", base::rounded(a.score, 1e4)},
                       {"log_prob", number_or_null(a.log_prob)},
                       {"probability", base::rounded(a.probability, 1e6)}});
    }
    out.push_back({{"start", base::rounded(window.start, 1e3)},
                   {"end", base::rounded(window.end, 1e3)},
                   {"texts", std::move(texts)}});
    if (window.channel > 0) out.back()["channel"] = window.channel;
  }
  return out;
}

nlohmann::ordered_json refused_of(const Transcript& t) {
  nlohmann::ordered_json out = nlohmann::ordered_json::array();
  for (const RefusedText& r : t.refused) {
    out.push_back({{"text", r.text},
                   {"start", base::rounded(r.start, 1e3)},
                   {"end", base::rounded(r.end, 1e3)},
                   {"score", base::rounded(r.score, 1e4)},
                   {"limit", base::rounded(r.limit, 1e4)}});
    if (r.channel > 0) out.back()["channel"] = r.channel;
  }
  return out;
}

// Everything with a text, once more in Latin letters.
void add_latin(nlohmann::ordered_json& parts) {
  for (nlohmann::ordered_json& part : parts) part["latin"] = latin_of(part.at("text").get<std::string>());
}

std::string json(const Transcript& t, const std::string& source, TextScript script) {
  nlohmann::ordered_json out{{"seben", SEBEN_VERSION},
                             {"source", source},
                             {"bundle", t.bundle},
                             {"precision", t.precision},
                             {"audio_seconds", base::rounded(t.audio_seconds, 1e3)},
                             {"windows", t.windows},
                             {"encoder_runs", t.timings.encoder_runs},
                             {"text", t.text}};
  if (script == TextScript::latin) out["script"] = "latin";
  if (script == TextScript::both) out["latin"] = latin_of(t.text);
  out["segments"] = list(t.segments, false);
  out["words"] = list(t.words, true);
  out["characters"] = list(t.characters, true);
  out["corrections"] = t.corrections ? nlohmann::ordered_json(to_json(*t.corrections)) : nlohmann::ordered_json();
  out["whisper"] = t.whisper ? whisper(*t.whisper) : nlohmann::ordered_json();
  if (t.choices) out["choices"] = choices_of(*t.choices);
  if (!t.alternatives.empty()) out["alternatives"] = alternatives_of(t);
  if (!t.channels.empty()) out["channels"] = channels_of(t);
  out["warnings"] = t.warnings;
  out["suspect"] = t.suspect;
  if (!t.refused.empty()) out["refused"] = refused_of(t);
  if (script == TextScript::both) {
    for (const char* parts : {"segments", "words", "choices", "channels", "refused"}) {
      if (out.contains(parts)) add_latin(out[parts]);
    }
    if (out.contains("alternatives")) {
      for (nlohmann::ordered_json& window : out["alternatives"]) add_latin(window["texts"]);
    }
  }
  out["timings"] = {
      {"audio", base::rounded(t.timings.audio, 1e6)},     {"mel", base::rounded(t.timings.mel, 1e6)},
      {"encoder", base::rounded(t.timings.encoder, 1e6)}, {"head", base::rounded(t.timings.head, 1e6)},
      {"decode", base::rounded(t.timings.decode, 1e6)},   {"whisper", base::rounded(t.timings.whisper, 1e6)}};

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
                     {"start", base::rounded(e.start, 1e3)},
                     {"end", base::rounded(e.end, 1e3)},
                     {"probability", e.probability},
                     {"gain", e.gain},
                     {"reasons", std::move(reasons)}});
    if (e.channel > 0) edits.back()["channel"] = e.channel;
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

std::string write(const Transcript& transcript, Format format, const std::string& source, const Layout& layout) {
  const Transcript latin = layout.script == TextScript::latin ? in_latin(transcript) : Transcript();
  const Transcript& t = layout.script == TextScript::latin ? latin : transcript;
  switch (format) {
    case Format::txt: return txt(t, layout);
    case Format::json: return json(t, source, layout.script);
    case Format::srt: return srt(t, layout);
    case Format::vtt: return vtt(t, layout);
    case Format::tsv: return tsv(t, layout.script);
  }
  return {};
}

std::vector<std::string> text_lines(const Transcript& transcript, const Layout& layout) {
  if (layout.script == TextScript::latin) return lines_of(in_latin(transcript), layout);
  return lines_of(transcript, layout);
}

bool has_estimated_times(const Transcript& transcript, Format format, const Layout& layout) {
  if (format != Format::srt && format != Format::vtt) return false;
  if (layout.script == TextScript::latin) return make_cues(in_latin(transcript), layout.limits).estimated;
  return make_cues(transcript, layout.limits).estimated;
}

std::string for_terminal(const std::string& text, Direction direction) {
  return (direction == Direction::nko ? "\xE2\x81\xA7" : "\xE2\x81\xA8") + one_line(text) + "\xE2\x81\xA9";
}

}  // namespace seben::pipeline
