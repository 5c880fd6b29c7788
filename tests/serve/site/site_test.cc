// SPDX-License-Identifier: Apache-2.0
// The whole server over a port of this machine, with models of some kilobytes.
#include "site/site.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "engine/writers.h"
#include "seben/transcriber.h"
#include "support/channels_wav.h"
#include "support/errors.h"
#include "support/http_client.h"
#include "support/tiny_whisper_bundle.h"
#include "support/web_socket_client.h"

namespace seben::serve {
namespace {

using test::form_request;
using test::HttpAnswer;
using test::HttpClient;
using ::testing::HasSubstr;
using Fields_ = std::vector<std::pair<std::string, std::string>>;

class SiteTest : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    dir = std::make_unique<test::TempDir>();
    head = test::make_tiny_bundle(*dir);
    whisper = test::make_whisper_bundle(*dir, "whisper", false);
    wav = test::channels_wav({test::bursts(33.0)});
  }
  static void TearDownTestSuite() { dir.reset(); }

  static SiteOptions options() {
    SiteOptions out;
    out.models = {{"nko", head}, {"org/whisper", whisper}};
    out.threads = 1;
    return out;
  }
  static HttpAnswer ask(const Site& site, const std::string& request) {
    HttpClient client(site.port());
    client.send(request);
    return client.answer();
  }
  static HttpAnswer get(const Site& site, const std::string& path, const std::string& headers = {}) {
    return ask(site, "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n");
  }
  static HttpAnswer transcribe(const Site& site, Fields_ fields, const std::string& headers = {}) {
    fields.insert(fields.begin(), {"file", "@" + wav});  // the model stands behind the file: any order is right
    return ask(site, form_request("/v1/audio/transcriptions", fields, headers));
  }
  static nlohmann::json error_of(const HttpAnswer& answer) { return nlohmann::json::parse(answer.body)["error"]; }
  static const Transcript& expected() {
    static const Transcript out = [] {
      TranscriberOptions o;
      o.threads = 1;
      return Transcriber(Bundle::open(head), o).transcribe_bytes(std::as_bytes(std::span(wav)), "a.wav");
    }();
    return out;
  }

  static std::unique_ptr<test::TempDir> dir;
  static std::string head, whisper, wav;
};

std::unique_ptr<test::TempDir> SiteTest::dir;
std::string SiteTest::head, SiteTest::whisper, SiteTest::wav;

TEST_F(SiteTest, EveryFormatSaysWhatTheLibrarySays) {
  const Site site(options());
  const auto answer = nlohmann::json::parse(transcribe(site, {{"model", "nko"}}).body);
  EXPECT_EQ(answer["text"], expected().text);
  EXPECT_EQ(answer["usage"]["seconds"], 33);
  EXPECT_EQ(answer["seben"]["words"].size(), expected().words.size());
  EXPECT_FALSE(answer.contains("logprobs"));
  const auto text = transcribe(site, {{"model", "whisper-1"}, {"response_format", "text"}});
  EXPECT_EQ(text.body, expected().text + "\n");
  EXPECT_EQ(text.headers.at("content-type"), "text/plain; charset=utf-8");
  const auto srt = transcribe(site, {{"model", "nko"}, {"response_format", "srt"}});
  EXPECT_EQ(srt.body, pipeline::write(expected(), pipeline::Format::srt, ""));
  const auto vtt = transcribe(site, {{"model", "nko"}, {"response_format", "vtt"}});
  EXPECT_EQ(vtt.body, pipeline::write(expected(), pipeline::Format::vtt, ""));
  EXPECT_EQ(vtt.headers.at("content-type"), "text/vtt; charset=utf-8");
}

TEST_F(SiteTest, VerboseAnswersHaveSegmentsWordsOrBoth) {
  const Site site(options());
  const auto verbose = [&](Fields_ more) {
    more.insert(more.end(), {{"model", "nko"}, {"response_format", "verbose_json"}});
    return nlohmann::json::parse(transcribe(site, more).body);
  };
  const auto plain = verbose({});
  EXPECT_EQ(plain["text"], expected().text);
  EXPECT_EQ(plain["language"], "nqo");
  EXPECT_NEAR(plain["duration"].get<double>(), 33.0, 1e-3);
  EXPECT_FALSE(plain.contains("words"));
  ASSERT_EQ(plain["segments"].size(), expected().segments.size());
  for (const auto& segment : plain["segments"]) {
    for (const char* field : {"id", "seek", "start", "end", "text", "tokens", "temperature", "avg_logprob",
                              "compression_ratio", "no_speech_prob"}) {
      EXPECT_TRUE(segment.contains(field)) << field;
      EXPECT_FALSE(segment[field].is_null()) << field;
    }
  }
  const auto words = verbose({{"timestamp_granularities[]", "word"}});
  EXPECT_FALSE(words.contains("segments"));
  ASSERT_EQ(words["words"].size(), expected().words.size());
  EXPECT_EQ(words["words"][0]["word"], expected().words[0].text);
  const auto both = verbose({{"timestamp_granularities", R"(["word", "segment"])"}});
  EXPECT_TRUE(both.contains("segments") && both.contains("words"));
}

TEST_F(SiteTest, LogProbabilitiesAreLetterByLetter) {
  const Site site(options());
  const auto answer = nlohmann::json::parse(transcribe(site, {{"model", "nko"}, {"include[]", "logprobs"}}).body);
  ASSERT_EQ(answer["logprobs"].size(), expected().characters.size());
  EXPECT_EQ(answer["logprobs"][0]["token"], expected().characters[0].text);
  EXPECT_EQ(answer["logprobs"][0]["bytes"].size(), expected().characters[0].text.size());
}

TEST_F(SiteTest, StreamsAreDeltasThatMakeTheTextAndOneDone) {
  const Site site(options());
  const auto answer = transcribe(site, {{"model", "nko"}, {"stream", "true"}});
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(answer.headers.at("cache-control"), "no-cache");
  std::string joined;
  std::size_t deltas = 0;
  nlohmann::json done;
  for (std::size_t at = 0, end = 0; (end = answer.body.find("\n\n", at)) != std::string::npos; at = end + 2) {
    ASSERT_EQ(answer.body.substr(at, 6), "data: ");
    ASSERT_TRUE(done.is_null()) << "something behind done";
    const auto event = nlohmann::json::parse(answer.body.substr(at + 6, end - at - 6));
    if (event["type"] == "transcript.text.delta") {
      joined += event["delta"].get<std::string>();
      ++deltas;
    } else {
      ASSERT_EQ(event["type"], "transcript.text.done");
      done = event;
    }
  }
  EXPECT_EQ(joined, expected().text);
  EXPECT_EQ(done["text"], joined);
  EXPECT_EQ(deltas, expected().segments.size());
  EXPECT_EQ(transcribe(site, {{"model", "nko"}, {"stream", "true"}, {"response_format", "srt"}}).status, 400);
}

TEST_F(SiteTest, StreamsThatWaitSayThatTheServerIsAtWork) {
  SiteOptions eager = options();
  eager.heartbeat = std::chrono::milliseconds(1);
  const Site site(eager);
  const auto answer =
      ask(site, form_request("/v1/audio/transcriptions", {{"file", "@" + test::channels_wav({test::bursts(300.0)})},
                                                          {"model", "nko"},
                                                          {"stream", "true"},
                                                          {"vad_filter", "true"}}));
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream; charset=utf-8");
  EXPECT_EQ(answer.headers.at("x-seben-ignored"), "vad_filter");
  EXPECT_THAT(answer.body, HasSubstr(": still at work\n\n"));
  EXPECT_THAT(answer.body, HasSubstr("transcript.text.done"));
  EXPECT_EQ(transcribe(Site(options()), {{"model", "nko"}, {"stream", "true"}}).body.find(": still"),
            std::string::npos);
}

TEST_F(SiteTest, FailuresOfAStreamAreAStatusUntilItHasBegunAndThenAnEvent) {
  SiteOptions brief = options();
  brief.sound_seconds = 10.0;
  EXPECT_EQ(transcribe(Site(brief), {{"model", "nko"}, {"stream", "true"}}).status, 413);
  brief.heartbeat = std::chrono::milliseconds(1);
  HttpAnswer begun;
  for (int i = 0; i < 50 && begun.status != 200; ++i) {  // a comment within what it takes to load the model
    begun = transcribe(Site(brief), {{"model", "nko"}, {"stream", "true"}});
  }
  ASSERT_EQ(begun.status, 200);
  const std::size_t at = begun.body.find("data: ");
  ASSERT_NE(at, std::string::npos);
  const auto event = nlohmann::json::parse(begun.body.substr(at + 6));
  EXPECT_EQ(event["type"], "error");
  EXPECT_EQ(event["error"]["code"], "request_too_large");
}

TEST_F(SiteTest, WhispersDecoderTakesItsOptionsAndTranslates) {
  const Site site(options());
  const auto verbose = nlohmann::json::parse(transcribe(site, {{"model", "org/whisper"},
                                                               {"language", "zh"},
                                                               {"response_format", "verbose_json"},
                                                               {"timestamp_granularities[]", "word"},
                                                               {"timestamp_granularities[]", "segment"}})
                                                 .body);
  EXPECT_EQ(verbose["language"], "chinese");
  EXPECT_TRUE(verbose.contains("words") && verbose.contains("segments"));
  EXPECT_FALSE(verbose["seben"].contains("segments"));
  const auto wrong = transcribe(site, {{"model", "org/whisper"}, {"language", "klingon"}});
  EXPECT_EQ(wrong.status, 400);
  const auto translated =
      ask(site, form_request("/v1/audio/translations", {{"model", "org/whisper"}, {"file", "@" + wav}}));
  EXPECT_EQ(translated.status, 200);
  EXPECT_FALSE(nlohmann::json::parse(translated.body)["seben"]["segments"].empty()) << "times, where words have none";
  const auto refused = ask(site, form_request("/v1/audio/translations", {{"model", "nko"}, {"file", "@" + wav}}));
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(error_of(refused)["param"], "model");
}

TEST_F(SiteTest, WhatOnlyGuidesIsNamedAndWhatPromisesIsRefused) {
  const Site site(options());
  const auto answer = transcribe(site, {{"model", "nko"},
                                        {"language", "bm"},
                                        {"prompt", "a"},
                                        {"temperature", "0.5"},
                                        {"chunking_strategy[type]", "server_vad"},
                                        {"vad_filter", "true"}});
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("x-seben-ignored"), "chunking_strategy, vad_filter, language, prompt, temperature");
  const auto refused = [&](const char* param, Fields_ fields) {
    fields.emplace_back("model", "nko");
    const auto out = transcribe(site, fields);
    EXPECT_EQ(out.status, 400) << param;
    const auto error = error_of(out);
    EXPECT_EQ(error["type"], "invalid_request_error");
    EXPECT_TRUE(error.contains("message") && error.contains("code"));
    EXPECT_EQ(error["param"], param) << out.body;
  };
  refused("response_format", {{"response_format", "diarized_json"}});
  refused("response_format", {{"response_format", "xml"}});
  refused("temperature", {{"temperature", "2"}});
  refused("temperature", {{"temperature", "nan"}});
  refused("timestamp_granularities", {{"timestamp_granularities[]", "word"}});
  refused("include", {{"include[]", "everything"}});
  refused("include", {{"include[]", "logprobs"}, {"response_format", "text"}});
  refused("known_speaker_names", {{"known_speaker_names[]", "a"}});
  refused("stream", {{"stream", "perhaps"}});
  refused("prompt", {{"prompt", "a"}, {"prompt", "b"}});
  refused("prompt", {{"prompt", "\xFF"}});
  SiteOptions strict = options();
  strict.strict = true;
  EXPECT_EQ(transcribe(Site(strict), {{"model", "nko"}, {"vad_filter", "true"}}).status, 400);
}

TEST_F(SiteTest, FailuresHaveTheStatusThatClientsKnow) {
  const Site site(options());
  EXPECT_EQ(transcribe(site, {}).status, 400);
  EXPECT_EQ(error_of(transcribe(site, {}))["code"], "missing_required_parameter");
  EXPECT_EQ(error_of(transcribe(site, {{"model", "none"}}))["code"], "model_not_found");
  EXPECT_EQ(transcribe(site, {{"model", "none"}}).status, 404);
  EXPECT_EQ(get(site, "/nowhere").status, 404);
  const auto method = get(site, "/v1/audio/transcriptions");
  EXPECT_EQ(method.status, 405);
  EXPECT_EQ(method.headers.at("allow"), "POST");
  const auto sound = ask(site, form_request("/v1/audio/transcriptions", {{"model", "nko"}, {"file", "@no sound"}}));
  EXPECT_EQ(sound.status, 400);
  EXPECT_EQ(error_of(sound)["code"], "invalid_audio");
  EXPECT_THAT(sound.body, HasSubstr("a.wav"));
  EXPECT_EQ(ask(site, form_request("/v1/audio/transcriptions", {{"model", "nko"}})).status, 400);
  EXPECT_EQ(ask(site,
                "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                "Content-Length: 2\r\n\r\n{}")
                .status,
            400);
}

TEST_F(SiteTest, LargeAndLongUploadsAreRefused) {
  SiteOptions small = options();
  small.upload_bytes = 1000;
  const Site site(small);
  HttpClient client(site.port());
  client.send(
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=x\r\n"
      "Content-Length: 10000000000\r\n\r\n");
  EXPECT_EQ(client.answer().status, 413) << "by the head alone";
  std::string chunked =
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
      "boundary=xyz\r\nTransfer-Encoding: chunked\r\n\r\n";
  const std::string body = test::form_body({{"model", "nko"}, {"file", "@" + std::string(3000, 'a')}});
  chunked += "900\r\n" + body.substr(0, 0x900) + "\r\n0\r\n\r\n";
  EXPECT_EQ(ask(site, chunked).status, 413);
  SiteOptions brief = options();
  brief.sound_seconds = 10.0;
  EXPECT_EQ(transcribe(Site(brief), {{"model", "nko"}}).status, 413);
}

TEST_F(SiteTest, ChunkedUploadsAreReadAsOthersAre) {
  const Site site(options());
  const std::string body = test::form_body({{"model", "nko"}, {"file", "@" + wav}});
  std::string request =
      "POST /v1/audio/transcriptions HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; "
      "boundary=xyz\r\nTransfer-Encoding: chunked\r\n\r\n";
  for (std::size_t at = 0; at < body.size(); at += 0x8001) {
    const std::string piece = body.substr(at, 0x8001);
    char size[20];
    std::snprintf(size, sizeof size, "%zx\r\n", piece.size());
    request += size + piece + "\r\n";
  }
  EXPECT_EQ(nlohmann::json::parse(ask(site, request + "0\r\n\r\n").body)["text"], expected().text);
}

TEST_F(SiteTest, KeysHostsAndOriginsAreAskedFor) {
  SiteOptions guarded = options();
  guarded.api_key = "0123456789abcdef";
  guarded.origins = {"https://page.example"};
  const Site site(guarded);
  const auto refused = get(site, "/v1/models");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(refused.headers.at("www-authenticate"), "Bearer");
  EXPECT_EQ(error_of(refused)["type"], "authentication_error");
  EXPECT_EQ(get(site, "/v1/models", "Authorization: Bearer 0123456789abcdee\r\n").status, 401);
  EXPECT_EQ(get(site, "/v1/models", "Authorization: Bearer 0123456789abcdef\r\n").status, 200);
  EXPECT_EQ(get(site, "/metrics").status, 401);
  EXPECT_EQ(get(site, "/health").status, 200);
  const std::string key = "Authorization: Bearer 0123456789abcdef\r\n";
  EXPECT_EQ(get(site, "/v1/models", key + "Origin: https://evil.example\r\n").status, 403);
  EXPECT_EQ(get(site, "/v1/models", key + "Origin: http://localhost\r\n").status, 200);
  const auto allowed = get(site, "/v1/models", key + "Origin: https://page.example\r\n");
  EXPECT_EQ(allowed.headers.at("access-control-allow-origin"), "https://page.example");
  EXPECT_EQ(ask(site, "GET /health HTTP/1.1\r\nHost: rebound.example\r\n\r\n").status, 403);
}

TEST_F(SiteTest, ModelsAreListedAndFoundByIdsWithSlashes) {
  const Site site(options());
  const auto list = nlohmann::json::parse(get(site, "/v1/models").body);
  ASSERT_EQ(list["data"].size(), 2U);
  EXPECT_EQ(list["data"][1]["id"], "org/whisper");
  EXPECT_EQ(nlohmann::json::parse(get(site, "/v1/models/org/whisper").body)["object"], "model");
  EXPECT_EQ(get(site, "/v1/models/org%2Fwhisper").status, 200);
  EXPECT_EQ(get(site, "/v1/models/none").status, 404);
}

TEST_F(SiteTest, ModelsLoadOnDemandAndLeaveWhenNobodyAsks) {
  SiteOptions impatient = options();
  impatient.idle_unload = std::chrono::seconds(1);
  const Site site(impatient);
  const auto bytes = [&] {
    const std::string text = get(site, "/metrics").body;
    const std::size_t at = text.find("\nseben_weight_bytes ");
    return std::stod(text.substr(at + 20));
  };
  EXPECT_EQ(bytes(), 0.0);
  EXPECT_EQ(transcribe(site, {{"model", "nko"}}).status, 200);
  EXPECT_GT(bytes(), 0.0);
  for (int i = 0; i < 60 && bytes() > 0.0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(100));
  EXPECT_EQ(bytes(), 0.0);
  EXPECT_EQ(transcribe(site, {{"model", "nko"}}).status, 200);
}

TEST_F(SiteTest, AShortRecordingDoesNotWaitForAllOfALongOne) {
  const Site site(options());
  const std::string hour = test::channels_wav({test::bursts(1800.0)});
  HttpClient slow(site.port());
  slow.send(form_request("/v1/audio/transcriptions", {{"model", "nko"}, {"file", "@" + hour}}));
  const auto begun = [&] { return get(site, "/metrics").body.find("seben_windows_total 0\n") == std::string::npos; };
  for (int i = 0; i < 500 && !begun(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  EXPECT_EQ(transcribe(site, {{"model", "nko"}}).status, 200);
  // An upload is counted for a moment longer than its answer takes to arrive.
  const auto in_flight = [&](int uploads) {
    const std::string line = "seben_uploads_in_flight " + std::to_string(uploads) + "\n";
    for (int i = 0; i < 500; ++i) {
      if (get(site, "/metrics").body.find(line) != std::string::npos) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return false;
  };
  EXPECT_TRUE(in_flight(1)) << "the long one goes on";
  EXPECT_THAT(get(site, "/metrics").body, HasSubstr("seben_clients_gone_total 0\n"));
  slow.close();
  EXPECT_TRUE(in_flight(0)) << "and ends with its client";
  EXPECT_THAT(get(site, "/metrics").body, HasSubstr("seben_clients_gone_total 1\n"));
}

TEST_F(SiteTest, AFullQueueSaysWhenToComeAgain) {
  SiteOptions narrow = options();
  narrow.queue = 0;
  const Site site(narrow);
  HttpClient first(site.port());
  const std::string request = form_request("/v1/audio/transcriptions", {{"model", "nko"}, {"file", "@" + wav}});
  first.send(request.substr(0, request.size() - 10));  // it has the one place
  for (int i = 0; i < 500; ++i) {
    if (get(site, "/metrics").body.find("seben_uploads_in_flight 1\n") != std::string::npos) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  const auto full = transcribe(site, {{"model", "nko"}});
  EXPECT_EQ(full.status, 503);
  EXPECT_TRUE(full.headers.contains("retry-after"));
  EXPECT_EQ(error_of(full)["type"], "server_error");
  first.send(request.substr(request.size() - 10));
  EXPECT_EQ(first.answer().status, 200);
}

TEST_F(SiteTest, ClientsAboveTheirRateAreToldWhenToComeAgain) {
  SiteOptions limited = options();
  limited.rate = 2;
  limited.proxies = {"127.0.0.1"};
  const Site site(limited);
  const auto from = [](const char* address) { return "X-Forwarded-For: " + std::string(address) + "\r\n"; };
  EXPECT_EQ(transcribe(site, {{"model", "nko"}}, from("10.0.0.1")).status, 200);
  test::WebSocketClient live(site.port(), "/v1/realtime", from("10.0.0.1"));
  EXPECT_EQ(live.answer.status, 101) << "a live session is one request";
  const auto refused = transcribe(site, {{"model", "nko"}}, from("10.0.0.1"));
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(error_of(refused)["type"], "rate_limit_error");
  EXPECT_EQ(error_of(refused)["code"], "rate_limit_exceeded");
  const int seconds = std::stoi(refused.headers.at("retry-after"));
  EXPECT_GT(seconds, 0);
  EXPECT_LE(seconds, 30);
  EXPECT_EQ(test::WebSocketClient(site.port(), "/v1/stream", from("10.0.0.1")).answer.status, 429);
  EXPECT_EQ(transcribe(site, {{"model", "nko"}}, from("10.0.0.2")).status, 200) << "others have their own";
  for (int i = 0; i < 5; ++i) EXPECT_EQ(get(site, "/v1/models", from("10.0.0.1")).status, 200);
  const std::string metrics = get(site, "/metrics").body;
  EXPECT_THAT(metrics, HasSubstr("seben_rate_refused_total 2\n"));
  EXPECT_THAT(metrics, HasSubstr("seben_rate_clients 2\n"));
  SiteOptions wrong = options();
  wrong.proxies = {"proxy.example"};
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "proxy", [&] { const Site none(wrong); }));
}

TEST_F(SiteTest, StoppingFinishesWhatIsInFlightAndRefusesTheRest) {
  Site site(options());
  HttpClient client(site.port());
  const std::string request = form_request("/v1/audio/transcriptions", {{"model", "nko"}, {"file", "@" + wav}});
  client.send(request.substr(0, request.size() - 10));
  std::this_thread::sleep_for(std::chrono::milliseconds(100));
  std::jthread rest([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
    client.send(request.substr(request.size() - 10));
  });
  EXPECT_TRUE(site.stop());
  const auto answer = client.answer();
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(nlohmann::json::parse(answer.body)["text"], expected().text);
  EXPECT_THROW(HttpClient(site.port()), std::runtime_error);
}

TEST_F(SiteTest, WhatDoesNotFinishInTimeIsCutOff) {
  SiteOptions hasty = options();
  hasty.drain = std::chrono::seconds(0);
  Site site(hasty);
  HttpClient client(site.port());
  client.send(form_request("/v1/audio/transcriptions",
                           {{"model", "nko"}, {"file", "@" + test::channels_wav({test::bursts(1800.0)})}}));
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  EXPECT_FALSE(site.stop());
}

TEST_F(SiteTest, ModelsThatCannotBeAreErrorsAtOnce) {
  SiteOptions twice = options();
  twice.models = {{"a", head}, {"a", head}};
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "twice", [&] { const Site site(twice); }));
  twice.models = {{"a", "nowhere"}};
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "nowhere", [&] { const Site site(twice); }));
}

}  // namespace
}  // namespace seben::serve
