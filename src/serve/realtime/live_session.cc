// SPDX-License-Identifier: Apache-2.0
#include "realtime/live_session.h"

#include <algorithm>
#include <utility>

#include "openai/api_error.h"
#include "openai/transcription_request.h"

namespace seben::serve {
namespace {

constexpr double kMostBehind = 10.0;     // seconds of sound that wait, then readings come first
constexpr double kLeastUtterance = 0.1;  // seconds that a client may commit
constexpr std::size_t kSlice = 16'000;   // bytes pushed at once

void shift(double seconds, StreamEvent& event) {
  event.seconds += seconds;
  for (StreamWord& word : event.words) {
    word.start_seconds += seconds;
    word.end_seconds += seconds;
  }
  if (!event.corrections) return;
  for (TextEdit& edit : event.corrections->edits) {
    edit.start += seconds;
    edit.end += seconds;
  }
}

}  // namespace

void LiveSession::configure(const LiveConfig& config) {
  const ModelFacts* model = pool_.find(config.model.empty() ? "whisper-1" : config.model);
  if (model == nullptr) {
    throw ApiError(404, "model_not_found", "there is no model of that name; GET /v1/models lists them", "model");
  }
  LiveConfig named = config;
  named.model = model->name;
  if (stream_ && named == config_) return;
  finish();
  config_ = std::move(named);
}

void LiveSession::open() {
  const ModelFacts* model = pool_.find(config_.model);
  std::shared_ptr<const Transcriber> loaded;
  try {
    loaded = pool_.lease(*model, Writer::own, still_there_);
  } catch (const Error& error) {
    throw ApiError(500, "", "the model cannot be loaded (" + std::string(to_string(error.category())) + ")");
  }
  TranscriptionRequest request;
  request.language = config_.language;
  request.prompt = config_.prompt;
  request.keywords = config_.keywords;
  const CallOptions wanted = options_for(request, Task::transcribe, *model, loaded->options());
  StreamOptions options;
  options.sample_rate = config_.format.rate;
  options.pre_roll_seconds = config_.padding_seconds;
  options.silence_seconds = config_.silence_seconds;
  options.vad = config_.vad ? "auto" : "off";
  options.partials = config_.partials;
  try {
    if (wanted.changed) loaded = std::make_shared<const Transcriber>(loaded->with(wanted.options));
    stream_ = std::make_unique<Stream>(std::move(loaded), options);
  } catch (const Error& error) {
    throw ApiError(400, "invalid_value", error.what());
  }
  pcm_.emplace(config_.format.form);
}

void LiveSession::push(std::string_view bytes) {
  if (!stream_) open();
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kSlice))) {
    const std::vector<float> samples = pcm_->read(bytes.substr(0, kSlice));
    stream_->push(samples);
    const double seconds = static_cast<double>(samples.size()) / config_.format.rate;
    seconds_ += seconds;
    uncommitted_ += seconds;
    while (stream_->behind_seconds() > kMostBehind && stream_->ready()) advance();
  }
}

bool LiveSession::commit() {
  if (!stream_ || uncommitted_ < kLeastUtterance) return false;
  stream_->commit();
  uncommitted_ = 0.0;
  return true;
}

void LiveSession::clear() {
  if (!stream_) return;
  forget_stream();
}

void LiveSession::finish() {
  if (!stream_) return;
  stream_->finish();
  while (!stream_->done()) advance();
  forget_stream();
}

void LiveSession::forget_stream() {
  stream_.reset();
  pcm_.reset();
  before_items_ = items_;
  before_seconds_ += std::exchange(seconds_, 0.0);
  uncommitted_ = 0.0;
}

void LiveSession::advance() {
  std::vector<StreamEvent> events;
  {
    if (still_there_) still_there_();
    const Turnstile::Turn turn = turnstile_.take(still_there_);
    events = stream_->advance();
  }
  for (StreamEvent& event : events) {
    event.item += before_items_;
    items_ = std::max(items_, event.item);
    shift(before_seconds_, event);
    sink_(event);
  }
}

}  // namespace seben::serve
