// SPDX-License-Identifier: Apache-2.0
// A small HTTP/1.1 server of this machine that can misbehave in every way that a download must survive.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace seben::test {

struct Asked {
  std::string method, target;
  std::map<std::string, std::string> headers;  ///< names in lower case

  [[nodiscard]] std::string header(const std::string& name) const {
    const auto it = headers.find(name);
    return it == headers.end() ? "" : it->second;
  }
};

struct Answer {
  int status = 200;
  std::vector<std::string> headers;  ///< "Name: value"
  std::string body;
  bool ranges = true;  ///< answers "Range: bytes=N-" of a 200
  bool chunked = false;
  bool no_length = false;
  std::optional<std::size_t> length;  ///< the Content-Length that is claimed instead of the true one
  std::optional<std::size_t> cut;     ///< the connection is closed after so many bytes of the body
  std::optional<std::size_t> stall;   ///< nothing comes any more after so many bytes, until the server ends
  std::string raw;                    ///< sent instead of everything else
};

class HttpServer {
 public:
  using Handler = std::function<Answer(const Asked&)>;

  explicit HttpServer(Handler handler) : handler_(std::move(handler)) {
    ::setenv("no_proxy", "127.0.0.1,localhost", 1);  // whatever proxy the tests' caller has
    listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof(address);
    auto* plain = reinterpret_cast<sockaddr*>(&address);
    if (listener_ < 0 || ::bind(listener_, plain, size) != 0 || ::listen(listener_, 64) != 0 ||
        ::getsockname(listener_, plain, &size) != 0) {
      throw std::runtime_error("no server");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread([this] { serve(); });
  }
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;
  ~HttpServer() {
    ended_ = true;
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
    for (std::thread& thread : connections_) thread.join();
  }

  /// "http://127.0.0.1:1234"; the same server is another origin as `elsewhere`.
  [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] std::string elsewhere() const { return "http://localhost:" + std::to_string(port_); }

  [[nodiscard]] std::vector<Asked> asked() const {
    const std::lock_guard lock(mutex_);
    return asked_;
  }
  [[nodiscard]] std::size_t count(std::string_view method, std::string_view part_of_target) const {
    const std::vector<Asked> all = asked();
    return static_cast<std::size_t>(std::ranges::count_if(all, [&](const Asked& one) {
      return one.method == method && one.target.find(part_of_target) != std::string::npos;
    }));
  }
  void forget() {
    const std::lock_guard lock(mutex_);
    asked_.clear();
  }

 private:
  void serve() {
    while (!ended_) {
      const int connection = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
      if (connection < 0) continue;
      connections_.emplace_back([this, connection] {
        answer(connection);
        ::close(connection);
      });
    }
  }

  static std::string lower(std::string text) {
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return text;
  }

  static std::optional<Asked> read(int connection) {
    std::string text;
    char bytes[4096];
    while (text.find("\r\n\r\n") == std::string::npos) {
      const ssize_t size = ::recv(connection, bytes, sizeof(bytes), 0);
      if (size <= 0) return std::nullopt;
      text.append(bytes, static_cast<std::size_t>(size));
    }
    Asked asked;
    std::size_t at = text.find("\r\n");
    const std::string first = text.substr(0, at);
    const std::size_t one = first.find(' '), two = first.rfind(' ');
    asked.method = first.substr(0, one);
    asked.target = first.substr(one + 1, two - one - 1);
    while (true) {
      const std::size_t begin = at + 2, end = text.find("\r\n", begin);
      if (end == begin || end == std::string::npos) return asked;
      const std::string line = text.substr(begin, end - begin);
      const std::size_t colon = line.find(':');
      asked.headers[lower(line.substr(0, colon))] = line.substr(line.find_first_not_of(' ', colon + 1));
      at = end;
    }
  }

  static void send(int connection, std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t size = ::send(connection, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (size <= 0) return;
      bytes.remove_prefix(static_cast<std::size_t>(size));
    }
  }

  static std::string in_chunks(std::string_view body) {
    std::string text;
    while (!body.empty()) {
      const std::string_view piece = body.substr(0, 100);
      char size[16];
      std::snprintf(size, sizeof(size), "%zx\r\n", piece.size());
      text += size + std::string(piece) + "\r\n";
      body.remove_prefix(piece.size());
    }
    return text + "0\r\n\r\n";
  }

  void answer(int connection) {
    const std::optional<Asked> asked = read(connection);
    if (!asked) return;
    {
      const std::lock_guard lock(mutex_);
      asked_.push_back(*asked);
    }
    Answer answer = handler_(*asked);
    if (!answer.raw.empty()) return send(connection, answer.raw);
    std::string body = answer.body;
    const std::string range = asked->header("range");
    if (answer.ranges && answer.status == 200 && range.starts_with("bytes=")) {
      const std::size_t from = std::stoul(range.substr(6));
      if (from < body.size()) {
        answer.status = 206;
        answer.headers.push_back("Content-Range: bytes " + std::to_string(from) + "-" +
                                 std::to_string(body.size() - 1) + "/" + std::to_string(body.size()));
        body.erase(0, from);
      } else {
        answer.status = 416;
        body.clear();
      }
    }
    std::string head = "HTTP/1.1 " + std::to_string(answer.status) + " Something\r\nConnection: close\r\n";
    for (const std::string& header : answer.headers) head += header + "\r\n";
    if (answer.chunked) {
      head += "Transfer-Encoding: chunked\r\n";
      body = in_chunks(body);
    } else if (!answer.no_length) {
      head += "Content-Length: " + std::to_string(answer.length.value_or(body.size())) + "\r\n";
    }
    send(connection, head + "\r\n");
    if (asked->method == "HEAD") return;
    const std::size_t end =
        std::min({answer.cut.value_or(body.size()), answer.stall.value_or(body.size()), body.size()});
    send(connection, std::string_view(body).substr(0, end));
    while (answer.stall && !ended_) std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }

  Handler handler_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> ended_{false};
  mutable std::mutex mutex_;
  std::vector<Asked> asked_;
  std::vector<std::thread> connections_;
  std::thread thread_;
};

}  // namespace seben::test
