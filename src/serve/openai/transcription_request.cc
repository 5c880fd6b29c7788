// SPDX-License-Identifier: Apache-2.0
#include "openai/transcription_request.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "base/format.h"
#include "base/json.h"
#include "base/printable.h"
#include "openai/api_error.h"

namespace seben::serve {
namespace {

[[noreturn]] void refuse_field(const std::string& field, const std::string& expected, std::string_view found) {
  throw ApiError(400, "invalid_value",
                 base::format("{}: expected {}, found \"{}\"", field, expected, base::printable(found).substr(0, 100)),
                 field);
}

// "name[]" and "name[0]" are elements of "name", "name[key]" its member.
std::string base_name(const std::string& name) { return name.substr(0, name.find('[')); }

std::optional<AnswerFormat> parse_answer_format(std::string_view word) {
  if (word == "json") return AnswerFormat::json;
  if (word == "text") return AnswerFormat::text;
  if (word == "srt") return AnswerFormat::srt;
  if (word == "verbose_json") return AnswerFormat::verbose_json;
  if (word == "vtt") return AnswerFormat::vtt;
  return std::nullopt;
}

bool parse_bool(const std::string& field, const std::string& value) {
  if (value == "true" || value == "True" || value == "1") return true;
  if (value == "false" || value == "False" || value == "0" || value == "null" || value.empty()) return false;
  refuse_field(field, "true or false", value);
}

double parse_temperature(const std::string& value) {
  double out = 0.0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), out);
  if (error != std::errc() || end != value.data() + value.size() || !(out >= 0.0 && out <= 1.0)) {
    refuse_field("temperature", "a number from 0 to 1", value);
  }
  return out;
}

// A field brings one value, or a list as JSON.
void add_values(const std::string& field, const std::string& value, std::vector<std::string>& out) {
  if (value.starts_with('[')) {
    try {
      const nlohmann::json list = base::parse_json(value, field, {65'536, 4, 1000});
      for (const base::JsonReader& one : base::JsonReader(list, field).as_array(1000)) out.push_back(one.as_string());
    } catch (const Error& error) {
      throw ApiError(400, "invalid_value", error.what(), field);
    }
    return;
  }
  out.push_back(value);
}

class FieldReader {
 public:
  FieldReader(Task task, bool strict) : task_(task), strict_(strict) {}

  void read(const std::string& name, const std::string& value) {
    const std::string field = base_name(name);
    if (name == field && !is_list(field) && !seen_.insert(field).second) refuse_field(field, "one value", "two");
    if (field == "model") return void(out_.model = value);
    if (field == "prompt") return void(out_.prompt = value);
    if (field == "response_format") return read_format(value);
    if (field == "temperature") return void(out_.temperature = value.empty() ? 0.0 : parse_temperature(value));
    if (task_ == Task::transcribe && read_of_transcription(field, value)) return;
    if (strict_) {
      throw ApiError(400, "unknown_parameter", "there is no field \"" + base::printable(name) + "\"",
                     base::printable(name));
    }
    ignore(field);
  }

  TranscriptionRequest finish() {
    if (out_.model.empty())
      throw ApiError(400, "missing_required_parameter", "model: expected a name, found none", "model");
    finish_granularities();
    if (!include_.empty() && out_.format != AnswerFormat::json) {
      refuse_field("include", "response_format json for logprobs", "another");
    }
    for (const std::string& what : include_) {
      if (what != "logprobs") refuse_field("include", "logprobs", what);
      out_.logprobs = true;
    }
    if (out_.stream && out_.format != AnswerFormat::json && out_.format != AnswerFormat::text) {
      refuse_field("stream", "response_format json or text for a stream", "another");
    }
    for (const std::string& keyword : out_.keywords) {
      if (keyword.find_first_of("\n\r\t") != std::string::npos)
        refuse_field("keywords", "words without line ends", keyword);
    }
    return std::move(out_);
  }

 private:
  static bool is_list(const std::string& field) {
    return field == "timestamp_granularities" || field == "include" || field == "keywords" || field == "languages" ||
           field == "hotwords" || field == "chunking_strategy" || field.starts_with("known_speaker_");
  }
  void ignore(const std::string& field) {
    std::string name;  // a header takes printable ASCII only
    for (const char c : field.substr(0, 64)) name += c > ' ' && c < 0x7F && c != ',' ? c : '?';
    if (std::ranges::find(out_.ignored, name) == out_.ignored.end() && out_.ignored.size() < 32)
      out_.ignored.push_back(name);
  }
  void read_format(const std::string& value) {
    const auto format = parse_answer_format(value);
    if (value == "diarized_json")
      refuse_field("response_format", "one without speakers: nobody here tells them apart", value);
    if (!format) refuse_field("response_format", "json, text, srt, verbose_json or vtt", value);
    out_.format = *format;
  }
  bool read_of_transcription(const std::string& field, const std::string& value) {
    if (field == "language") return out_.language = value, true;
    if (field == "stream") return out_.stream = parse_bool(field, value), true;
    if (field == "timestamp_granularities") return add_values(field, value, granularities_), true;
    if (field == "include") return add_values(field, value, include_), true;
    if (field == "keywords" || field == "hotwords") return add_values(field, value, out_.keywords), true;
    if (field == "languages" || field == "chunking_strategy") return ignore(field), true;
    if (field.starts_with("known_speaker_")) refuse_field(field, "nothing: nobody here tells speakers apart", value);
    return false;
  }
  void finish_granularities() {
    if (granularities_.empty()) return;
    if (out_.format != AnswerFormat::verbose_json) {
      refuse_field("timestamp_granularities", "response_format verbose_json", "another");
    }
    out_.segments = false;
    for (const std::string& one : granularities_) {
      if (one != "word" && one != "segment") refuse_field("timestamp_granularities", "word or segment", one);
      (one == "word" ? out_.words : out_.segments) = true;
    }
  }

  Task task_;
  bool strict_;
  TranscriptionRequest out_;
  std::vector<std::string> granularities_, include_;
  std::set<std::string> seen_;
};

}  // namespace

TranscriptionRequest read_transcription(const Fields& fields, Task task, bool strict) {
  FieldReader reader(task, strict);
  for (const auto& [name, value] : fields) reader.read(name, value);
  return reader.finish();
}

Writer writer_for(Task task, const ModelFacts& model) {
  if (task == Task::transcribe) return Writer::own;
  if (model.has_whisper) return Writer::whisper;
  throw ApiError(400, "invalid_value",
                 "model: expected one with Whisper's decoder, which translates, found one without", "model");
}

void note_idle_fields(TranscriptionRequest& request, Task task, const ModelFacts& model) {
  const bool whisper = task == Task::translate || !model.has_head;
  const auto idle = [&](bool given, const char* field) {
    if (given) request.ignored.emplace_back(field);
  };
  idle(whisper && !request.keywords.empty(), "keywords");
  idle(!whisper && !request.language.empty(), "language");
  idle(!whisper && !request.prompt.empty(), "prompt");
  idle(!whisper && request.temperature != 0.0, "temperature");
}

CallOptions options_for(const TranscriptionRequest& request, Task task, const ModelFacts& model,
                        const TranscriberOptions& loaded) {
  CallOptions out{loaded, false};
  if (task == Task::transcribe && model.has_head) {
    if (request.keywords.empty()) return out;
    out.options.ctc.search = "beam";
    for (const std::string& keyword : request.keywords) out.options.ctc.hotwords_text += keyword + "\n";
    out.changed = true;
    return out;
  }
  if (request.logprobs) refuse_field("include", "a model with a CTC head, which has them letter by letter", "logprobs");
  WhisperOptions& w = out.options.whisper;
  w.language = request.language;
  w.task = task == Task::translate ? "translate" : "transcribe";
  w.initial_prompt = request.prompt;
  w.word_times = request.words;
  if (request.temperature != 0.0) w.temperatures = {request.temperature};
  out.changed = !request.language.empty() || task == Task::translate || !request.prompt.empty() || request.words ||
                request.temperature != 0.0;
  return out;
}

}  // namespace seben::serve
