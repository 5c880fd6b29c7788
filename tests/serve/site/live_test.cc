// SPDX-License-Identifier: Apache-2.0
// Live sessions over both protocols, with a model of some kilobytes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "http/base64.h"
#include "openai/api_error.h"
#include "realtime/client_event.h"
#include "realtime/pcm.h"
#include "seben/transcriber.h"
#include "site/site.h"
#include "support/tiny_bundle.h"
#include "support/web_socket_client.h"

namespace seben::serve {
namespace {

using nlohmann::json;
using test::WebSocketClient;

class LiveTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    folder = test::make_tiny_bundle(*dir);
    pcm.clear();  // of an earlier repetition
    for (const float sample : test::bursts(4.0)) {
      const auto value = static_cast<std::uint16_t>(static_cast<std::int16_t>(std::lround(sample * 32767.0F)));
      pcm += static_cast<char>(value & 0xFFU);
      pcm += static_cast<char>(value >> 8U);
    }
    TranscriberOptions options;
    options.threads = 1;
    expected = Transcriber(Bundle::open(folder), options).transcribe_samples(PcmReader(PcmForm::pcm16).read(pcm)).text;
  }
  static void TearDownTestSuite() { dir.reset(); }

  static SiteOptions options() {
    SiteOptions out;
    out.models = {{"nko", folder}};
    out.threads = 1;
    return out;
  }
  static json next(WebSocketClient& client) {
    const auto frame = client.read();
    return frame.opcode == 1 ? json::parse(frame.data) : json{{"type", "closed"}, {"code", frame.close_code()}};
  }
  // Everything up to an event of that type.
  static std::vector<json> until(WebSocketClient& client, const std::string& type) {
    std::vector<json> out;
    do {
      out.push_back(next(client));
    } while (out.back()["type"] != type && out.back()["type"] != "closed");
    return out;
  }
  static void append(WebSocketClient& client, const std::string& bytes) {
    client.text(json{{"type", "input_audio_buffer.append"}, {"audio", encode_base64(bytes)}}.dump());
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string folder, pcm, expected;
};

std::unique_ptr<test::TempDir> LiveTest::dir;
std::string LiveTest::folder, LiveTest::pcm, LiveTest::expected;

constexpr const char* kByHand = R"({"type": "session.update", "session": {"type": "transcription", "audio": {"input":
  {"format": {"type": "audio/pcm", "rate": 16000}, "turn_detection": null}}}})";

TEST_F(LiveTest, AnUtteranceThatTheClientEndsHasTheTextOfTheWholeRecording) {
  const Site site(options());
  WebSocketClient client(site.port(), "/v1/realtime?intent=transcription");
  EXPECT_EQ(client.answer.status, 101);
  const json created = next(client);
  EXPECT_EQ(created["type"], "session.created");
  EXPECT_EQ(created["session"]["audio"]["input"]["format"]["rate"], 24000);
  client.text(kByHand);
  const json updated = next(client);
  EXPECT_EQ(updated["type"], "session.updated");
  EXPECT_TRUE(updated["session"]["audio"]["input"]["turn_detection"].is_null());
  for (std::size_t at = 0; at < pcm.size(); at += 3333) append(client, pcm.substr(at, 3333));
  client.text(R"({"type": "input_audio_buffer.commit", "event_id": "mine"})");
  const auto events = until(client, "conversation.item.input_audio_transcription.completed");
  EXPECT_EQ(events.back()["transcript"], expected);
  std::vector<std::string> types;
  for (const json& event : events) {
    types.push_back(event["type"]);
    EXPECT_FALSE(event["event_id"].get<std::string>().empty());
    if (event.contains("item_id")) {
      EXPECT_EQ(event["item_id"], "item_000001");
    }
  }
  EXPECT_THAT(types, ::testing::IsSupersetOf(
                         {"input_audio_buffer.committed", "conversation.item.added", "conversation.item.done"}));
  EXPECT_THAT(types, ::testing::Not(::testing::Contains("input_audio_buffer.speech_started")));
  append(client, pcm);  // the next one is the second item
  client.text(R"({"type": "input_audio_buffer.commit"})");
  const auto more = until(client, "conversation.item.input_audio_transcription.completed");
  EXPECT_EQ(more.back()["item_id"], "item_000002");
  EXPECT_EQ(more.back()["transcript"], expected);
}

TEST_F(LiveTest, TheServersDetectorSaysWhereSpeechBeginsAndEnds) {
  const Site site(options());
  WebSocketClient client(site.port(), "/v1/realtime?model=nko");
  (void)next(client);
  client.text(R"({"type": "session.update", "session": {"type": "transcription", "include": ["seben.partial"],
    "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000},
    "turn_detection": {"type": "server_vad", "silence_duration_ms": 700}}}}})");
  (void)next(client);
  append(client, std::string(32'000, '\0') + pcm + std::string(64'000, '\0'));
  const auto events = until(client, "conversation.item.input_audio_transcription.completed");
  std::vector<std::string> types;
  std::string deltas;
  for (const json& event : events) {
    types.push_back(event["type"]);
    if (types.back() == "conversation.item.input_audio_transcription.delta") deltas += event["delta"];
  }
  EXPECT_EQ(types.front(), "input_audio_buffer.speech_started");
  EXPECT_THAT(types, ::testing::Contains("input_audio_buffer.speech_stopped"));
  EXPECT_GE(events.front()["audio_start_ms"].get<int>(), 0);
}

TEST_F(LiveTest, MistakesAreToldAndTheSessionGoesOn) {
  const Site site(options());
  WebSocketClient client(site.port(), "/v1/realtime");
  (void)next(client);
  const auto refused = [&](const std::string& event, const char* code) {
    client.text(event);
    const json out = next(client);
    EXPECT_EQ(out["type"], "error") << event;
    EXPECT_EQ(out["error"]["code"], code) << out.dump();
    return out;
  };
  refused("no json", "invalid_event");
  refused("{}", "invalid_event");
  refused(R"({"type": "response.create"})", "invalid_value");
  refused(R"({"type": "transcription_session.update"})", "beta_api_shape_disabled");
  refused(R"({"type": "input_audio_buffer.append", "audio": "%"})", "invalid_value");
  refused(R"({"type": "input_audio_buffer.append"})", "invalid_event");
  const json empty =
      refused(R"({"type": "input_audio_buffer.commit", "event_id": "mine"})", "input_audio_buffer_commit_empty");
  EXPECT_EQ(empty["error"]["event_id"], "mine");
  refused(R"({"type": "session.update", "session": {"audio": {"input": {"format": {"type": "audio/opus"}}}}})",
          "invalid_value");
  refused(
      R"({"type": "session.update", "session": {"audio": {"input": {"turn_detection": {"type": "semantic_vad"}}}}})",
      "invalid_value");
  refused(R"({"type": "session.update", "session": {"audio": {"input": {"transcription": {"model": "none"}}}}})",
          "model_not_found");
  client.binary("sound");
  EXPECT_EQ(next(client)["error"]["code"], "invalid_event");
  client.text(R"({"type": "input_audio_buffer.clear"})");
  EXPECT_EQ(next(client)["type"], "input_audio_buffer.cleared");
}

TEST_F(LiveTest, TheOwnProtocolTellsWordsAndEnds) {
  const Site site(options());
  WebSocketClient client(site.port(), "/v1/stream", "Sec-WebSocket-Protocol: seben-stream\r\n");
  EXPECT_EQ(client.answer.headers["sec-websocket-protocol"], "seben-stream");
  client.binary(pcm);
  EXPECT_EQ(next(client)["type"], "error") << "samples before the start";
  client.text(R"({"type": "start", "rate": 16000, "model": "nko"})");
  EXPECT_EQ(next(client)["type"], "ready");
  client.binary(std::string(32'001, '\0'));  // half a sample waits for its other half
  client.binary(std::string(1, '\0') + pcm);
  client.text(R"({"type": "end"})");
  const auto events = until(client, "done");
  EXPECT_EQ(events.front()["type"], "speech");
  EXPECT_EQ(events.back()["type"], "done");
  const auto final_event = std::ranges::find_if(events, [](const json& e) { return e["type"] == "final"; });
  ASSERT_NE(final_event, events.end());
  EXPECT_FALSE((*final_event)["text"].get<std::string>().empty());
  EXPECT_EQ(next(client)["code"], 1000);
}

TEST_F(LiveTest, AServerThatEndsSaysTheLastWords) {
  Site site(options());
  WebSocketClient client(site.port(), "/v1/realtime");
  (void)next(client);
  client.text(kByHand);
  (void)next(client);
  append(client, pcm);
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(site.stop());
  const auto events = until(client, "conversation.item.input_audio_transcription.completed");
  EXPECT_EQ(events.back()["transcript"], expected);
  EXPECT_EQ(next(client)["code"], 1001);
}

TEST_F(LiveTest, TooManySessionsAndWhatIsNoWebSocketAreRefused) {
  SiteOptions few = options();
  few.sessions = 1;
  few.api_key = "0123456789abcdef";
  const Site site(few);
  EXPECT_EQ(WebSocketClient(site.port(), "/v1/stream").answer.status, 401);
  const std::string key = "Sec-WebSocket-Protocol: realtime, openai-insecure-api-key.0123456789abcdef\r\n";
  WebSocketClient first(site.port(), "/v1/realtime", key);
  EXPECT_EQ(first.answer.status, 101);
  EXPECT_EQ(first.answer.headers["sec-websocket-protocol"], "realtime");
  EXPECT_EQ(WebSocketClient(site.port(), "/v1/realtime", key).answer.status, 503);
  EXPECT_EQ(WebSocketClient(site.port(), "/v1/realtime?model=none", key).answer.status, 404);
  test::HttpClient plain(site.port());
  plain.send("GET /v1/realtime HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer 0123456789abcdef\r\n\r\n");
  EXPECT_EQ(plain.answer().status, 400);
  EXPECT_EQ(WebSocketClient(site.port(), "/v1/stream", key + "Origin: https://evil.example\r\n").answer.status, 403);
}

TEST(Pcm, FormsOfTheStandardAreRead) {
  EXPECT_EQ(PcmReader(PcmForm::pcm16).read(std::string("\x00\x80\xFF\x7F", 4)),
            (std::vector<float>{-1.0F, 32767.0F / 32768.0F}));
  // G.711: the codes of silence, and of the loudest on either side.
  EXPECT_EQ(PcmReader(PcmForm::mu_law).read("\xFF\x7F\x80")[0], 0.0F);
  EXPECT_EQ(PcmReader(PcmForm::mu_law).read("\x80")[0], 32124.0F / 32768.0F);
  EXPECT_EQ(PcmReader(PcmForm::mu_law).read(std::string(1, '\0'))[0], -32124.0F / 32768.0F);
  EXPECT_EQ(PcmReader(PcmForm::a_law).read("\xD5")[0], 8.0F / 32768.0F);
  EXPECT_EQ(PcmReader(PcmForm::a_law).read("\xAA")[0], 32256.0F / 32768.0F);
  EXPECT_EQ(PcmReader(PcmForm::a_law).read("\x2A")[0], -32256.0F / 32768.0F);
}

TEST(ClientEvents, OnlyWhatIsThereChanges) {
  LiveConfig before;
  before.model = "nko";
  before.prompt = "as before";
  const auto event = read_openai_event(R"({"type": "session.update", "session": {"type": "realtime", "audio": {"input":
    {"transcription": {"language": "fr"}, "format": {"type": "audio/pcmu"}}}}})",
                                       before);
  EXPECT_EQ(event.config.model, "nko");
  EXPECT_EQ(event.config.prompt, "as before");
  EXPECT_EQ(event.config.language, "fr");
  EXPECT_EQ(event.config.format, (PcmFormat{PcmForm::mu_law, 8000}));
  EXPECT_TRUE(event.config.vad);
  EXPECT_THROW((void)read_own_event(R"({"type": "start", "rate": 4000})"), ApiError);
  EXPECT_THROW((void)read_own_event(R"({"type": "start", "tempo": 1})"), ApiError);
  EXPECT_EQ(event_id_of(R"({"event_id": "x"})"), "x");
  EXPECT_EQ(event_id_of("["), "");
}

}  // namespace
}  // namespace seben::serve
