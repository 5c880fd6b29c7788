// SPDX-License-Identifier: Apache-2.0
// Downloads against servers that cut, stall, lie and redirect. That certificates are checked is libcurl's own matter.
#include "fetch/download.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <functional>
#include <string>

#include "base/sha256.h"
#include "fetch/url.h"
#include "support/errors.h"
#include "support/http_server.h"
#include "support/temp_dir.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;
using test::Answer;
using test::Asked;
using test::fails_with;
using test::is_bad_data;

std::string some_content(std::size_t size) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += static_cast<char>('a' + (i * i / 7 + i) % 26);
  return text;
}

class DownloadTest : public ::testing::Test {
 protected:
  Answer honest() const {
    Answer answer;
    answer.body = content_;
    answer.headers = {"ETag: \"one\""};
    return answer;
  }

  // The n-th request (from 0) is answered by `answer`.
  void serve(std::function<Answer(const Asked&, int n)> answer) {
    server_.emplace([answer = std::move(answer), n = std::make_shared<std::atomic<int>>(0)](const Asked& asked) {
      return answer(asked, (*n)++);
    });
  }
  void serve(const Answer& answer) {
    serve([answer](const Asked&, int) { return answer; });
  }

  [[nodiscard]] Download what() const {
    Download what;
    what.url = server_->url() + "/model.bin";
    what.where = "a model";
    what.place = dir_ / "blob";
    what.incomplete = dir_ / "blob.incomplete";
    what.expected.bytes = content_.size();
    what.expected.sha256 = base::sha256_hex(content_);
    return what;
  }
  FileDigests run(const Download& what) const {
    HttpClient client(options_);
    return download(client, what);
  }
  [[nodiscard]] auto running() const {
    return [this] { (void)run(what()); };
  }
  [[nodiscard]] bool is_published() const { return fs::exists(dir_ / "blob"); }
  [[nodiscard]] bool is_whole() const { return test::read_file(dir_ / "blob") == content_; }
  [[nodiscard]] bool is_nothing_left() const { return !is_published() && !fs::exists(dir_ / "blob.incomplete"); }

  std::string content_ = some_content(300'000);
  HttpOptions options_{.stall_seconds = 1,
                       .tries = 3,
                       .pause = 0.01,
                       .longest_wait = 2,
                       .redirects = 3,
                       .token = "",
                       .token_origin = ""};
  test::TempDir dir_;
  std::optional<test::HttpServer> server_;
};

TEST_F(DownloadTest, BringsAFile) {
  serve(honest());
  EXPECT_EQ(run(what()).sha256, base::sha256_hex(content_));
  EXPECT_TRUE(is_whole());
  EXPECT_FALSE(fs::exists(dir_ / "blob.incomplete"));
}

TEST_F(DownloadTest, BringsAFileInChunksOfUnknownLength) {
  Answer answer = honest();
  answer.chunked = true;
  serve(answer);
  Download file = what();
  file.expected.bytes.reset();
  run(file);
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, GoesOnWhereTheConnectionBroke) {
  serve([this](const Asked&, int n) {
    Answer answer = honest();
    if (n < 2) answer.cut = 100'000;
    return answer;
  });
  run(what());
  EXPECT_TRUE(is_whole());
  ASSERT_EQ(server_->asked().size(), 3U);
  EXPECT_EQ(server_->asked()[1].header("range"), "bytes=100000-");
  EXPECT_EQ(server_->asked()[2].header("range"), "bytes=200000-");
}

TEST_F(DownloadTest, GoesOnWithWhatAnEarlierCallLeft) {
  serve(honest());
  test::write_file(dir_ / "blob.incomplete", content_.substr(0, 1234));
  run(what());
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_->asked().at(0).header("range"), "bytes=1234-");
}

TEST_F(DownloadTest, WhatIsWholeAlreadyIsNotAskedFor) {
  serve(honest());
  test::write_file(dir_ / "blob.incomplete", content_);
  run(what());
  EXPECT_TRUE(is_whole());
  EXPECT_TRUE(server_->asked().empty());
}

TEST_F(DownloadTest, AsksForTheSameFileWhenOnlyItsTagIsKnown) {
  serve([this](const Asked& asked, int n) {
    Answer answer = honest();
    if (n == 0) answer.cut = 1000;
    if (n == 1) {  // another file by now: all of it
      EXPECT_EQ(asked.header("if-range"), "\"one\"");
      answer.ranges = false;
    }
    return answer;
  });
  Download file = what();
  file.expected = {};
  file.validator = "\"one\"";
  run(file);
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, WithoutDigestAndTagEveryTryBeginsAnew) {
  serve([this](const Asked& asked, int n) {
    EXPECT_EQ(asked.header("range"), "");
    Answer answer = honest();
    if (n == 0) answer.cut = 1000;
    return answer;
  });
  Download file = what();
  file.expected.sha256.clear();
  run(file);
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, ServersWithoutRangesBeginAnew) {
  serve([this](const Asked&, int n) {
    Answer answer = honest();
    answer.ranges = false;
    if (n == 0) answer.cut = 5000;
    return answer;
  });
  run(what());
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, WrongRangesAreNotUsed) {
  serve([this](const Asked& asked, int) {
    Answer answer = honest();
    if (asked.header("range").empty()) return answer;
    answer.status = 206;
    answer.headers = {"Content-Range: bytes 0-299999/300000"};  // not what was asked for
    return answer;
  });
  test::write_file(dir_ / "blob.incomplete", content_.substr(0, 77));
  run(what());
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, AServerThatKnowsNoSuchRangeIsAskedForTheWhole) {
  serve([this](const Asked& asked, int) {
    Answer answer = honest();
    if (!asked.header("range").empty()) answer.status = 416;
    return answer;
  });
  test::write_file(dir_ / "blob.incomplete", "x");
  run(what());
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, SpoiltBytesOfAnEarlierCallAreReplaced) {
  serve(honest());
  test::write_file(dir_ / "blob.incomplete", std::string(5000, 'X'));
  run(what());
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_->asked().size(), 2U);
}

TEST_F(DownloadTest, AnIncompleteFileThatIsTooLongIsReplaced) {
  serve(honest());
  test::write_file(dir_ / "blob.incomplete", content_ + "and more");
  run(what());
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, WrongBytesAreNotPublished) {
  Answer answer = honest();
  answer.body[123] = '!';
  serve(answer);
  EXPECT_TRUE(is_bad_data("a model: expected SHA-256 " + base::sha256_hex(content_), running()));
  EXPECT_TRUE(is_nothing_left());
}

TEST_F(DownloadTest, OtherLengthsAreRefusedBeforeTheyCome) {
  Answer answer = honest();
  answer.body += "more";
  serve(answer);
  EXPECT_TRUE(is_bad_data("expected 300000 bytes, found 300004 by Content-Length", running()));
  EXPECT_FALSE(is_published());
  answer.body.resize(10);
  serve(answer);
  EXPECT_TRUE(is_bad_data("expected 300000 bytes, found 10 by Content-Length", running()));
}

TEST_F(DownloadTest, ABodyThatDoesNotEndIsCutOff) {
  Answer answer = honest();
  answer.body += content_;
  answer.chunked = true;
  serve(answer);
  EXPECT_TRUE(is_bad_data("at most 300000 bytes", running()));
  EXPECT_TRUE(is_nothing_left());
}

TEST_F(DownloadTest, ALengthThatIsNeverReachedIsNoAnswer) {
  Answer answer = honest();
  answer.body.resize(1000);
  answer.length = 300'000;
  answer.ranges = false;
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "model.bin", running()));
  EXPECT_FALSE(is_published());
  EXPECT_EQ(server_->asked().size(), 3U);
}

TEST_F(DownloadTest, ACutBodyWithoutLengthIsNotTakenForTheWhole) {
  serve([this](const Asked&, int n) {
    Answer answer = honest();
    answer.no_length = true;
    if (n == 0) answer.cut = 1000;
    return answer;
  });
  run(what());
  EXPECT_TRUE(is_whole());
}

TEST_F(DownloadTest, ASilentServerIsGivenUp) {
  options_.tries = 2;
  Answer answer = honest();
  answer.stall = 1000;
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "nothing for 1 s", running()));
  EXPECT_EQ(fs::file_size(dir_ / "blob.incomplete"), 2000U) << "what came is gone on with";
  EXPECT_FALSE(is_published());
}

TEST_F(DownloadTest, PackedBytesAreRefused) {
  Answer answer = honest();
  answer.headers.emplace_back("Content-Encoding: gzip");
  serve(answer);
  EXPECT_TRUE(is_bad_data("Content-Encoding: gzip", running()));
  EXPECT_EQ(server_->asked().at(0).header("accept-encoding"), "identity");
}

TEST_F(DownloadTest, WhatIsNotThereOrNotForUsIsNoInput) {
  for (const int status : {404, 410, 401, 403}) {
    Answer answer;
    answer.status = status;
    answer.headers = {"X-Error-Message: no \x1b[31mway"};
    serve(answer);
    EXPECT_TRUE(fails_with(ErrorCategory::no_input, "status " + std::to_string(status), running()));
    EXPECT_EQ(server_->asked().size(), 1U) << status;
  }
}

TEST_F(DownloadTest, BusyServersAreAskedAgainWhenTheySay) {
  for (const int status : {429, 503, 500, 502, 504, 408}) {
    serve([this, status](const Asked&, int n) {
      Answer answer = honest();
      if (n == 0) {
        answer.status = status;
        answer.headers = {"Retry-After: 0.05"};
        answer.body = std::string(100'000, 'x');
      }
      return answer;
    });
    fs::remove(dir_ / "blob");
    run(what());
    EXPECT_TRUE(is_whole()) << status;
  }
}

TEST_F(DownloadTest, ServersThatStayBusyAreGivenUp) {
  Answer answer;
  answer.status = 503;
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "status 503", running()));
  EXPECT_EQ(server_->asked().size(), 3U);
  answer.headers = {"Retry-After: 3600"};
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "a wait of 3600 s", running()));
  EXPECT_EQ(server_->asked().size(), 1U);
  answer.status = 418;
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "status 418", running()));
}

TEST_F(DownloadTest, NobodyThereIsNoAnswer) {
  serve(honest());
  Download file = what();
  server_.reset();
  EXPECT_TRUE(fails_with(kUnavailable, "an answer", [&] { (void)run(file); }));
}

TEST_F(DownloadTest, WhatIsNoHttpIsNoAnswer) {
  Answer answer;
  answer.raw = "SSH-2.0-OpenSSH_9.2\r\n";
  serve(answer);
  EXPECT_TRUE(fails_with(kUnavailable, "model.bin", running()));
}

TEST_F(DownloadTest, AsksTheProxyOfTheEnvironment) {
  serve(honest());
  const char* before = std::getenv("http_proxy");
  const std::string kept = before == nullptr ? "" : before;
  ::setenv("http_proxy", server_->url().c_str(), 1);
  Download file = what();
  file.url = "http://models.example/model.bin";
  run(file);
  if (before == nullptr) {
    ::unsetenv("http_proxy");
  } else {
    ::setenv("http_proxy", kept.c_str(), 1);
  }
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_->asked().at(0).target, "http://models.example/model.bin");
}

TEST_F(DownloadTest, FollowsRedirectsAndShowsTheTokenToItsOwnerOnly) {
  serve([this](const Asked& asked, int) {
    Answer answer = honest();
    if (asked.target == "/model.bin") {
      answer.status = 302;
      answer.headers = {"Location: " + server_->elsewhere() + "/elsewhere"};
    }
    return answer;
  });
  options_.token = "hf_secret";
  options_.token_origin = parse_url(server_->url())->origin();
  run(what());
  EXPECT_TRUE(is_whole());
  EXPECT_EQ(server_->asked().at(0).header("authorization"), "Bearer hf_secret");
  EXPECT_EQ(server_->asked().at(1).header("authorization"), "");
}

TEST_F(DownloadTest, CirclesOfRedirectsEnd) {
  Answer answer;
  answer.status = 302;
  answer.headers = {"Location: /model.bin"};
  serve(answer);
  EXPECT_TRUE(is_bad_data("at most 3 redirects", running()));
  EXPECT_EQ(server_->asked().size(), 4U);
}

TEST_F(DownloadTest, RedirectsToOtherSchemesAreRefused) {
  for (const char* target : {"file:///etc/passwd", "ftp://127.0.0.1/x", "gopher://127.0.0.1:25/x", "scp://a/b"}) {
    Answer answer;
    answer.status = 302;
    answer.headers = {std::string("Location: ") + target};
    serve(answer);
    EXPECT_TRUE(is_bad_data("http or https", running())) << target;
    EXPECT_TRUE(!is_published());
  }
}

TEST(Redirects, NeverFromHttpsToHttp) {
  const Url secure = *parse_url("https://hub.example/a");
  EXPECT_TRUE(is_bad_data("to stay on https", [&] { (void)redirect_target(secure, "http://hub.example/a"); }));
  EXPECT_EQ(redirect_target(secure, "https://cdn.example/b").origin(), "https://cdn.example:443");
  EXPECT_EQ(redirect_target(*parse_url("http://a/"), "https://b/").origin(), "https://b:443");
}

TEST(Urls, AreHttpOrHttpsWithoutUsers) {
  for (const char* bad : {"file:///a", "ftp://a/b", "http:/a", "http://", "https://user@host/", "https://u:p@host/a",
                          "http://a b/", "http://a/\nb", "http://a:x/", "http://a:123456/", "javascript://a", "a/b"}) {
    EXPECT_FALSE(parse_url(bad)) << bad;
  }
  EXPECT_EQ(parse_url("HTTPS://Host.Example/a%20b?c=d#e")->origin(), "https://host.example:443");
  EXPECT_EQ(parse_url("http://[::1]:80/x")->origin(), "http://[::1]:80");
  EXPECT_TRUE(parse_url("http://[::1]/x")->is_loopback());
  EXPECT_TRUE(parse_url("http://127.0.0.1:9/x")->is_loopback());
  EXPECT_FALSE(parse_url("http://127.0.0.1.example/x")->is_loopback());
  EXPECT_EQ(parse_url("https://a/b/model.bin?download=true")->file_name(), "model.bin");
  EXPECT_EQ(percent_encoded("a b/c#d?e"), "a%20b/c%23d%3Fe");
}

}  // namespace
}  // namespace seben::fetch
