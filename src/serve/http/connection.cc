// SPDX-License-Identifier: Apache-2.0
// The one file that knows Boost.Beast: its parser and serializer over a Socket.
#include "http/connection.h"

#include <boost/asio/buffer.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/buffer_traits.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/chunk_encode.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/serializer.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>
#include <limits>
#include <mutex>
#include <utility>

#include "http/frames.h"
#include "http/header_value.h"
#include "http/target.h"

namespace seben::serve {
namespace {

namespace net = boost::asio;
namespace beast = boost::beast;
namespace http = boost::beast::http;
using std::chrono::milliseconds;

constexpr milliseconds kLinger{2'000};
constexpr std::uint64_t kMostDrained = 65'536;       // of a body that nobody read, to keep the connection
constexpr double kSlowestBody = 512.0;               // bytes a second, after
constexpr std::chrono::seconds kSlownessBegins{30};  // that long
constexpr milliseconds kGlance{250};                 // how often an idle connection looks whether the server ends

// A Socket as Beast's reading and writing functions want it.
class Stream {
 public:
  explicit Stream(Socket& socket) : socket_(socket) {}

  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers, beast::error_code& error) {
    for (const net::mutable_buffer buffer : beast::buffers_range_ref(buffers)) {
      if (buffer.size() == 0) continue;
      return told(socket_.read({static_cast<std::byte*>(buffer.data()), buffer.size()}), error);
    }
    error = {};
    return 0;
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers, beast::error_code& error) {
    for (const net::const_buffer buffer : beast::buffers_range_ref(buffers)) {
      if (buffer.size() == 0) continue;
      return told(socket_.write({static_cast<const std::byte*>(buffer.data()), buffer.size()}), error);
    }
    error = {};
    return 0;
  }
  template <typename Buffers>
  std::size_t read_some(const Buffers& buffers) {
    return checked([&](beast::error_code& error) { return read_some(buffers, error); });
  }
  template <typename Buffers>
  std::size_t write_some(const Buffers& buffers) {
    return checked([&](beast::error_code& error) { return write_some(buffers, error); });
  }

 private:
  template <typename Work>
  static std::size_t checked(Work&& work) {
    beast::error_code error;
    const std::size_t bytes = work(error);
    if (error) throw beast::system_error(error);
    return bytes;
  }
  static std::size_t told(const IoResult& result, beast::error_code& error) {
    switch (result.state) {
      case IoState::done: error = {}; break;
      case IoState::end: error = net::error::eof; break;
      case IoState::timeout: error = net::error::timed_out; break;
      case IoState::failed: error = beast::error_code(result.error, boost::system::system_category()); break;
    }
    return result.bytes;
  }

  Socket& socket_;
};

using Parser = http::request_parser<http::buffer_body>;

// The status that a request is refused with before anybody saw it; 0: there is nobody to tell.
int status_of(const beast::error_code& error, bool begun) {
  if (error == http::error::header_limit) return 431;
  if (error == net::error::timed_out) return begun ? 408 : 0;
  if (error == http::error::end_of_stream || error == net::error::eof) return 0;
  if (error == http::error::partial_message) return 400;
  return error.category() == http::make_error_code(http::error::bad_method).category() ? 400 : 0;
}

class Socketry final : public WebSocket {
 public:
  Socketry(Socket& socket, std::string already, std::size_t largest, const std::atomic<bool>& stopping)
      : socket_(socket), frames_(largest), stopping_(stopping) {
    frames_.push(already);
  }

  std::optional<Message> read(milliseconds time) override {
    try {
      while (open_) {
        if (auto arrival = frames_.next()) {
          if (arrival->opcode == Opcode::text || arrival->opcode == Opcode::binary) {
            return Message{arrival->opcode == Opcode::binary, std::move(arrival->data)};
          }
          answer(*arrival);
          continue;
        }
        if (!socket_.readable_within(time)) return std::nullopt;
        std::array<std::byte, 16384> bytes;
        const IoResult got = socket_.read(bytes);
        if (got.state != IoState::done) {
          open_ = false;
          return std::nullopt;
        }
        frames_.push({reinterpret_cast<const char*>(bytes.data()), got.bytes});
        time = milliseconds(0);  // what came is looked at; more is another call's
      }
    } catch (const FrameError& error) {
      close(error.code(), error.what());
    }
    return std::nullopt;
  }
  [[nodiscard]] bool open() const noexcept override { return open_; }
  [[nodiscard]] bool hung_up() const noexcept override { return socket_.hung_up(); }
  void send_text(std::string_view text) override {
    if (open_) put(make_frame(Opcode::text, text));
  }
  void close(int code, std::string_view reason) override {
    if (!std::exchange(open_, false)) return;
    try {
      put(make_close(code, reason));
    } catch (const Gone&) {
      return;  // nobody to say it to
    }
    socket_.linger(kLinger);
  }
  [[nodiscard]] bool stopping() const noexcept override { return stopping_; }

 private:
  void answer(const Arrival& arrival) {
    if (arrival.opcode == Opcode::ping) put(make_frame(Opcode::pong, arrival.data));
    if (arrival.opcode != Opcode::close) return;
    open_ = false;
    put(make_frame(Opcode::close, std::string_view(arrival.data).substr(0, 2)));
  }
  void put(const std::string& frame) {
    std::span<const std::byte> rest = std::as_bytes(std::span(frame));
    while (!rest.empty()) {
      const IoResult result = socket_.write(rest);
      if (result.state != IoState::done) {
        open_ = false;
        throw Gone(result.state == IoState::timeout ? "it takes nothing" : "the connection is closed");
      }
      rest = rest.subspan(result.bytes);
    }
  }

  Socket& socket_;
  FrameReader frames_;
  const std::atomic<bool>& stopping_;
  bool open_ = true;
};

class BeastExchange final : public Exchange {
 public:
  BeastExchange(Socket& socket, beast::flat_buffer& buffer, Parser& parser, const std::string& peer,
                const ConnectionPart& part)
      : socket_(socket), stream_(socket), buffer_(buffer), parser_(parser), part_(part) {
    request_.method = std::string(parser.get().method_string());
    request_.peer = peer;
    for (const auto& field : parser.get()) {
      request_.headers.emplace_back(
          lower_case(std::string_view(field.name_string().data(), field.name_string().size())),
          std::string(field.value()));
    }
    if (const auto length = parser.content_length()) request_.content_length = *length;
    request_.has_body = !parser.is_done();
    keep_alive_ = parser.get().keep_alive();
  }

  // Whether the request line names something that can be.
  [[nodiscard]] bool read_target() {
    auto target = parse_target({parser_.get().target().data(), parser_.get().target().size()});
    if (!target) return false;
    request_.path = std::move(target->path);
    request_.query = std::move(target->query);
    return true;
  }

  [[nodiscard]] const Request& request() const noexcept override { return request_; }
  void limit_body(std::uint64_t bytes) noexcept override { most_ = bytes; }

  std::size_t read_body(std::span<char> out) override {
    if (parser_.is_done()) return 0;
    if (begun_ == Socket::Clock::time_point()) {
      begun_ = Socket::Clock::now();
      if (const std::string* expect = request_.header("expect");
          expect != nullptr && has_word(*expect, "100-continue")) {
        write_raw("HTTP/1.1 100 Continue\r\n\r\n");
      }
    }
    auto& body = parser_.get().body();
    body.data = out.data();
    body.size = out.size();
    body.more = true;
    socket_.set_patience(part_.options.body_time, part_.options.write_time);
    beast::error_code error;
    http::read(stream_, buffer_, parser_, error);
    if (error == http::error::need_buffer) error = {};
    if (error == net::error::timed_out) throw BodyRefused(408, "no byte of the body within the time");
    if (error == http::error::partial_message || error == net::error::eof) {
      broken_ = true;
      throw Gone("the body ends before its length");
    }
    if (error && error.category() == http::make_error_code(http::error::bad_chunk).category()) {
      throw BodyRefused(400, "a body that is no HTTP: " + error.message());
    }
    if (error) throw Gone(error.message());
    const std::size_t got = out.size() - body.size;
    taken_ += got;
    if (taken_ > most_) throw BodyRefused(413, "the body is longer than " + std::to_string(most_) + " bytes");
    const std::chrono::duration<double> since = Socket::Clock::now() - begun_;
    if (since > kSlownessBegins && static_cast<double>(taken_) < kSlowestBody * since.count()) {
      throw BodyRefused(408, "the body comes too slowly");
    }
    return got;
  }

  void send(const Response& response) override {
    answered_ = true;
    settle_body();
    http::response<http::string_body> out;
    fill(out, response);
    if (request_.method == "HEAD") {
      out.content_length(response.body.size());
    } else {
      out.body() = response.body;
      out.prepare_payload();
    }
    http::response_serializer<http::string_body> serializer(out);
    beast::error_code error;
    http::write(stream_, serializer, error);
    gone_if(error);
  }
  [[nodiscard]] bool answered() const noexcept override { return answered_; }

  void begin_parts(const Response& head) override {
    answered_ = true;
    settle_body();
    http::response<http::empty_body> out;
    fill(out, head);
    chunked_ = parser_.get().version() >= 11;
    if (chunked_) {
      out.chunked(true);
    } else {
      keep_alive_ = false;
      out.keep_alive(false);
    }
    http::response_serializer<http::empty_body> serializer(out);
    beast::error_code error;
    http::write_header(stream_, serializer, error);
    gone_if(error);
  }
  void write_part(std::string_view part) override {
    if (part.empty()) return;
    const std::lock_guard lock(writing_);
    if (!chunked_) return write_raw(part);
    beast::error_code error;
    net::write(stream_, http::make_chunk(net::buffer(part.data(), part.size())), error);
    gone_if(error);
  }
  void end_parts() override {
    if (!chunked_) return;
    beast::error_code error;
    net::write(stream_, http::make_chunk_last(), error);
    gone_if(error);
  }

  [[nodiscard]] bool peer_gone() const noexcept override { return socket_.peer_gone(); }
  [[nodiscard]] bool stopping() const noexcept override { return part_.stopping; }
  [[nodiscard]] bool keeps_alive() const noexcept { return keep_alive_ && !broken_; }

  [[nodiscard]] bool wants_web_socket() const noexcept override {
    const std::string* upgrade = request_.header("upgrade");
    const std::string* connection = request_.header("connection");
    return request_.method == "GET" && upgrade != nullptr && connection != nullptr && has_word(*upgrade, "websocket") &&
           has_word(*connection, "upgrade");
  }
  std::unique_ptr<WebSocket> accept_web_socket(const std::string& protocol, std::size_t largest_message) override {
    const std::string* key = request_.header("sec-websocket-key");
    const std::string* version = request_.header("sec-websocket-version");
    const auto accepted = key != nullptr ? accept_key(*key) : std::nullopt;
    if (!accepted || version == nullptr || *version != "13") return nullptr;
    answered_ = true;
    keep_alive_ = false;
    http::response<http::empty_body> out;
    out.result(http::status::switching_protocols);
    out.set(http::field::upgrade, "websocket");
    out.set(http::field::connection, "Upgrade");
    out.set(http::field::sec_websocket_accept, *accepted);
    if (!protocol.empty()) out.set(http::field::sec_websocket_protocol, protocol);
    http::response_serializer<http::empty_body> serializer(out);
    beast::error_code error;
    http::write_header(stream_, serializer, error);
    gone_if(error);
    const auto rest = buffer_.data();
    std::string already(static_cast<const char*>(rest.data()), rest.size());
    return std::make_unique<Socketry>(socket_, std::move(already), largest_message, part_.stopping);
  }

 private:
  template <typename Message>
  void fill(Message& out, const Response& response) {
    out.version(11);
    out.result(static_cast<unsigned>(response.status));
    if (!response.type.empty()) out.set(http::field::content_type, response.type);
    for (const auto& [name, value] : response.headers) out.set(name, value);
    if (part_.stopping) keep_alive_ = false;
    out.keep_alive(keep_alive_);
  }
  // The next request can only be found behind the body of this one.
  void settle_body() {
    socket_.set_patience(milliseconds(1'000), part_.options.write_time);
    if (parser_.is_done() || broken_) return;
    const bool expects = request_.header("expect") != nullptr && begun_ == Socket::Clock::time_point();
    const std::uint64_t most = request_.content_length.value_or(std::numeric_limits<std::uint64_t>::max());
    if (expects || most > kMostDrained) {
      keep_alive_ = false;
      return;
    }
    std::array<char, 4096> lost;
    try {
      while (read_body(lost) != 0) {
      }
    } catch (const std::runtime_error&) {
      keep_alive_ = false;
    }
  }
  void write_raw(std::string_view text) {
    beast::error_code error;
    net::write(stream_, net::buffer(text.data(), text.size()), error);
    gone_if(error);
  }
  void gone_if(const beast::error_code& error) {
    if (!error) return;
    broken_ = true;
    throw Gone(error.message());
  }

  Socket& socket_;
  Stream stream_;
  beast::flat_buffer& buffer_;
  Parser& parser_;
  const ConnectionPart& part_;
  Request request_;
  Socket::Clock::time_point begun_;
  std::uint64_t most_ = std::numeric_limits<std::uint64_t>::max(), taken_ = 0;
  bool keep_alive_ = true, broken_ = false, answered_ = false, chunked_ = false;
  std::mutex writing_;
};

// Waits for the first byte of a request; false where none comes, or the server ends.
bool wait_for_request(const Socket& socket, const beast::flat_buffer& buffer, const ConnectionPart& part) {
  if (buffer.size() != 0) return !part.stopping;
  const auto end = Socket::Clock::now() + part.options.idle_time;
  while (!part.stopping && Socket::Clock::now() < end) {
    if (socket.readable_within(kGlance)) return true;
  }
  return false;
}

// One request; whether the connection goes on.
bool serve_one(Socket& socket, beast::flat_buffer& buffer, const std::string& peer, const ConnectionPart& part) {
  Parser parser;
  parser.header_limit(part.options.header_bytes);
  parser.body_limit(std::numeric_limits<std::uint64_t>::max());  // none: 1.74 takes that for less than any
  Stream stream(socket);
  beast::error_code error;
  socket.set_deadline(Socket::Clock::now() + part.options.header_time);
  http::read_header(stream, buffer, parser, error);
  socket.set_deadline(std::nullopt);
  BeastExchange exchange(socket, buffer, parser, peer, part);
  const int refused = error                    ? status_of(error, buffer.size() != 0 || parser.got_some())
                      : exchange.read_target() ? 0
                                               : 400;
  if (error && refused == 0) return false;
  if (refused != 0) {
    exchange.send(part.refuse(refused, error ? error.message() : "a path that is none"));
    socket.linger(kLinger);
    return false;
  }
  part.handler(exchange);
  if (!exchange.keeps_alive()) socket.linger(kLinger);
  return exchange.keeps_alive();
}

}  // namespace

void serve_connection(Socket& socket, const std::string& peer, const ConnectionPart& part) noexcept {
  try {
    beast::flat_buffer buffer;
    while (wait_for_request(socket, buffer, part) && serve_one(socket, buffer, peer, part)) {
    }
  } catch (const std::exception&) {
    return;  // the client is gone, or there is no memory to answer it
  }
}

}  // namespace seben::serve
