// SPDX-License-Identifier: Apache-2.0
// The models that are served: loaded when somebody asks for one, let go when nobody has for a while.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "seben/transcriber.h"

namespace seben::serve {

struct ModelPlace {
  std::string name;
  std::string folder;
};

/// Who is to write: what the bundle is for, or Whisper's decoder.
enum class Writer : std::uint8_t { own, whisper };

struct ModelFacts {
  std::string name;
  std::int64_t created = 0;  ///< s since 1970, of the manifest
  bool has_head = false;     ///< a CTC head: what writes unless Whisper's decoder is asked for
  bool has_whisper = false;
};

struct PoolOptions {
  int threads = 0;
  std::string precision = "auto";
  std::chrono::seconds idle{600};  ///< 0: loaded models stay
};

/// Thread-safe.
class ModelPool {
 public:
  /// Opens all bundles, loads none. Errors of Bundle::open; Error(usage) for a name that is there twice.
  ModelPool(const std::vector<ModelPlace>& places, const PoolOptions& options);
  ModelPool(const ModelPool&) = delete;
  ModelPool& operator=(const ModelPool&) = delete;

  [[nodiscard]] const std::vector<ModelFacts>& models() const noexcept { return facts_; }
  /// By its name, or the first for "whisper-1", which clients send unless they are told otherwise; nullptr for others.
  [[nodiscard]] const ModelFacts* find(const std::string& name) const noexcept;

  /// Loads it first when it is not there; others that ask meanwhile wait for that, and `waiting` is called as the
  /// turnstile does. In use, and not let go, as long as a copy of the pointer lives.
  [[nodiscard]] std::shared_ptr<const Transcriber> lease(const ModelFacts& model, Writer writer,
                                                         const std::function<void()>& waiting = {});
  /// Lets go what nobody has used for the time; how many.
  std::size_t let_go_idle();

  [[nodiscard]] std::size_t loaded() const;
  /// Bytes of the packed weights that are loaded.
  [[nodiscard]] std::size_t weight_bytes() const;

 private:
  struct Entry {
    std::size_t model = 0;
    Writer writer = Writer::own;
    std::shared_ptr<const Transcriber> transcriber;
    bool loading = false;
    std::chrono::steady_clock::time_point used;
  };
  [[nodiscard]] std::shared_ptr<const Transcriber> load(const Entry& entry) const;

  PoolOptions options_;
  std::vector<Bundle> bundles_;
  std::vector<ModelFacts> facts_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Entry> entries_;
};

}  // namespace seben::serve
