// SPDX-License-Identifier: Apache-2.0
// The transport alone, its handler an echo: what clients do wrong, slowly or not at all.
#include "http/server.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

#include "http/access.h"
#include "http/target.h"
#include "support/errors.h"
#include "support/http_client.h"
#include "support/web_socket_client.h"

namespace seben::serve {
namespace {

using std::chrono::milliseconds;
using test::HttpClient;

// Answers with the body, in parts for /parts, after the client is gone for /wait.
class EchoServer {
 public:
  explicit EchoServer(ServerOptions options = quick())
      : server(
            options, [this](Exchange& exchange) { answer(exchange); },
            [](int status, const std::string& why) {
              return Response{status, "text/plain", why, {}};
            }) {}

  static ServerOptions quick() {
    ServerOptions out;
    out.header_time = milliseconds(400);
    out.body_time = milliseconds(400);
    out.idle_time = milliseconds(800);
    return out;
  }

  std::atomic<int> gone = 0;
  Server server;

 private:
  void answer(Exchange& exchange) {
    const std::string& path = exchange.request().path;
    if (path == "/socket") {
      const auto socket = exchange.accept_web_socket("", 1000);
      if (socket == nullptr) return exchange.send({400, "text/plain", "no key", {}});
      while (socket->open() && !socket->stopping()) {
        if (auto message = socket->read(milliseconds(20))) socket->send_text("got " + message->data);
      }
      return socket->close(1001, "the server ends");
    }
    if (path == "/wait") {
      while (!exchange.peer_gone()) std::this_thread::sleep_for(milliseconds(5));
      ++gone;
      throw Gone("test");
    }
    if (path == "/early") return exchange.send({413, "text/plain", "too large", {}});
    std::string body;
    std::array<char, 1000> piece;
    exchange.limit_body(100'000);
    try {
      while (const std::size_t got = exchange.read_body(piece)) body.append(piece.data(), got);
    } catch (const BodyRefused& refused) {
      return exchange.send({refused.status(), "text/plain", refused.what(), {}});
    }
    if (path != "/parts") return exchange.send({200, "text/plain", body, {}});
    exchange.begin_parts({200, "text/plain", "", {}});
    for (const char c : body) exchange.write_part({&c, 1});
    exchange.end_parts();
  }
};

std::string post(const std::string& path, const std::string& body, const std::string& headers = {}) {
  return "POST " + path + " HTTP/1.1\r\nHost: x\r\n" + headers + "Content-Length: " + std::to_string(body.size()) +
         "\r\n\r\n" + body;
}

TEST(HttpServer, AnswersOneRequestAfterAnotherOnOneConnection) {
  EchoServer echo;
  HttpClient client(echo.server.port());
  for (const char* word : {"one", "", "three"}) {
    client.send(post("/", word));
    const auto answer = client.answer();
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, word);
  }
  client.send(post("/", "a") + post("/", "b"));  // sent together, answered in order
  EXPECT_EQ(client.answer().body, "a");
  EXPECT_EQ(client.answer().body, "b");
}

TEST(HttpServer, ChunkedBodiesAreReadAndPartsSentAsChunks) {
  EchoServer echo;
  HttpClient client(echo.server.port());
  client.send("POST /parts HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\n");
  client.send(std::string("\0\r\n0\r\n\r\n", 8));
  const auto answer = client.answer();
  EXPECT_EQ(answer.body, std::string("ab\0", 3));
  EXPECT_EQ(answer.chunks.size(), 3U);
  client.send("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n");
  EXPECT_EQ(client.answer().status, 400);
}

TEST(HttpServer, ABodyIsWaitedForByThoseWhoExpectIt) {
  EchoServer echo;
  HttpClient client(echo.server.port());
  client.send("POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.answer().status, 100);
  client.send("ok");
  EXPECT_EQ(client.answer().body, "ok");
  client.send("POST /early HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413) << "refused before the body was asked for";
  EXPECT_TRUE(client.closes_within(5'000));
}

TEST(HttpServer, WhatIsNoHttpIsRefused) {
  EchoServer echo;
  const auto status = [&](const std::string& bytes) {
    HttpClient client(echo.server.port());
    client.send(bytes);
    return client.answer().status;
  };
  EXPECT_EQ(status("nonsense\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(status("GET /%00 HTTP/1.1\r\nHost: x\r\n\r\n"), 400);
  EXPECT_EQ(status("GET / HTTP/1.1\r\nX: " + std::string(9000, 'a') + "\r\n\r\n"), 431);
  EXPECT_EQ(status("POST / HTTP/1.1\r\nContent-Length: x\r\n\r\n"), 400);
  EXPECT_EQ(status(post("/", std::string(200'000, 'a'))), 413);
  EXPECT_EQ(status("POST /early HTTP/1.1\r\nHost: x\r\nContent-Length: 10000000000\r\n\r\nabc"), 413);
}

TEST(HttpServer, SlowClientsAreLetGo) {
  EchoServer echo;
  HttpClient slow(echo.server.port());
  std::jthread trickle([&](const std::stop_token& stop) {
    for (int i = 0; i < 100 && !stop.stop_requested() && slow.send("G"); ++i)
      std::this_thread::sleep_for(milliseconds(50));
  });
  EXPECT_TRUE(slow.closes_within(6'000)) << "a head that comes byte by byte";
  trickle.request_stop();
  HttpClient stuck(echo.server.port());
  stuck.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab");
  EXPECT_EQ(stuck.answer().status, 408);
  HttpClient silent(echo.server.port());
  EXPECT_TRUE(silent.closes_within(6'000));
}

TEST(HttpServer, AClientThatLeavesIsNoticed) {
  EchoServer echo;
  for (const bool half : {false, true}) {
    HttpClient client(echo.server.port());
    client.send(post("/wait", ""));
    std::this_thread::sleep_for(milliseconds(50));
    const int before = echo.gone;
    half ? client.half_close() : client.close();
    for (int i = 0; i < 400 && echo.gone == before; ++i) std::this_thread::sleep_for(milliseconds(5));
    EXPECT_EQ(echo.gone, before + 1);
  }
}

TEST(HttpServer, MoreConnectionsThanThereMayBeAreToldSo) {
  ServerOptions options = EchoServer::quick();
  options.connections = 2;
  EchoServer echo(options);
  HttpClient one(echo.server.port()), two(echo.server.port());
  one.send(post("/", "1"));
  two.send(post("/", "2"));
  EXPECT_EQ(one.answer().status, 200);
  EXPECT_EQ(two.answer().status, 200);
  HttpClient three(echo.server.port());
  const auto answer = three.answer();
  EXPECT_EQ(answer.status, 503);
  EXPECT_TRUE(answer.headers.contains("retry-after"));
}

TEST(HttpServer, StopsWithinItsTimeAndCutsWhatIsLeft) {
  EchoServer echo;
  HttpClient idle(echo.server.port()), waiting(echo.server.port());
  idle.send(post("/", "1"));
  EXPECT_EQ(idle.answer().status, 200);
  waiting.send(post("/wait", ""));
  std::this_thread::sleep_for(milliseconds(50));
  echo.server.stop_accepting();
  EXPECT_TRUE(idle.closes_within(3'000));
  EXPECT_THROW(HttpClient(echo.server.port()), std::runtime_error);
  EXPECT_FALSE(echo.server.wait_for_end(milliseconds(100)));
  echo.server.cut();
  EXPECT_TRUE(echo.server.wait_for_end(milliseconds(5'000)));
}

TEST(HttpServer, WebSocketsTalkAndEnd) {
  EchoServer echo;
  test::WebSocketClient client(echo.server.port(), "/socket");
  EXPECT_EQ(client.answer.status, 101);
  EXPECT_EQ(client.answer.headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  client.text("hello");
  EXPECT_EQ(client.read().data, "got hello");
  client.raw().send(test::client_frame(9, "p"));
  EXPECT_EQ(client.read().opcode, 10U);
  client.text(std::string(1001, 'a'));
  EXPECT_EQ(client.read().close_code(), 1009);
  test::WebSocketClient polite(echo.server.port(), "/socket");
  polite.raw().send(test::client_frame(8, "\x03\xE8"));
  EXPECT_EQ(polite.read().close_code(), 1000);
  test::WebSocketClient last(echo.server.port(), "/socket");
  echo.server.stop_accepting();
  EXPECT_EQ(last.read().close_code(), 1001);
}

TEST(HttpServer, AddressesThatCannotBeAreErrors) {
  ServerOptions options;
  options.address = "nowhere";
  const auto make = [&] { const EchoServer server(options); };
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "listen", make));
  const EchoServer other;
  options.address = "127.0.0.1";
  options.port = other.server.port();
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "to be listened to", make));
}

TEST(Target, PathsAndQueriesAreDecoded) {
  const auto target = parse_target("/v1/models/a%2Fb?x=1&y=a+b%26&z");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->path, "/v1/models/a/b");
  EXPECT_EQ(target->query, (Fields{{"x", "1"}, {"y", "a b&"}, {"z", ""}}));
  for (const char* bad : {"", "x", "*", "/%", "/%2", "/%g0", "/%FF"}) EXPECT_FALSE(parse_target(bad)) << bad;
}

TEST(Access, KeysHostsAndOrigins) {
  EXPECT_TRUE(equal_secrets("secret", "secret"));
  for (const char* other : {"", "secre", "secrets", "Secret", "secretsecret"})
    EXPECT_FALSE(equal_secrets("secret", other));
  EXPECT_FALSE(equal_secrets("", ""));
  Request request;
  request.headers = {{"authorization", "bearer  abc "}};
  EXPECT_EQ(key_of(request), "abc");
  request.headers = {{"authorization", "Basic abc"}};
  EXPECT_EQ(key_of(request), "");
  request.headers = {{"sec-websocket-protocol", "realtime, openai-insecure-api-key.abc, x"}};
  EXPECT_EQ(key_of(request), "abc");
  const AccessRules rules{"", {"speech.example"}, {"https://page.example"}};
  for (const char* host : {"localhost:8080", "127.0.0.1", "[::1]:80", "10.0.0.7:1", "Speech.example"}) {
    request.headers = {{"host", host}};
    EXPECT_TRUE(host_is_known(rules, request)) << host;
  }
  for (const char* host : {"evil.example", "", "localhost.evil.example", "[::1"}) {
    request.headers = {{"host", host}};
    EXPECT_FALSE(host_is_known(rules, request) && std::string_view(host) != "[::1") << host;
  }
  const auto origin = [&](const char* value) {
    request.headers = {{"host", "localhost:1"}, {"origin", value}};
    return origin_is_known(rules, request);
  };
  EXPECT_TRUE(origin("http://localhost:1"));
  EXPECT_TRUE(origin("https://page.example"));
  EXPECT_FALSE(origin("http://localhost:2"));
  EXPECT_FALSE(origin("null"));
}

}  // namespace
}  // namespace seben::serve
