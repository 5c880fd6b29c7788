// SPDX-License-Identifier: Apache-2.0
#include "seben/stream.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <optional>
#include <utility>

#include "audio/decoder.h"
#include "audio/vad/speech_tracker.h"
#include "base/format.h"
#include "bundle/bundle.h"
#include "engine/agreement.h"
#include "engine/channels.h"
#include "engine/listen.h"
#include "engine/live_sound.h"
#include "engine/stopwatch.h"

namespace seben {
namespace {

using generate::SpeechEdge;
using generate::SpeechTracker;
using pipeline::LiveSound;
using pipeline::ReadWord;

constexpr std::int64_t kListenBlock = 512;  // samples: an edge is noticed at most so much later
constexpr double kTail = 0.3;               // s of silence that an utterance keeps at its end, if it has them

void require_within(const char* field, double value, double least, double most) {
  if (value >= least && value <= most) return;
  throw Error(ErrorCategory::usage, base::format("stream: {}", field), base::format("{}..{} seconds", least, most),
              base::format("{}", value));
}

const StreamOptions& checked(const StreamOptions& o) {
  require_within("step", o.step_seconds, 0.1, 10.0);
  require_within("silence", o.silence_seconds, 0.1, 10.0);
  require_within("pre-roll", o.pre_roll_seconds, 0.0, 2.0);
  require_within("longest utterance", o.longest_seconds, 2.0, 28.0);
  require_within("commit margin", o.commit_margin_seconds, 0.1, 5.0);
  if (!(o.sure_confidence >= 0.0)) {
    throw Error(ErrorCategory::usage, "stream: sure confidence", "0 or more", base::format("{}", o.sure_confidence));
  }
  if (o.vad.empty())
    throw Error(ErrorCategory::usage, "stream: vad", "auto, energy, off or the path of weights", "nothing");
  return o;
}

std::int64_t samples_of(double seconds) { return std::llround(seconds * audio::kSampleRate); }
double seconds_of(std::int64_t samples) { return static_cast<double>(samples) / audio::kSampleRate; }

const Transcriber& required(const std::shared_ptr<const Transcriber>& model) {
  if (model == nullptr) throw Error(ErrorCategory::usage, "stream: model", "one", "none");
  return *model;
}

// What a stream has to know of its model.
struct LiveFacts {
  bool head = false;       // writes the text, not Whisper's decoder
  bool reads_on = true;    // false: words of a list are chosen, for which an utterance must be complete
  double tolerance = 0.5;  // s by which a word may move between readings
};

LiveFacts facts_of(const Transcriber& model) {
  const TranscriberOptions& o = model.options();
  const bundle::Bundle& bundle = model.bundle().internal();
  pipeline::require_encoder(bundle);
  if (o.decoder == "both") throw Error(ErrorCategory::usage, "stream: decoder", "ctc or whisper", "both");
  if (const int channel = pipeline::parse_channels(o.channels).one; channel > 1) {
    throw Error(ErrorCategory::usage, "stream: channels", "1, or no choice", std::to_string(channel));
  }
  LiveFacts out;
  if (o.decoder == "whisper" || !bundle.has_head()) return out;
  out.head = true;
  out.reads_on = !o.ctc.forced_choice();
  const std::int64_t frames = bundle.head_config().output_frames(bundle.required().frames);
  out.tolerance = pipeline::kWindowSeconds * 8.0 / static_cast<double>(frames);
  return out;
}

// How an utterance that goes on is read: greedily and uncorrected, by Whisper's decoder at one temperature with times
// of words, told nothing of the text before.
TranscriberOptions provisional(const Transcriber& model) {
  TranscriberOptions out = model.options();
  out.ctc = {};
  out.correct = "off";
  out.correction = {};
  WhisperOptions& w = out.whisper;
  w.temperatures = {0.0};
  w.beam_size.reset();
  w.patience.reset();
  w.length_penalty.reset();
  w.word_times = w.timestamps = true;
  w.condition_on_previous_text = false;
  w.hallucination_silence_threshold.reset();
  w.batch_size = 0;
  return out;
}

}  // namespace

class Stream::Impl {
 public:
  Impl(std::shared_ptr<const Transcriber> model, const StreamOptions& options)
      : model_(std::move(model)),
        options_(checked(options)),
        facts_(facts_of(required(model_))),
        reader_(model_->with(provisional(*model_))) {
    if (options_.vad != "auto" && options_.vad != "energy" && options_.vad != "off") {
      silero_ = std::make_shared<const generate::Silero>(generate::Silero::load(options_.vad));
    }
    reset();
  }

  void reset() {
    sound_.emplace(options_.sample_rate);
    tracker_.reset();
    if (silero_) {
      tracker_ = generate::track_by_silero(silero_, options_.silence_seconds);
    } else if (options_.vad != "off") {
      tracker_ = generate::track_by_energy(options_.silence_seconds);
    }
    heard_ = last_end_ = 0;
    goes_on_ = false;
    item_.reset();
    cut_.reset();
    counts_ = {};
    started_ = 0;
    ended_ = due_ = false;
    unheard_ = 0;
  }

  [[nodiscard]] LiveSound& sound() noexcept { return *sound_; }
  [[nodiscard]] bool done() const noexcept { return ended_; }
  [[nodiscard]] double behind_seconds() const { return sound_->waiting().seconds + seconds_of(unheard_.load()); }
  [[nodiscard]] bool ready() const {
    if (ended_) return false;
    const LiveSound::Waiting waiting = sound_->waiting();
    return due_ || waiting.end || waiting.seconds + seconds_of(unheard_.load()) >= 0.1;
  }
  [[nodiscard]] StreamCounts counts() const {
    StreamCounts out = counts_;
    if (item_) out.contradictions += item_->agreement.contradictions();
    out.heard_seconds = seconds_of(heard_);
    return out;
  }

  std::vector<StreamEvent> advance() {
    events_.clear();
    sound_->take(heard_);
    unheard_ = sound_->end() - heard_;
    work();
    forget();
    ended_ = sound_->complete() && heard_ == sound_->end() && !sound_->next_mark() && !item_;
    due_ = cut_.has_value() || sound_->next_mark().has_value();
    unheard_ = sound_->end() - heard_;
    return std::exchange(events_, {});
  }

 private:
  struct Item {
    std::int64_t first = 0;  // sample
    std::int64_t read = 0;   // up to where it was read
    pipeline::Agreement agreement;
    std::string partial;  // the last that was told
  };

  // Sound is heard up to the first thing that has to be read; if there is none, what is open is read as far as it goes.
  void work() {
    if (cut_) return end_item(*std::exchange(cut_, std::nullopt));
    while (true) {
      const auto mark = sound_->next_mark();
      std::int64_t stop = std::min(sound_->end(), mark.value_or(sound_->end()));
      if (item_) stop = std::min(stop, item_->first + longest());
      if (heard_ < stop) {
        if (hear(stop)) return;
      } else if (item_ && heard_ - item_->first >= longest()) {
        return facts_.reads_on ? read() : end_item(heard_);
      } else if (mark && heard_ >= *mark) {
        sound_->drop_mark();
        if (item_) return end_item(heard_);
      } else {
        break;
      }
    }
    if (!item_) return;
    if (sound_->complete()) return end_item(heard_);
    if (facts_.reads_on && heard_ - item_->read >= samples_of(options_.step_seconds)) read();
  }

  // The next block of sound; true when an utterance ended and was read.
  bool hear(std::int64_t stop) {
    if (!item_ && (goes_on_ || !tracker_)) {
      open_item(heard_);
      stop = std::min(stop, heard_ + longest());
    }
    if (!tracker_) {
      heard_ = stop;
      return false;
    }
    const std::int64_t end = std::min(stop, (heard_ / kListenBlock + 1) * kListenBlock);
    edges_.clear();
    tracker_->push(sound_->samples(heard_, end), edges_);
    heard_ = end;
    for (const SpeechEdge& edge : edges_) {
      if (edge.begins) {
        if (!item_) open_item(edge.at - samples_of(options_.pre_roll_seconds));
      } else if (item_) {
        const std::int64_t tail = samples_of(std::min(kTail, options_.silence_seconds));
        end_item(edge.at <= item_->first ? item_->first : std::min(edge.at + tail, heard_));
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] std::int64_t longest() const { return samples_of(options_.longest_seconds); }

  void open_item(std::int64_t at) {
    goes_on_ = false;
    const std::int64_t first = std::max({at, last_end_, sound_->first()});
    const double margin = options_.commit_margin_seconds;
    ++started_;
    item_.emplace(Item{first,
                       first,
                       pipeline::Agreement({margin, std::min(0.3, margin), facts_.tolerance,
                                            facts_.head ? options_.sure_confidence : 2.0}),
                       {}});
    tell(StreamEvent::Kind::speech_start, first);
  }

  void read() {
    const Transcript heard = reader_.transcribe_samples(sound_->samples(item_->first, heard_));
    count(heard);
    const double seen = seconds_of(heard_ - item_->first);
    const auto fresh = item_->agreement.read(pipeline::read_words(heard), seen);
    item_->read = heard_;
    tell_commit(fresh);
    std::string rest = pipeline::joined(item_->agreement.open());
    if (options_.partials && (rest != item_->partial || !fresh.empty()))
      tell(StreamEvent::Kind::partial, heard_).text = rest;
    item_->partial = std::move(rest);
    const double most = options_.longest_seconds;
    const auto cut = pipeline::place_to_cut(
        item_->agreement, seen, {most * 2.0 / 3.0, most, options_.commit_margin_seconds, options_.pre_roll_seconds});
    if (cut) cut_ = std::clamp(item_->first + samples_of(*cut), item_->first + 1, heard_);
  }

  // Its last reading. Where somebody speaks on, the next utterance begins at once.
  void end_item(std::int64_t end) {
    end = std::max(end, item_->first);
    tell(StreamEvent::Kind::speech_end, end);
    Transcript said;
    if (end > item_->first) {
      said = model_->transcribe_samples(sound_->samples(item_->first, end));
      count(said);
    }
    const std::vector<ReadWord> words = pipeline::read_words(said);
    tell_commit(item_->agreement.behind(words));
    StreamEvent& final_text = tell(StreamEvent::Kind::final_text, end);
    final_text.text = std::move(said.text);
    final_text.words = placed(words);
    final_text.corrections = std::move(said.corrections);
    final_text.suspect = std::move(said.suspect);
    if (final_text.corrections) {
      for (TextEdit& edit : final_text.corrections->edits) {
        edit.start += seconds_of(item_->first);
        edit.end += seconds_of(item_->first);
      }
    }
    ++counts_.items;
    counts_.contradictions += item_->agreement.contradictions();
    item_.reset();
    last_end_ = end;
    if (end < heard_ && (!tracker_ || tracker_->speaking())) return open_item(end);
    goes_on_ = tracker_ && tracker_->speaking();  // as soon as there is more sound
  }

  void count(const Transcript& reading) {
    ++counts_.readings;
    pipeline::add_timings(counts_.timings, reading.timings);
  }

  StreamEvent& tell(StreamEvent::Kind kind, std::int64_t at) {
    StreamEvent& event = events_.emplace_back();
    event.kind = kind;
    event.item = started_;
    event.seconds = seconds_of(at);
    return event;
  }
  void tell_commit(const std::vector<ReadWord>& words) {
    if (words.empty()) return;
    StreamEvent& event = tell(StreamEvent::Kind::commit, heard_);
    event.text = pipeline::joined(words);
    event.words = placed(words);
  }
  [[nodiscard]] std::vector<StreamWord> placed(const std::vector<ReadWord>& words) const {
    const double offset = seconds_of(item_->first);
    std::vector<StreamWord> out;
    out.reserve(words.size());
    for (const ReadWord& w : words) out.push_back({w.text, w.start + offset, w.end + offset, w.confidence});
    return out;
  }

  // Outside utterances as much stays as the next one may begin before it is noticed.
  void forget() {
    const std::int64_t kept = samples_of(options_.pre_roll_seconds + 1.0);
    sound_->forget_before(item_ ? item_->first : std::max(last_end_, heard_ - kept));
  }

  std::shared_ptr<const Transcriber> model_;
  StreamOptions options_;
  LiveFacts facts_;
  Transcriber reader_;  // of what goes on
  std::shared_ptr<const generate::Silero> silero_;

  std::optional<LiveSound> sound_;
  std::unique_ptr<SpeechTracker> tracker_;  // nothing: everything is speech
  std::vector<SpeechEdge> edges_;
  std::int64_t heard_ = 0;     // samples that were listened to
  std::int64_t last_end_ = 0;  // of the last utterance
  std::uint64_t started_ = 0;  // utterances
  std::optional<Item> item_;
  std::optional<std::int64_t> cut_;  // where the open one is to end
  bool goes_on_ = false;             // somebody spoke on when the last one was ended
  std::vector<StreamEvent> events_;
  StreamCounts counts_;
  // For whoever pushes.
  std::atomic<bool> ended_{false}, due_{false};
  std::atomic<std::int64_t> unheard_{0};
};

// NOLINTNEXTLINE(performance-unnecessary-value-param): as seben/stream.h has it
Stream::Stream(std::shared_ptr<const Transcriber> model, StreamOptions options)
    : impl_(std::make_unique<Impl>(std::move(model), options)) {}
Stream::Stream(Stream&&) noexcept = default;
Stream& Stream::operator=(Stream&&) noexcept = default;
Stream::~Stream() = default;

void Stream::push(std::span<const float> samples) { impl_->sound().push(samples); }
void Stream::commit() { impl_->sound().mark_end(); }
void Stream::finish() { impl_->sound().finish(); }
void Stream::reset() { impl_->reset(); }
bool Stream::ready() const { return impl_->ready(); }
bool Stream::done() const { return impl_->done(); }
double Stream::behind_seconds() const { return impl_->behind_seconds(); }
StreamCounts Stream::counts() const { return impl_->counts(); }
std::vector<StreamEvent> Stream::advance() { return impl_->advance(); }

}  // namespace seben
