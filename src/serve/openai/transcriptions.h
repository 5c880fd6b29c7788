// SPDX-License-Identifier: Apache-2.0
// POST /v1/audio/transcriptions and /v1/audio/translations: from an upload to its answer.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "http/message.h"
#include "models/model_pool.h"
#include "models/turnstile.h"
#include "openai/transcription_request.h"

namespace seben::serve {

struct UploadLimits {
  std::uint64_t bytes = std::uint64_t{512} << 20;
  double seconds = 4 * 3600.0;  ///< of sound
  std::size_t queue = 32;       ///< requests that may wait for a slot, beside those that have one
  std::size_t slots = 1;
  bool strict = false;
  std::chrono::milliseconds heartbeat{15'000};  ///< how long a stream says nothing
};

/// What the metrics count.
struct UploadCounts {
  std::atomic<std::uint64_t> windows{0};
  std::atomic<std::uint64_t> sound_ms{0};
  std::atomic<std::uint64_t> given_up{0};  ///< clients that did not wait
  std::atomic<std::int64_t> in_flight{0};
};

class Transcriptions {
 public:
  Transcriptions(ModelPool& pool, Turnstile& turnstile, const UploadLimits& limits)
      : pool_(pool), turnstile_(turnstile), limits_(limits) {}

  /// Answers, or throws ApiError, BodyRefused, Error or Gone before anything was answered.
  void serve(Exchange& exchange, Task task);

  [[nodiscard]] const UploadCounts& counts() const noexcept { return counts_; }

 private:
  struct Work;
  void refuse_early(const Exchange& exchange) const;
  void run(Work& work, Exchange& exchange);
  void run_stream(Work& work, Exchange& exchange);
  [[nodiscard]] Transcript transcribe(Work& work, Exchange& exchange, const Callbacks& callbacks);

  ModelPool& pool_;
  Turnstile& turnstile_;
  UploadLimits limits_;
  UploadCounts counts_;
};

}  // namespace seben::serve
