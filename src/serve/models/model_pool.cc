// SPDX-License-Identifier: Apache-2.0
#include "models/model_pool.h"

#include <sys/stat.h>

#include <algorithm>
#include <utility>

#ifdef __GLIBC__
#include <malloc.h>
#endif

#include "bundle/bundle.h"
#include "seben/error.h"

namespace seben::serve {
namespace {

constexpr std::chrono::milliseconds kPatience{250};

std::int64_t created_at(const std::string& folder) {
  struct stat status {};
  return ::stat((folder + "/bundle.json").c_str(), &status) == 0 ? static_cast<std::int64_t>(status.st_mtime) : 0;
}

// What was freed goes back to the system: an idle server should not look as large as a busy one.
void return_memory() {
#ifdef __GLIBC__
  (void)::malloc_trim(0);
#endif
}

}  // namespace

ModelPool::ModelPool(const std::vector<ModelPlace>& places, const PoolOptions& options) : options_(options) {
  for (const ModelPlace& place : places) {
    if (find(place.name) != nullptr) throw Error(ErrorCategory::usage, "--model " + place.name, "a name once", "twice");
    const Bundle& bundle = bundles_.emplace_back(Bundle::open(place.folder));
    const bundle::Bundle& opened = bundle.internal();
    if (!opened.encoder_config()) {
      throw Error(ErrorCategory::usage, "--model " + place.name, "a bundle with an encoder",
                  "one whose features come from outside");
    }
    facts_.push_back({place.name, created_at(place.folder), opened.has_head(), !opened.decoders().empty()});
    for (const Writer writer : {Writer::own, Writer::whisper}) {
      entries_.push_back({facts_.size() - 1, writer, nullptr, false, {}});
    }
  }
}

const ModelFacts* ModelPool::find(const std::string& name) const noexcept {
  const auto found = std::ranges::find_if(facts_, [&](const ModelFacts& f) { return f.name == name; });
  if (found != facts_.end()) return &*found;
  return name == "whisper-1" && !facts_.empty() ? &facts_.front() : nullptr;
}

std::shared_ptr<const Transcriber> ModelPool::load(const Entry& entry) const {
  TranscriberOptions options;
  options.threads = options_.threads;
  options.precision = options_.precision;
  if (entry.writer == Writer::whisper) options.decoder = "whisper";
  return std::make_shared<const Transcriber>(bundles_[entry.model], options);
}

std::shared_ptr<const Transcriber> ModelPool::lease(const ModelFacts& model, Writer writer,
                                                    const std::function<void()>& waiting) {
  if (!model.has_head) writer = Writer::own;  // that is Whisper's decoder
  const auto number = static_cast<std::size_t>(&model - facts_.data());
  Entry& entry = entries_[number * 2 + (writer == Writer::whisper ? 1 : 0)];
  std::unique_lock lock(mutex_);
  while (!changed_.wait_for(lock, kPatience, [&] { return !entry.loading; })) {
    if (!waiting) continue;
    lock.unlock();
    waiting();
    lock.lock();
  }
  if (entry.transcriber == nullptr) {
    entry.loading = true;
    lock.unlock();
    std::shared_ptr<const Transcriber> loaded;
    try {
      loaded = load(entry);
    } catch (...) {
      lock.lock();
      entry.loading = false;
      changed_.notify_all();
      throw;
    }
    lock.lock();
    entry.transcriber = std::move(loaded);
    entry.loading = false;
    changed_.notify_all();
  }
  entry.used = std::chrono::steady_clock::now();
  return entry.transcriber;
}

std::size_t ModelPool::let_go_idle() {
  if (options_.idle.count() == 0) return 0;
  std::vector<std::shared_ptr<const Transcriber>> gone;  // freed outside the lock
  {
    const std::lock_guard lock(mutex_);
    const auto now = std::chrono::steady_clock::now();
    for (Entry& entry : entries_) {
      if (entry.transcriber == nullptr) continue;
      if (entry.transcriber.use_count() > 1) entry.used = now;
      if (now - entry.used >= options_.idle) gone.push_back(std::exchange(entry.transcriber, nullptr));
    }
  }
  const std::size_t count = gone.size();
  gone.clear();
  if (count != 0) return_memory();
  return count;
}

std::size_t ModelPool::loaded() const {
  const std::lock_guard lock(mutex_);
  return static_cast<std::size_t>(
      std::ranges::count_if(entries_, [](const Entry& e) { return e.transcriber != nullptr; }));
}

std::size_t ModelPool::weight_bytes() const {
  const std::lock_guard lock(mutex_);
  std::size_t out = 0;
  for (const Entry& entry : entries_) out += entry.transcriber != nullptr ? entry.transcriber->weight_bytes() : 0;
  return out;
}

}  // namespace seben::serve
