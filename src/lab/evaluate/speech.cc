// SPDX-License-Identifier: Apache-2.0
#include "evaluate/speech.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <optional>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "audio/decoder.h"
#include "audio/vad/speech_detector.h"
#include "audio/windows.h"
#include "base/counted.h"
#include "bundle/agreement_gates.h"
#include "evaluate/verification_basis.h"
#include "seben/error.h"

namespace seben::pipeline {
namespace {

namespace fs = std::filesystem;

constexpr std::array kSoundNames{".3gp", ".aac",  ".ac3", ".aif",  ".aiff", ".amr",  ".ape", ".asf",
                                 ".au",  ".avi",  ".caf", ".flac", ".flv",  ".gsm",  ".m4a", ".m4b",
                                 ".mka", ".mkv",  ".mov", ".mp3",  ".mp4",  ".mpeg", ".mpg", ".oga",
                                 ".ogg", ".opus", ".tta", ".w64",  ".wav",  ".webm", ".wma", ".wv"};

bool is_named_as_sound(const fs::path& path) {
  std::string end = path.extension().string();
  std::ranges::transform(end, end.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::ranges::find(kSoundNames, end) != kSoundNames.end();
}

std::vector<std::string> recordings_of(const std::string& folder) {
  std::error_code failed;
  std::vector<std::string> found;
  for (fs::directory_iterator at(folder, failed), end; !failed && at != end; at.increment(failed)) {
    std::error_code none;
    if (is_named_as_sound(at->path()) && at->is_regular_file(none)) found.push_back(at->path().string());
  }
  if (failed) throw Error(ErrorCategory::no_input, folder, "a folder that can be read", failed.message());
  if (found.empty()) throw Error(ErrorCategory::no_input, folder, "recordings in the folder", "none");
  std::ranges::sort(found);
  return found;
}

// Where the next piece begins: in the middle of the quietest fifth of a second of the last third.
std::size_t quiet_place(std::span<const float> window) {
  constexpr std::size_t kStep = audio::kSampleRate / 50, kLength = 10;
  const std::size_t first = window.size() * 2 / 3 / kStep, steps = window.size() / kStep;
  std::vector<double> powers;
  for (std::size_t i = first; i < steps; ++i) {
    double power = 0.0;
    for (const float x : window.subspan(i * kStep, kStep)) power += static_cast<double>(x) * static_cast<double>(x);
    powers.push_back(power);
  }
  std::size_t best = 0;
  double least = std::numeric_limits<double>::infinity();
  for (std::size_t i = 0; i + kLength <= powers.size(); ++i) {
    double power = 0.0;
    for (std::size_t k = 0; k < kLength; ++k) power += powers[i + k];
    if (power <= least) best = i, least = power;  // the last one of silence
  }
  return (first + best + kLength / 2) * kStep;
}

// One recording, piece by piece. Keeps what follows a cut.
class Pieces {
 public:
  explicit Pieces(const std::string& path) : path_(path), decoder_(audio::AudioDecoder::open(path)) {}

  // The next piece with speech in it; nothing at the end.
  std::optional<Clip> next() {
    while (true) {
      Clip clip{path_, take(), 0.0};
      if (clip.samples.empty()) return std::nullopt;
      clip.speech = speech_seconds(clip.samples);
      if (clip.speech > 0.0) return clip;
    }
  }

 private:
  std::vector<float> take() {
    std::vector<float> samples = std::exchange(rest_, {});
    const std::size_t kept = samples.size();
    samples.resize(audio::kWindowSamples + 1);  // one more tells whether it goes on
    samples.resize(kept + (ended_ ? 0 : decoder_.read(std::span(samples).subspan(kept))));
    ended_ = samples.size() <= audio::kWindowSamples;
    if (ended_) return samples;
    const auto cut = static_cast<std::ptrdiff_t>(quiet_place(std::span(samples).first(audio::kWindowSamples)));
    rest_.assign(samples.begin() + cut, samples.end());
    samples.resize(static_cast<std::size_t>(cut));
    return samples;
  }

  std::string path_;
  audio::AudioDecoder decoder_;
  std::vector<float> rest_;
  bool ended_ = false;
};

}  // namespace

std::vector<std::string> find_recordings(const std::vector<std::string>& places) {
  std::set<std::string> seen;
  std::vector<std::string> found;
  const auto add = [&](const std::string& path) {
    if (seen.insert(recording_identity(path)).second) found.push_back(path);
  };
  for (const std::string& place : places) {
    std::error_code none;
    if (!fs::is_directory(place, none)) {
      add(place);
      continue;
    }
    for (const std::string& path : recordings_of(place)) add(path);
  }
  if (found.size() <= kMostRecordings) return found;
  throw Error(ErrorCategory::usage, "recordings to measure on", fmt::format("at most {}", kMostRecordings),
              std::to_string(found.size()));
}

Speech gather_speech(const std::vector<std::string>& recordings, double enough) {
  std::vector<Pieces> open;
  for (const std::string& path : recordings) open.emplace_back(path);
  Speech out;
  out.recordings = recordings.size();
  while (!open.empty()) {
    std::vector<Pieces> left;
    for (Pieces& pieces : open) {
      if (out.seconds >= enough) {
        out.is_all = false;
        return out;
      }
      std::optional<Clip> clip = pieces.next();
      if (!clip) continue;
      out.seconds += clip->speech;
      out.clips.push_back(*std::move(clip));
      left.push_back(std::move(pieces));
    }
    open = std::move(left);
  }
  return out;
}

double speech_seconds(const std::vector<float>& samples) {
  std::int64_t speech = 0;
  for (const generate::SpeechRange& range : generate::find_speech(samples)) speech += range.end - range.first;
  const double seconds = static_cast<double>(speech) / audio::kSampleRate;
  // Voices stand out of what is behind them for a good part of the time; a hum or coloured noise never does.
  constexpr double kShare = 0.2;
  return generate::speech_energy(samples).seconds >= kShare * seconds ? seconds : 0.0;
}

void require_enough(const Speech& speech) {
  const double least = bundle::kLeastAgreementBasis.seconds;
  if (speech.seconds >= least) return;
  throw Error(ErrorCategory::incomplete, "recordings to measure on", fmt::format("at least {:.0f} s of speech", least),
              fmt::format("{:.1f} s in {}", speech.seconds,
                          base::counted(static_cast<std::int64_t>(speech.recordings), "recording")));
}

}  // namespace seben::pipeline
