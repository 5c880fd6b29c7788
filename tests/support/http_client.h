// SPDX-License-Identifier: Apache-2.0
// A client that can misbehave: sends any bytes to a port of this machine, reads answers.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seben::test {

struct HttpAnswer {
  int status = 0;                              ///< 0: the connection ended without one
  std::map<std::string, std::string> headers;  ///< names in lower case
  std::string body;                            ///< chunks joined
  std::vector<std::string> chunks;
};

class HttpClient {
 public:
  explicit HttpClient(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) {
      ::close(fd_);
      throw std::runtime_error("cannot connect");
    }
  }
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;
  ~HttpClient() { close(); }

  /// False once the server closed its end.
  bool send(std::string_view bytes) {
    while (!bytes.empty()) {
      const ssize_t put = ::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  void half_close() const { ::shutdown(fd_, SHUT_WR); }
  void close() {
    if (fd_ >= 0) ::close(std::exchange(fd_, -1));
  }

  HttpAnswer answer() {
    HttpAnswer out;
    std::string line = read_line();
    if (!line.starts_with("HTTP/1.1 ")) return out;
    out.status = std::atoi(line.c_str() + 9);
    while (!(line = read_line()).empty()) {
      const std::size_t colon = line.find(':');
      std::string name = line.substr(0, colon);
      std::ranges::transform(name, name.begin(),
                             [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
      out.headers[name] = line.substr(std::min(line.size(), colon + 2));
    }
    if (out.status == 101 || out.status == 100 || out.status == 204) return out;
    if (out.headers["transfer-encoding"] == "chunked") {
      while (const auto size = std::strtoul(read_line().c_str(), nullptr, 16)) {
        out.chunks.push_back(read(size));
        out.body += out.chunks.back();
        (void)read_line();
      }
      (void)read_line();
    } else {
      out.body = read(static_cast<std::size_t>(std::atoll(out.headers["content-length"].c_str())));
    }
    return out;
  }
  /// Exactly so many bytes, or fewer at the end.
  std::string read(std::size_t count) {
    while (held_.size() < count && fill()) {
    }
    std::string out = held_.substr(0, count);
    held_.erase(0, count);
    return out;
  }
  /// Whether the server closes the connection within the time, whatever it says before.
  bool closes_within(int ms) {
    pollfd one{fd_, POLLIN, 0};
    while (::poll(&one, 1, ms) > 0) {
      if (!fill()) return true;
    }
    return false;
  }

 private:
  bool fill() {
    char piece[65536];
    pollfd one{fd_, POLLIN, 0};
    if (::poll(&one, 1, 60'000) <= 0) return false;
    const ssize_t got = ::recv(fd_, piece, sizeof piece, 0);
    if (got <= 0) return false;
    held_.append(piece, static_cast<std::size_t>(got));
    return true;
  }
  std::string read_line() {
    std::size_t end = 0;
    while ((end = held_.find("\r\n")) == std::string::npos) {
      if (!fill()) return std::exchange(held_, {});
    }
    std::string out = held_.substr(0, end);
    held_.erase(0, end + 2);
    return out;
  }

  int fd_;
  std::string held_;
};

/// multipart/form-data; a value that begins with "@" is a file's bytes.
inline std::string form_body(const std::vector<std::pair<std::string, std::string>>& fields,
                             const std::string& boundary = "xyz") {
  std::string out;
  for (const auto& [name, value] : fields) {
    const bool file = value.starts_with('@');
    out += "--" + boundary + "\r\nContent-Disposition: form-data; name=\"" + name + "\"";
    if (file) out += "; filename=\"a.wav\"\r\nContent-Type: audio/wav";
    out += "\r\n\r\n" + value.substr(file ? 1 : 0) + "\r\n";
  }
  return out + "--" + boundary + "--\r\n";
}

/// A POST with a form, to be sent.
inline std::string form_request(const std::string& path, const std::vector<std::pair<std::string, std::string>>& fields,
                                const std::string& headers = {}) {
  const std::string body = form_body(fields);
  return "POST " + path + " HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=xyz\r\n" +
         headers + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace seben::test
