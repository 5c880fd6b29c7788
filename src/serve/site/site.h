// SPDX-License-Identifier: Apache-2.0
// The whole server: which path is answered by whom, who may ask, how it ends.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace seben::serve {

struct SiteOptions {
  /// NAME and folder of each model, the first of which "whisper-1" means.
  std::vector<std::pair<std::string, std::string>> models;
  std::string address = "127.0.0.1";
  std::uint16_t port = 0;     ///< 0: any that is free
  int threads = 0;            ///< of one window; 0: as many as there are processors
  std::size_t slots = 1;      ///< windows computed at once
  std::size_t queue = 32;     ///< requests that may wait beside those
  std::size_t sessions = 64;  ///< live ones at once
  std::string precision = "auto";
  std::uint64_t upload_bytes = std::uint64_t{512} << 20;
  double sound_seconds = 4 * 3600.0;
  std::chrono::seconds idle_unload{600};  ///< 0: loaded models stay
  std::chrono::seconds drain{30};
  std::string api_key;               ///< empty: none is asked for
  std::vector<std::string> origins;  ///< pages elsewhere that may use it
  std::vector<std::string> hosts;    ///< names that it answers to
  std::size_t rate = 0;              ///< transcriptions and live sessions that a client may begin in a minute; 0: any
  std::vector<std::string> proxies;  ///< addresses whose X-Forwarded-For says who the client is
  bool strict = false;               ///< unknown fields are refused
  std::size_t connections = 256;
  std::chrono::milliseconds heartbeat{15'000};  ///< how long a stream of text may say nothing
  std::chrono::milliseconds header_time{10'000}, body_time{30'000}, connection_idle{60'000};
  /// One line for each request; may be empty. Called by any thread, one at a time.
  std::function<void(const std::string&)> log;
};

class Site {
 public:
  /// Opens the bundles and listens at once. Error(usage), Error(no_input), Error(bad_data), Error(io).
  explicit Site(const SiteOptions& options);
  ~Site();

  [[nodiscard]] std::uint16_t port() const noexcept;
  /// Takes nothing new; whether everything in flight was finished within `drain`. What was not is cut off.
  bool stop();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace seben::serve
