// SPDX-License-Identifier: Apache-2.0
// How live a stream is: recordings replayed in simulated time, figures as one JSON object (docs/live.md).
//
//   seben-live replay BUNDLE MANIFEST [KEY=VALUE …]   what is committed when, how much flickers, error rates
//   seben-live edge BUNDLE MANIFEST [KEY=VALUE …]     how much of a reading changes, by distance from its end
//
// MANIFEST has a recording and its text a line, parted by a tab. Keys: clock=none (reading takes no time), wall, or cpu
// (its processor time over `threads`); threads, precision, decoder, language, step, margin, sure, silence, vad,
// unadmitted=1, most (lines).
#include <time.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "audio/decoder.h"
#include "seben/stream.h"
#include "text/nko/metrics.h"
#include "text/nko/utf8.h"

namespace {

using namespace seben;
using nlohmann::json;
using Kind = StreamEvent::Kind;

[[noreturn]] void usage(const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, "seben-live", expected, found);
}

struct Settings {
  std::string mode, bundle, manifest, clock = "none";
  TranscriberOptions model;
  StreamOptions stream;
  std::size_t most = 100000;
};

Settings settings_of(const std::vector<std::string>& arguments) {
  if (arguments.size() < 3) usage("replay|edge BUNDLE MANIFEST [KEY=VALUE …]", "fewer words");
  Settings out;
  out.mode = arguments[0];
  out.bundle = arguments[1];
  out.manifest = arguments[2];
  out.model.threads = 1;
  for (std::size_t i = 3; i < arguments.size(); ++i) {
    const std::size_t at = arguments[i].find('=');
    const std::string key = arguments[i].substr(0, at),
                      value = at == std::string::npos ? "" : arguments[i].substr(at + 1);
    if (key == "clock" && (value == "none" || value == "wall" || value == "cpu"))
      out.clock = value;
    else if (key == "threads")
      out.model.threads = std::stoi(value);
    else if (key == "precision")
      out.model.precision = value;
    else if (key == "decoder")
      out.model.decoder = value;
    else if (key == "language")
      out.model.whisper.language = value;
    else if (key == "step")
      out.stream.step_seconds = std::stod(value);
    else if (key == "margin")
      out.stream.commit_margin_seconds = std::stod(value);
    else if (key == "sure")
      out.stream.sure_confidence = std::stod(value);
    else if (key == "unadmitted")
      out.model.allow_unadmitted = value == "1";
    else if (key == "silence")
      out.stream.silence_seconds = std::stod(value);
    else if (key == "vad")
      out.stream.vad = value;
    else if (key == "most")
      out.most = static_cast<std::size_t>(std::stoul(value));
    else
      usage("a key that is known, and its value", arguments[i]);
  }
  out.model.whisper.word_times = true;
  out.model.whisper.condition_on_previous_text = false;
  if (out.mode == "edge") out.model.correct = "off";
  return out;
}

struct Recorded {
  std::string path, text;
  std::vector<float> samples;
};

std::vector<Recorded> read_manifest(const Settings& settings) {
  std::ifstream file(settings.manifest);
  if (!file) throw Error(ErrorCategory::no_input, settings.manifest, "a readable file", "none");
  const auto folder = std::filesystem::path(settings.manifest).parent_path();
  std::vector<Recorded> out;
  for (std::string line; out.size() < settings.most && std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) throw Error(ErrorCategory::bad_data, settings.manifest, "a tab in each line", line);
    Recorded one;
    one.path = (folder / line.substr(0, tab)).string();
    one.text = line.substr(tab + 1, line.find('\t', tab + 1) - tab - 1);
    auto decoder = audio::AudioDecoder::open(one.path);
    one.samples = audio::read_all(decoder);
    out.push_back(std::move(one));
  }
  return out;
}

double seconds_of_clock(clockid_t clock) {
  timespec now{};
  clock_gettime(clock, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

std::string without_spaces(std::string text) {
  std::erase(text, ' ');
  return text;
}
double symbols(const std::string& text) { return static_cast<double>(nko::decode_utf8(text, "text").size()); }
nko::EditCounts edits(const std::string& reference, const std::string& text) {
  return nko::count_edits(without_spaces(reference), without_spaces(text), nko::Unit::code_point);
}

json quantiles(std::vector<double> values) {
  if (values.empty()) return json{{"count", 0}};
  std::ranges::sort(values);
  const auto at = [&](double share) {
    const double place = share * static_cast<double>(values.size() - 1);
    return std::round(values[static_cast<std::size_t>(std::lround(place))] * 1e3) / 1e3;
  };
  return {{"count", values.size()}, {"p50", at(0.5)}, {"p95", at(0.95)}, {"most", at(1.0)}};
}

// All recordings through one stream after another.
class Replay {
 public:
  explicit Replay(const Settings& settings)
      : settings_(settings),
        model_(std::make_shared<const Transcriber>(Bundle::open(settings.bundle), settings.model)) {}

  void hear(const Recorded& recorded) {
    Stream stream(model_, settings_.stream);
    final_text_.clear();
    committed_text_.clear();
    const double length = static_cast<double>(recorded.samples.size()) / audio::kSampleRate;
    std::size_t pushed = 0;
    double now = 0.0;
    const double before = seconds_of_clock(CLOCK_PROCESS_CPUTIME_ID);
    while (!stream.done()) {
      const auto due = std::min(recorded.samples.size(), static_cast<std::size_t>(now * audio::kSampleRate));
      if (due > pushed) stream.push(std::span(recorded.samples).subspan(pushed, due - pushed));
      pushed = due;
      if (due == recorded.samples.size()) stream.finish();
      if (!stream.ready()) {
        now += 0.02;
        continue;
      }
      const double start = now, clock = take_clock();
      const std::vector<StreamEvent> events = stream.advance();
      if (settings_.clock != "none") now += take_clock() - clock;
      for (const StreamEvent& event : events) see(event, start, now, length);
    }
    cpu_ += seconds_of_clock(CLOCK_PROCESS_CPUTIME_ID) - before;
    const StreamCounts counts = stream.counts();
    seconds_ += counts.heard_seconds;
    encoder_runs_ += static_cast<double>(counts.timings.encoder_runs);
    contradictions_ += static_cast<double>(counts.contradictions);
    items_ += static_cast<double>(counts.items);
    offline_ += edits(recorded.text, model_->transcribe_samples(recorded.samples).text);
    final_ += edits(recorded.text, final_text_);
    committed_ += edits(recorded.text, committed_text_);
  }

  [[nodiscard]] json figures() const {
    const auto rate = [](const nko::EditCounts& c) {
      return std::round(1e4 * static_cast<double>(c.errors()) / std::max(1.0, static_cast<double>(c.reference))) /
             100.0;
    };
    return {{"seconds_of_sound", seconds_},
            {"utterances", items_},
            {"empty_utterances", empty_},
            {"word_end_to_committed", quantiles(waits_)},
            {"the_same_before_the_utterance_ended", quantiles(early_waits_)},
            {"speech_start_to_first_text", quantiles(firsts_)},
            {"detected_end_to_final", quantiles(finals_)},
            {"last_word_end_to_final", quantiles(whole_finals_)},
            {"taken_back_per_final_symbol", taken_back_ / std::max(1.0, final_symbols_)},
            {"late_corrections_per_final_symbol", late_ / std::max(1.0, final_symbols_)},
            {"contradicted_readings", contradictions_},
            {"cer_percent", {{"offline", rate(offline_)}, {"final", rate(final_)}, {"committed", rate(committed_)}}},
            {"encoder_runs_per_second", encoder_runs_ / seconds_},
            {"cpu_seconds_per_second", cpu_ / seconds_}};
  }

 private:
  [[nodiscard]] double take_clock() const {
    if (settings_.clock == "cpu") return seconds_of_clock(CLOCK_PROCESS_CPUTIME_ID) / settings_.model.threads;
    return seconds_of_clock(CLOCK_MONOTONIC);
  }

  // What is shown of an utterance becomes something else: how much of it has to be taken back?
  void show(const std::string& text) {
    const auto before = nko::decode_utf8(shown_, "text"), after = nko::decode_utf8(text, "text");
    const auto [same, ignored] = std::ranges::mismatch(before, after);
    taken_back_ += static_cast<double>(before.end() - same);
    shown_ = text;
  }

  void see(const StreamEvent& e, double start, double now, double length) {
    const auto joined = [](const std::string& a, const std::string& b) {
      return a.empty() || b.empty() ? a + b : a + " " + b;
    };
    // At a recording's end nobody waits for silence.
    const bool cut_off = start >= length;
    switch (e.kind) {
      case Kind::speech_start:
        began_ = e.seconds;
        waiting_for_text_ = true;
        ended_ = false;
        item_.clear();
        shown_.clear();
        break;
      case Kind::speech_end: ended_ = true; break;
      case Kind::partial: show(joined(item_, e.text)); break;
      case Kind::commit:
        item_ = joined(item_, e.text);
        for (const StreamWord& w : e.words) {
          if (cut_off) continue;
          waits_.push_back(now - w.end_seconds);
          if (!ended_) early_waits_.push_back(now - w.end_seconds);
        }
        break;
      case Kind::final_text:
        final_symbols_ += symbols(e.text);
        late_ += static_cast<double>(nko::count_edits(e.text, item_, nko::Unit::code_point).errors());
        committed_text_ = joined(committed_text_, item_);
        final_text_ = joined(final_text_, e.text);
        if (e.words.empty()) empty_ += 1.0;
        if (cut_off) break;
        finals_.push_back(now - start);
        if (!e.words.empty()) whole_finals_.push_back(now - e.words.back().end_seconds);
        break;
    }
    if (waiting_for_text_ && (e.kind == Kind::commit || (e.kind == Kind::partial && !e.text.empty()))) {
      firsts_.push_back(now - began_);
      waiting_for_text_ = false;
    }
  }

  const Settings& settings_;
  std::shared_ptr<const Transcriber> model_;
  std::string final_text_, committed_text_, item_, shown_;
  bool ended_ = false, waiting_for_text_ = false;
  double began_ = 0.0;
  std::vector<double> waits_, early_waits_, firsts_, finals_, whole_finals_;
  double taken_back_ = 0.0, late_ = 0.0, final_symbols_ = 0.0, contradictions_ = 0.0, empty_ = 0.0, items_ = 0.0;
  double seconds_ = 0.0, cpu_ = 0.0, encoder_runs_ = 0.0;
  nko::EditCounts offline_, final_, committed_;
};

// Of what lies a distance before the end of a reading: how many symbols of the reading of everything are other ones?
json edge_curve(const Settings& settings, const std::vector<Recorded>& recordings) {
  const Transcriber model(Bundle::open(settings.bundle), settings.model);
  constexpr double kBin = 0.1, kTolerance = 0.32;
  struct Bin {
    double symbols = 0.0, changed = 0.0;
  };
  std::map<int, Bin> bins;
  for (const Recorded& r : recordings) {
    const std::span<const float> all = std::span(r.samples).first(std::min<std::size_t>(r.samples.size(), 16000 * 26));
    const Transcript whole = model.transcribe_samples(all);
    for (double end = 1.0; end * audio::kSampleRate < static_cast<double>(all.size()); end += 0.7) {
      const Transcript part = model.transcribe_samples(all.first(static_cast<std::size_t>(end * audio::kSampleRate)));
      for (const Character& c : whole.characters) {
        if (c.text == " " || c.end > end) continue;
        const bool same = std::ranges::any_of(part.characters, [&](const Character& p) {
          return p.text == c.text && std::abs(p.start - c.start) <= kTolerance;
        });
        Bin& bin = bins[static_cast<int>((end - c.end) / kBin)];
        bin.symbols += 1.0;
        if (!same) bin.changed += 1.0;
      }
    }
  }
  json out = json::array();
  for (const auto& [index, bin] : bins) {
    out.push_back({{"from_seconds", std::round(index * kBin * 10.0) / 10.0},
                   {"symbols", bin.symbols},
                   {"changed_percent", std::round(1e4 * bin.changed / bin.symbols) / 100.0}});
  }
  return out;
}

}  // namespace

int main(int argc, char** argv) try {
  const Settings settings = settings_of({argv + 1, argv + argc});
  const std::vector<Recorded> recordings = read_manifest(settings);
  if (settings.mode == "edge") {
    std::cout << edge_curve(settings, recordings).dump(1) << "\n";
    return 0;
  }
  if (settings.mode != "replay") usage("replay or edge", settings.mode);
  Replay replay(settings);
  for (const Recorded& recorded : recordings) replay.hear(recorded);
  std::cout << replay.figures().dump(1) << "\n";
  return 0;
} catch (const Error& error) {
  std::cerr << error.what() << "\n";
  return static_cast<int>(error.category());
} catch (const std::exception& failure) {
  std::cerr << "seben-live: " << failure.what() << "\n";
  return 70;
}
