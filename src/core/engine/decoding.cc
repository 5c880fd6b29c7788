// SPDX-License-Identifier: Apache-2.0
#include "engine/decoding.h"

#include <algorithm>
#include <charconv>
#include <string_view>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "base/format.h"
#include "decode/ctc/align.h"
#include "engine/load_corrector.h"
#include "engine/n_best.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::pipeline {
namespace {

constexpr std::size_t kMaxHotwordBytes = std::size_t{1} << 20;
constexpr std::int64_t kMaxWidth = 10'000;

[[noreturn]] void refuse(const std::string& option, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, option, expected, found);
}

bool has_hotwords(const CtcOptions& o) { return !o.hotwords.empty() || !o.hotwords_text.empty(); }

// A weight of nothing is a mistake of whoever typed it.
void require_together(const CtcOptions& o) {
  if (o.search != "greedy" && o.search != "beam") refuse("search", "greedy or beam", o.search);
  if (!o.hotwords.empty() && !o.hotwords_text.empty()) refuse("hotwords", "a path or a text", "both");
  if (!o.words.empty() && !o.words_text.empty()) refuse("words", "a path or a text", "both");
  const bool beam = o.search == "beam";
  const auto needs = [](bool given, bool possible, const std::string& option, const std::string& expected) {
    if (given && !possible) refuse(option, expected, "none");
  };
  needs(o.beam_width.has_value(), beam, "beam width", "the beam search");
  needs(!o.language_model.empty(), beam, "language model", "the beam search");
  needs(o.length_bonus.has_value(), beam, "length bonus", "the beam search");
  needs(has_hotwords(o), beam, "hotwords", "the beam search");
  needs(o.syllables != "off", beam, "syllables", "the beam search");
  needs(o.n_best.has_value(), beam, "n best", "the beam search");
  needs(o.lm_weight.has_value(), !o.language_model.empty(), "weight of the language model", "a language model");
  needs(o.hotword_boost.has_value(), has_hotwords(o), "hotword boost", "hotwords");
  needs(o.words_mode.has_value(), o.forced_choice(), "words mode", "words");
  needs(o.words_threshold.has_value(), o.forced_choice(), "words threshold", "words");
  if (beam && o.forced_choice()) refuse("words", "no beam search, whose texts are free", "both");
}

ctc::SyllableRule parse_rule(const std::string& name) {
  if (name == "off") return ctc::SyllableRule::off;
  if (name == "penalty") return ctc::SyllableRule::penalty;
  if (name == "forbid") return ctc::SyllableRule::forbid;
  refuse("syllables", "off, penalty or forbid", name);
}

double parse_boost(std::string_view text, const std::string& where) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw Error(ErrorCategory::bad_data, where, "a number after the tab", base::format("\"{}\"", text));
  }
  return value;
}

}  // namespace

std::vector<ctc::Hotword> read_hotwords(const std::string& path, double boost, const nko::Vocabulary& vocabulary) {
  return parse_hotwords(base::read_text(path, kMaxHotwordBytes), path, boost, vocabulary);
}

std::vector<ctc::Hotword> parse_hotwords(std::string_view text, const std::string& source, double boost,
                                         const nko::Vocabulary& vocabulary) {
  if (text.size() > kMaxHotwordBytes) {
    throw Error(ErrorCategory::bad_data, source, base::format("at most {} bytes", kMaxHotwordBytes),
                std::to_string(text.size()));
  }
  text = base::without_byte_order_mark(text);
  std::vector<ctc::Hotword> out;
  std::size_t number = 0;
  for (std::size_t from = 0, to = 0; from < text.size(); from = to + 1) {
    to = std::min(text.find('\n', from), text.size());
    std::string_view line = text.substr(from, to - from);
    const std::string where = base::format("{}: line {}", source, ++number);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty() || line.starts_with('#')) continue;
    const std::size_t tab = line.find('\t');
    const std::string phrase = nko::normalise(line.substr(0, tab), where);
    ctc::Hotword hotword{vocabulary.encode(phrase, where), boost};
    if (tab != std::string_view::npos) hotword.boost = parse_boost(line.substr(tab + 1), where);
    try {
      (void)ctc::Hotwords({&hotword, 1}, vocabulary);  // so that the line is named
    } catch (const Error& error) {
      throw Error(ErrorCategory::bad_data, where, error.expected(), error.found());
    }
    out.push_back(std::move(hotword));
  }
  if (out.empty()) throw Error(ErrorCategory::bad_data, source, "at least one phrase", "none");
  return out;
}

Decoding::Decoding(const CtcOptions& options, const nko::Vocabulary& vocabulary, const Decoding* before)
    : vocabulary_(vocabulary), beam_(options.search == "beam") {
  require_together(options);
  if (options.forced_choice()) chooser_ = std::make_shared<const WordChooser>(options, vocabulary_);
  if (!beam_) return;
  const std::int64_t width = options.beam_width.value_or(16);
  if (width < 1 || width > kMaxWidth) refuse("beam width", base::format("1..{}", kMaxWidth), std::to_string(width));
  options_.width = static_cast<std::size_t>(width);
  options_.syllables = parse_rule(options.syllables);
  if (options.n_best) {
    if (*options.n_best < 1 || *options.n_best > width) {
      refuse("n best", base::format("1..{}, the beam's width", width), std::to_string(*options.n_best));
    }
    n_best_ = static_cast<std::size_t>(*options.n_best);
    options_.top = options_.width;  // shares are of all that the beam keeps
  }
  model_path_ = options.language_model;
  const bool same = before != nullptr && before->model_ != nullptr && before->model_path_ == model_path_;
  model_ = same ? before->model_ : load_language_model(model_path_);
  options_.model = model_.get();
  options_.lm_weight = options.lm_weight.value_or(kDefaultLmWeight);
  options_.length_bonus = options.length_bonus.value_or(model_ ? kDefaultLengthBonus : 0.0);
  if (!has_hotwords(options)) return;
  const double boost = options.hotword_boost.value_or(kDefaultHotwordBoost);
  const auto phrases = options.hotwords.empty() ? parse_hotwords(options.hotwords_text, "hotwords", boost, vocabulary_)
                                                : read_hotwords(options.hotwords, boost, vocabulary_);
  hotwords_ = std::make_shared<const ctc::Hotwords>(phrases, vocabulary_);
  options_.hotwords = hotwords_.get();
}

Reading Decoding::read(ctc::LogProbsView log_probs) const {
  if (!beam_) return {ctc::greedy(log_probs, vocabulary_.blank()).symbols, true};
  auto texts = ctc::beam_search(log_probs, vocabulary_, options_);
  const bool possible = !texts.empty();
  if (!possible) {
    ctc::BeamOptions softer = options_;
    softer.syllables = ctc::SyllableRule::penalty;
    texts = ctc::beam_search(log_probs, vocabulary_, softer);
  }
  auto hypothesis = ctc::align(log_probs, texts.at(0).labels, vocabulary_.blank());
  if (!hypothesis) throw Error(ErrorCategory::internal, "beam search", "a text that the frames carry", "another");
  Reading out{std::move(hypothesis->symbols), possible};
  if (n_best_ == 0) return out;
  set_posteriors(out.symbols, texts, vocabulary_);
  out.texts = likeliest(texts, vocabulary_, n_best_);
  return out;
}

}  // namespace seben::pipeline
