// SPDX-License-Identifier: Apache-2.0
#include "openai/transcriptions.h"

#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "base/format.h"
#include "openai/answers.h"
#include "openai/api_error.h"
#include "openai/form.h"

namespace seben::serve {
namespace {

// Server-sent events that begin with the first of them, or with a comment once nothing was said for a while: until then
// a failure has a status, and afterwards proxies and clients do not take a long window for a dead server.
class EventStream {
 public:
  EventStream(Exchange& exchange, Response head, std::chrono::milliseconds every)
      : exchange_(exchange), head_(std::move(head)), every_(every), thread_([this] { beat(); }) {}
  EventStream(const EventStream&) = delete;
  EventStream& operator=(const EventStream&) = delete;
  ~EventStream() { be_quiet(); }

  void write(const std::string& event) {
    const std::lock_guard lock(mutex_);
    say(event);
  }
  /// Nothing is said from now on but by the caller; whether anything was.
  bool be_quiet() {
    {
      const std::lock_guard lock(mutex_);
      over_ = true;
    }
    changed_.notify_all();
    if (thread_.joinable()) thread_.join();
    return begun_;
  }

 private:
  void beat() {
    std::unique_lock lock(mutex_);
    while (!over_) {
      const auto due = said_ + every_;
      if (changed_.wait_until(lock, due, [this] { return over_; })) return;
      if (said_ + every_ > due) continue;  // something was said meanwhile
      try {
        say(": still at work\n\n");
      } catch (const Gone&) {
        return;  // the next window sees it
      }
    }
  }
  void say(const std::string& text) {
    if (!std::exchange(begun_, true)) exchange_.begin_parts(head_);
    exchange_.write_part(text);
    said_ = std::chrono::steady_clock::now();
  }

  Exchange& exchange_;
  Response head_;
  std::chrono::milliseconds every_;
  std::mutex mutex_;
  std::condition_variable changed_;
  bool begun_ = false, over_ = false;
  std::chrono::steady_clock::time_point said_ = std::chrono::steady_clock::now();
  std::thread thread_;
};

class Counted {
 public:
  explicit Counted(std::atomic<std::int64_t>& count) : count_(count), before_(count.fetch_add(1)) {}
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;
  ~Counted() { --count_; }
  [[nodiscard]] std::int64_t before() const noexcept { return before_; }

 private:
  std::atomic<std::int64_t>& count_;
  std::int64_t before_;
};

std::string joined(const std::vector<std::string>& names) { return base::join(names, ", "); }

}  // namespace

struct Transcriptions::Work {
  Task task;
  TranscriptionRequest request;
  base::Descriptor file;
  std::string name;
  const ModelFacts* model = nullptr;
};

// By what the head of the request says, before any of the body is read.
void Transcriptions::refuse_early(const Exchange& exchange) const {
  const auto length = exchange.request().content_length;
  if (length && *length > limits_.bytes) {
    throw ApiError(413, "request_too_large",
                   base::format("expected at most {} bytes, found {}", limits_.bytes, *length), "file");
  }
  if (exchange.stopping()) throw ApiError(503, "overloaded", "the server is going down");
}

void Transcriptions::serve(Exchange& exchange, Task task) {
  refuse_early(exchange);
  const Counted flight(counts_.in_flight);
  if (flight.before() >= static_cast<std::int64_t>(limits_.slots + limits_.queue)) {
    throw ApiError(503, "overloaded", "too many requests are waiting");
  }
  Form form = Form::read(exchange, limits_.bytes);
  Work work{task, read_transcription(form.fields(), task, limits_.strict), base::Descriptor(), form.file_name()};
  work.model = pool_.find(work.request.model);
  if (work.model == nullptr) {
    throw ApiError(404, "model_not_found", "there is no model of that name; GET /v1/models lists them", "model");
  }
  note_idle_fields(work.request, task, *work.model);
  if (!form.has_file()) {
    throw ApiError(400, "missing_required_parameter", "file: expected a recording, found none", "file");
  }
  if (form.file_bytes() == 0)
    throw ApiError(400, "invalid_audio", "file: expected a recording, found no bytes", "file");
  work.file = form.take_file();
  try {
    if (work.request.stream) {
      run_stream(work, exchange);
    } else {
      run(work, exchange);
    }
  } catch (const Gone&) {
    ++counts_.given_up;
    throw;
  }
}

Transcript Transcriptions::transcribe(Work& work, Exchange& exchange, const Callbacks& callbacks) {
  const auto still_there = [&exchange] {
    if (exchange.peer_gone()) throw Gone("it did not wait");
  };
  std::shared_ptr<const Transcriber> loaded;
  try {
    loaded = pool_.lease(*work.model, writer_for(work.task, *work.model), still_there);
  } catch (const Error& error) {  // not the client's fault, whatever the category
    throw ApiError(500, "", base::format("the model cannot be loaded ({})", to_string(error.category())));
  }
  const CallOptions wanted = options_for(work.request, work.task, *work.model, loaded->options());
  if (wanted.changed) {
    try {
      loaded = std::make_shared<const Transcriber>(loaded->with(wanted.options));
    } catch (const Error& error) {
      throw ApiError(400, "invalid_value", error.what());
    }
  }
  Turnstile::Turn turn = turnstile_.take(still_there);
  Callbacks all = callbacks;
  double seen = 0.0;
  all.progress = [&](const Progress& p) {
    still_there();
    if (p.done_seconds > limits_.seconds || p.total_seconds > limits_.seconds) {
      throw ApiError(413, "request_too_large",
                     base::format("file: expected at most {:.0f} s of sound", limits_.seconds), "file");
    }
    ++counts_.windows;
    counts_.sound_ms += static_cast<std::uint64_t>(std::max(0.0, p.done_seconds - seen) * 1e3);
    seen = p.done_seconds;
    turn.pass_on();
  };
  return loaded->transcribe_descriptor(work.file.get(), work.name, all);
}

void Transcriptions::run(Work& work, Exchange& exchange) {
  const Transcript transcript = transcribe(work, exchange, {});
  Response answer = make_answer(transcript, work.request, work.task);
  if (!work.request.ignored.empty()) answer.headers.emplace_back("x-seben-ignored", joined(work.request.ignored));
  exchange.send(answer);
}

// What fails before anything was said is answered as any failure; afterwards the status is gone, and an event says it.
void Transcriptions::run_stream(Work& work, Exchange& exchange) {
  Response head;
  head.type = "text/event-stream; charset=utf-8";
  head.headers = {{"Cache-Control", "no-cache"}, {"X-Accel-Buffering", "no"}};
  if (!work.request.ignored.empty()) head.headers.emplace_back("x-seben-ignored", joined(work.request.ignored));
  EventStream events(exchange, std::move(head), limits_.heartbeat);
  DeltaWriter deltas;
  Callbacks callbacks;
  callbacks.segment = [&](const Segment& segment) { events.write(deltas.delta(segment.text)); };
  try {
    const Transcript transcript = transcribe(work, exchange, callbacks);
    events.write(deltas.done(transcript, work.request));
  } catch (const Gone&) {
    throw;
  } catch (const std::exception& failure) {
    if (!events.be_quiet()) throw;
    exchange.write_part(event_line({{"type", "error"}, {"error", api_error(failure).to_json()}}));
  }
  (void)events.be_quiet();
  exchange.end_parts();
}

}  // namespace seben::serve
