// SPDX-License-Identifier: Apache-2.0
// Requests and responses as the rest of the server sees them: plain data, and an exchange that reads and writes bodies.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/web_socket.h"

namespace seben::serve {

using Fields = std::vector<std::pair<std::string, std::string>>;

struct Request {
  std::string method;
  std::string path;  ///< percent-decoded, without the query
  Fields query;      ///< decoded, in order
  Fields headers;    ///< names in lower case
  std::string peer;  ///< address of the client, without its port
  std::optional<std::uint64_t> content_length;
  bool has_body = false;

  /// The first of that name in lower case; nullptr when there is none.
  [[nodiscard]] const std::string* header(std::string_view name) const noexcept;
  [[nodiscard]] const std::string* query_value(std::string_view name) const noexcept;
};

struct Response {
  int status = 200;
  std::string type = "application/json";
  std::string body = {};
  Fields headers = {};
};

/// The client is gone, or did not take what was sent within the time: there is nobody to tell.
class Gone : public std::runtime_error {
 public:
  explicit Gone(const std::string& why) : std::runtime_error("client gone: " + why) {}
};

/// What the transport itself refuses while a body is being read: 400, 408 or 413.
class BodyRefused : public std::runtime_error {
 public:
  BodyRefused(int status, const std::string& why) : std::runtime_error(why), status_(status) {}
  [[nodiscard]] int status() const noexcept { return status_; }

 private:
  int status_;
};

/// One request and its answer; used by one thread at a time, but for peer_gone(), which any may ask.
class Exchange {
 public:
  Exchange() = default;
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;
  virtual ~Exchange() = default;

  [[nodiscard]] virtual const Request& request() const noexcept = 0;
  /// The next bytes of the body, transfer coding undone; 0 at its end. Throws BodyRefused beyond `limit_body` and for a
  /// body that is broken or too slow, Gone.
  [[nodiscard]] virtual std::size_t read_body(std::span<char> out) = 0;
  virtual void limit_body(std::uint64_t bytes) noexcept = 0;

  /// The whole answer. Throws Gone.
  virtual void send(const Response& response) = 0;
  [[nodiscard]] virtual bool answered() const noexcept = 0;
  /// An answer in parts, each sent at once. Throws Gone.
  virtual void begin_parts(const Response& head) = 0;
  virtual void write_part(std::string_view part) = 0;
  virtual void end_parts() = 0;

  /// Whether the client closed its end, or half of it, or sent a reset.
  [[nodiscard]] virtual bool peer_gone() const noexcept = 0;
  /// Whether the server ends: what waits should give up.
  [[nodiscard]] virtual bool stopping() const noexcept = 0;

  [[nodiscard]] virtual bool wants_web_socket() const noexcept = 0;
  /// Answers 101; `protocol` is named in it unless it is empty. What is said from now on goes through the socket.
  [[nodiscard]] virtual std::unique_ptr<WebSocket> accept_web_socket(const std::string& protocol,
                                                                     std::size_t largest_message) = 0;
};

}  // namespace seben::serve
