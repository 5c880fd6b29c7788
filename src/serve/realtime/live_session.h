// SPDX-License-Identifier: Apache-2.0
// One live session: sound in, events of a Stream out, its readings computed in turn with everything else.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

#include "models/model_pool.h"
#include "models/turnstile.h"
#include "realtime/client_event.h"
#include "realtime/pcm.h"
#include "seben/stream.h"

namespace seben::serve {

/// Of one thread.
class LiveSession {
 public:
  using Sink = std::function<void(const StreamEvent&)>;

  /// `still_there` is called before each reading and while one waits for its turn; what it throws ends the session.
  LiveSession(ModelPool& pool, Turnstile& turnstile, Sink sink, std::function<void()> still_there = {})
      : pool_(pool), turnstile_(turnstile), sink_(std::move(sink)), still_there_(std::move(still_there)) {}

  /// From now on. What was said before is finished first, and its events are told. ApiError for a model that is not
  /// there and for what it cannot do.
  void configure(const LiveConfig& config);
  [[nodiscard]] const LiveConfig& config() const noexcept { return config_; }

  /// Takes the sound in; where it comes faster than it is read, readings are made meanwhile.
  void push(std::string_view bytes);
  /// The utterance ends here; false when there was less than 0.1 s since the last end.
  [[nodiscard]] bool commit();
  void clear();
  /// Tells everything that is left.
  void finish();

  [[nodiscard]] bool ready() const { return stream_ && stream_->ready(); }
  /// At most one reading; its events are told.
  void advance();
  [[nodiscard]] double behind_seconds() const { return stream_ ? stream_->behind_seconds() : 0.0; }
  /// Seconds of sound in all.
  [[nodiscard]] double heard_seconds() const noexcept { return before_seconds_ + seconds_; }

 private:
  void open();
  void forget_stream();

  ModelPool& pool_;
  Turnstile& turnstile_;
  Sink sink_;
  std::function<void()> still_there_;
  LiveConfig config_;
  std::optional<PcmReader> pcm_;
  std::unique_ptr<Stream> stream_;
  std::uint64_t items_ = 0, before_items_ = 0;   // told in all, and by streams before this one
  double seconds_ = 0.0, before_seconds_ = 0.0;  // of sound, likewise
  double uncommitted_ = 0.0;
};

}  // namespace seben::serve
