// SPDX-License-Identifier: Apache-2.0
// A model's whole way: hub, cache, check, import.
#include "fetch/fetch.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/sha256.h"
#include "bundle/bundle.h"
#include "fetch/hub.h"
#include "fetch/models_folder.h"
#include "support/errors.h"
#include "support/fake_hub.h"
#include "support/tiny_whisper.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;
using test::Answer;
using test::Asked;
using test::fails_with;
using test::is_bad_data;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FetchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const test::TinySizes sizes;
    test::write_tiny_whisper(dir_ / "source", sizes, test::tiny_decoder_config(sizes, test::kSmallTokens));
    for (const char* name : {"config.json", "model.safetensors", "tokenizer.json"}) {
      hub_.files[name] = test::read_file(dir_ / "source/" + name);
    }
    hub_.files["README.md"] = "---\nlicense: mit\n---\n";
    hub_.files[".gitattributes"] = "*.bin filter=lfs\n";
    places_.models = dir_ / "models";
    places_.hub_cache = dir_ / "hub";
    places_.downloads = dir_ / "downloads";
    places_.endpoint = hub_.url();
    options_.what = "tiny";
    options_.http = {.stall_seconds = 2,
                     .tries = 2,
                     .pause = 0.01,
                     .longest_wait = 1,
                     .redirects = 5,
                     .token = "",
                     .token_origin = ""};
    catalogue_.models = {model()};
  }

  // The catalogue's entry of what the hub has.
  CatalogueModel model() const {
    CatalogueModel model;
    model.name = "tiny";
    model.aliases = {"smallest"};
    model.about = "a model of a test";
    model.repository = hub_.repository();
    model.revision = hub_.commit;
    model.licence = "MIT";
    for (const auto& [path, content] : hub_.files) {
      if (path == "README.md" || path == ".gitattributes") continue;
      CatalogueFile file{path, {}};
      file.expected.bytes = content.size();
      (hub_.is_large(path) ? file.expected.sha256 : file.expected.git) = hub_.tag(path);
      model.files.push_back(std::move(file));
    }
    return model;
  }

  Fetched fetch() {
    notes_.clear();
    FetchHooks hooks;
    hooks.note = [this](const std::string& line) { notes_.push_back(line); };
    return fetch_model(options_, places_, catalogue_, hooks);
  }
  [[nodiscard]] auto fetching() {
    return [this] { (void)fetch(); };
  }
  [[nodiscard]] std::string cache(const std::string& path) const {
    return places_.hub_cache + "/models--someone--whisper-small-thing/" + path;
  }
  [[nodiscard]] bool is_imported() const { return ModelsFolder(places_.models).find("tiny").has_value(); }
  // Nothing but locks in the models' folder.
  [[nodiscard]] std::vector<std::string> left() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(places_.models)) {
      if (entry.path().filename() != ".locks") names.push_back(entry.path().filename().string());
    }
    return names;
  }
  void forget_the_model() const { fs::remove_all(places_.models + "/tiny"); }
  void wipe_the_cache() const { fs::remove_all(places_.hub_cache); }

  test::TempDir dir_;
  test::FakeHub hub_;
  Places places_;
  FetchOptions options_;
  Catalogue catalogue_;
  std::vector<std::string> notes_;
};

TEST_F(FetchTest, BringsAndImportsAModelOfTheCatalogue) {
  const Fetched fetched = fetch();
  EXPECT_FALSE(fetched.was_there);
  EXPECT_EQ(fetched.path, places_.models + "/tiny");
  const bundle::Bundle bundle = bundle::Bundle::open(fetched.path);
  EXPECT_EQ(bundle.manifest().name, "tiny");
  EXPECT_EQ(bundle.manifest().licence, "MIT");
  EXPECT_THAT(bundle.manifest().provenance, HasSubstr(hub_.commit));
  EXPECT_THAT(bundle.manifest().provenance, HasSubstr(base::sha256_hex(hub_.files["model.safetensors"])));
  EXPECT_THAT(notes_, IsEmpty()) << "all was known beforehand";
}

TEST_F(FetchTest, LeavesACacheAsHuggingFaceHasIt) {
  fetch();
  const std::string digest = base::sha256_hex(hub_.files["model.safetensors"]);
  EXPECT_EQ(test::read_file(cache("blobs/" + digest)), hub_.files["model.safetensors"]);
  EXPECT_EQ(test::read_file(cache("blobs/" + test::git_blob(hub_.files["config.json"]))), hub_.files["config.json"]);
  const fs::path link = cache("snapshots/" + hub_.commit + "/model.safetensors");
  EXPECT_EQ(fs::read_symlink(link), "../../blobs/" + digest);
  EXPECT_FALSE(fs::exists(cache("refs"))) << "a commit needs no reference";
}

TEST_F(FetchTest, WhatIsThereIsNotFetchedAgain) {
  fetch();
  hub_.server().forget();
  EXPECT_TRUE(fetch().was_there);
  options_.what = "smallest";
  EXPECT_TRUE(fetch().was_there) << "the same by its other name";
  EXPECT_THAT(hub_.server().asked(), IsEmpty());
}

TEST_F(FetchTest, WhatTheCacheHasNeedsNoNetwork) {
  fetch();
  forget_the_model();
  hub_.server().forget();
  EXPECT_FALSE(fetch().was_there);
  EXPECT_TRUE(is_imported());
  EXPECT_THAT(hub_.server().asked(), IsEmpty());
  forget_the_model();
  options_.offline = true;
  fetch();
  EXPECT_TRUE(is_imported());
}

TEST_F(FetchTest, ABlobOfAnotherRevisionIsUsed) {
  fetch();
  forget_the_model();
  fs::remove_all(cache("snapshots"));
  hub_.server().forget();
  fetch();
  EXPECT_THAT(hub_.server().asked(), IsEmpty());
}

TEST_F(FetchTest, OfflineSaysWhatIsMissing) {
  options_.offline = true;
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "config.json: expected to be in", fetching()));
  EXPECT_THAT(hub_.server().asked(), IsEmpty());
  options_.offline = false;
  places_.offline = true;
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "(offline)", fetching()));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(FetchTest, UnknownNamesAreAnsweredWithThoseThatExist) {
  options_.what = "enormous";
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "one of tiny", fetching()));
}

TEST_F(FetchTest, ARepositoryOfTheHubIsListedAndTrustedOnFirstUse) {
  options_.what = hub_.repository();
  options_.as = "tiny";
  fetch();
  EXPECT_TRUE(is_imported());
  EXPECT_EQ(test::read_file(cache("refs/main")), hub_.commit);
  EXPECT_FALSE(fs::exists(cache("snapshots/" + hub_.commit + "/README.md"))) << "not needed";
  ASSERT_EQ(notes_.size(), 3U);
  EXPECT_THAT(notes_[0],
              HasSubstr("trusted on first use with SHA-256 " + base::sha256_hex(hub_.files["model.safetensors"])));

  forget_the_model();
  fetch();
  EXPECT_THAT(notes_, IsEmpty()) << "known by now";

  forget_the_model();
  wipe_the_cache();
  hub_.files["config.json"] += "\n";
  EXPECT_TRUE(is_bad_data("as when it was first fetched", fetching()));
  EXPECT_FALSE(is_imported());
  options_.trust_new = true;
  fetch();
  EXPECT_TRUE(is_imported());
}

TEST_F(FetchTest, ARepositoryThatIsInTheCacheIsImportedOffline) {
  options_.what = hub_.repository();
  options_.as = "tiny";
  fetch();
  forget_the_model();
  options_.offline = true;
  options_.licence = "MIT";
  fetch();
  EXPECT_TRUE(is_imported());
}

TEST_F(FetchTest, AddressesOfTheHubAreItsRepositories) {
  options_.as = "tiny";
  for (const char* tail : {"", "/", "/tree/main", "/tree/main?x=y"}) {
    options_.what = hub_.url() + "/" + hub_.repository() + tail;
    forget_the_model();
    fetch();
    EXPECT_TRUE(is_imported()) << tail;
  }
  options_.what = hub_.url() + "/" + hub_.repository() + "/resolve/main/model.safetensors?download=true";
  options_.import = false;
  EXPECT_THAT(fetch().path, HasSubstr("/snapshots/" + hub_.commit + "/model.safetensors"));
  options_.what = hub_.url() + "/docs";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "of the hub", fetching()));
}

TEST_F(FetchTest, OtherSchemesAreRefused) {
  for (const char* address : {"file:///etc/passwd", "ftp://a/b.bin", "https://user:secret@host/model.bin"}) {
    options_.what = address;
    EXPECT_TRUE(fails_with(ErrorCategory::usage, "http or https", fetching())) << address;
  }
}

TEST_F(FetchTest, APlainAddressIsCheckedAgainstTheDigestThatIsGiven) {
  test::HttpServer server([this](const Asked&) {
    Answer answer;
    answer.body = hub_.files["model.safetensors"];
    answer.headers = {"ETag: \"a\""};
    return answer;
  });
  options_.what = server.url() + "/files/thing.bin?download=true";
  options_.import = false;
  options_.sha256 = base::sha256_hex(hub_.files["model.safetensors"]);
  const Fetched fetched = fetch();
  EXPECT_EQ(test::read_file(fetched.path), hub_.files["model.safetensors"]);
  EXPECT_THAT(notes_, IsEmpty());
  server.forget();
  fetch();
  EXPECT_THAT(server.asked(), IsEmpty()) << "it is there";

  options_.what = server.url() + "/files/other.bin";
  options_.sha256 = std::string(64, '0');
  EXPECT_TRUE(is_bad_data("expected SHA-256 000000", fetching()));
  options_.sha256.clear();
  fetch();
  ASSERT_EQ(notes_.size(), 1U);
  EXPECT_THAT(notes_[0], HasSubstr("trusted on first use"));
  options_.import = true;
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "--licence", fetching()));
}

TEST_F(FetchTest, TheServersOwnWordMustAgreeWithTheCatalogue) {
  catalogue_.models[0].files[1].expected.sha256 = std::string(64, '1');
  EXPECT_TRUE(is_bad_data("by the server's own word", fetching()));
  EXPECT_EQ(hub_.server().count("GET", "/cdn/"), 0U);
  catalogue_.models = {model()};
  *catalogue_.models[0].files[0].expected.bytes += 1;
  EXPECT_TRUE(is_bad_data("bytes", fetching()));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(FetchTest, OtherBytesThanTheCataloguesAreNotPublished) {
  hub_.mischief = [](const Asked& asked, Answer& answer) {
    if (asked.target.starts_with("/cdn/")) answer.body[5] = '!';
  };
  EXPECT_TRUE(is_bad_data("model.safetensors: expected SHA-256", fetching()));
  EXPECT_FALSE(fs::exists(cache("blobs/" + hub_.tag("model.safetensors"))));
  EXPECT_FALSE(fs::exists(cache("snapshots/" + hub_.commit + "/model.safetensors")));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(FetchTest, ADownloadThatBrokeOffGoesOnWithTheNextCall) {
  options_.http.tries = 1;
  hub_.mischief = [](const Asked& asked, Answer& answer) {
    if (asked.target.starts_with("/cdn/")) answer.cut = 1000;
  };
  EXPECT_TRUE(fails_with(kUnavailable, "model.safetensors", fetching()));
  EXPECT_EQ(fs::file_size(cache("blobs/" + hub_.tag("model.safetensors") + ".incomplete")), 1000U);
  EXPECT_THAT(left(), IsEmpty());
  hub_.mischief = nullptr;
  hub_.server().forget();
  fetch();
  EXPECT_TRUE(is_imported());
  for (const Asked& asked : hub_.server().asked()) {
    if (asked.target.starts_with("/cdn/")) {
      EXPECT_EQ(asked.header("range"), "bytes=1000-");
    }
  }
}

TEST_F(FetchTest, SpoiltBlobsOfTheCacheAreNamed) {
  fetch();
  forget_the_model();
  const std::string blob = cache("blobs/" + hub_.tag("config.json"));
  test::write_file(blob, "{}");
  EXPECT_TRUE(is_bad_data("remove it to have it fetched anew", fetching()));
  fs::remove(blob);
  fetch();
  EXPECT_TRUE(is_imported());
}

TEST_F(FetchTest, AnotherCommitThanTheCataloguesIsRefused) {
  hub_.commit = std::string(40, '9');
  EXPECT_TRUE(is_bad_data("expected commit 0123456789", fetching()));
}

TEST_F(FetchTest, TheTokenGoesToTheHubOnly) {
  places_.token = "hf_secret";
  fetch();
  for (const Asked& asked : hub_.server().asked()) {
    EXPECT_EQ(asked.header("authorization"), asked.target.starts_with("/cdn/") ? "" : "Bearer hf_secret")
        << asked.target;
  }
}

TEST_F(FetchTest, GatedModelsSayWhatToDo) {
  hub_.mischief = [](const Asked&, Answer& answer) {
    answer.status = 401;
    answer.headers = {"X-Error-Message: Access to model someone/whisper-small-thing is restricted."};
  };
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "HF_TOKEN", fetching()));
}

TEST_F(FetchTest, ServersThatAreNoHubsAreNamed) {
  hub_.mischief = [](const Asked&, Answer& answer) {
    answer.status = 200;
    answer.headers = {"ETag: \"x\""};
  };
  EXPECT_TRUE(is_bad_data("X-Repo-Commit", fetching()));
  hub_.mischief = [this](const Asked&, Answer& answer) {
    answer.headers = {"X-Repo-Commit: " + hub_.commit, "ETag: \"../../../../tmp/x\""};
  };
  EXPECT_TRUE(is_bad_data("an ETag that can name a file", fetching()));
}

TEST_F(FetchTest, HostileListingsAreRefused) {
  options_.what = hub_.repository();
  options_.as = "tiny";
  for (const char* path : {"../../x", "/etc/passwd", "a/../../b", "a\\u0000b", "a\\\\b", "a//b", "sub/.hidden"}) {
    hub_.mischief = [&](const Asked& asked, Answer& answer) {
      if (asked.target.starts_with("/api/")) {
        answer.body = R"({"sha": ")" + hub_.commit + R"(", "siblings": [{"rfilename": ")" + path + R"("}]})";
      }
    };
    EXPECT_TRUE(is_bad_data("stays in the repository", fetching())) << path;
  }
  for (const char* body : {"", "[]", "{\"sha\": \"x\", \"siblings\": []}", "<html>", "{\"sha\": 1}"}) {
    hub_.mischief = [&](const Asked&, Answer& answer) { answer.body = body; };
    EXPECT_TRUE(is_bad_data("/api/models/", fetching())) << body;
  }
  hub_.mischief = [](const Asked&, Answer& answer) {
    answer.body = std::string(std::size_t{17} << 20, ' ');
    answer.chunked = true;
  };
  EXPECT_TRUE(is_bad_data("at most 16777216 bytes", fetching()));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(FetchTest, ARepositoryWithoutWeightsOrLicenceIsRefusedBeforeTheDownload) {
  options_.what = hub_.repository();
  hub_.licence.clear();
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "--licence", fetching()));
  hub_.licence = "mit";
  hub_.files.erase("model.safetensors");
  EXPECT_TRUE(fails_with(ErrorCategory::no_input, "weights", fetching()));
  EXPECT_FALSE(fs::exists(cache("blobs")));
}

TEST_F(FetchTest, WhatCannotBeImportedStaysInTheCacheOnly) {
  hub_.files["model.safetensors"] = "no safetensors";
  catalogue_.models = {model()};
  EXPECT_TRUE(is_bad_data("model.safetensors", fetching()));
  EXPECT_THAT(left(), IsEmpty());
}

TEST_F(FetchTest, SomethingElseOfThatNameIsNotReplaced) {
  fs::create_directories(places_.models + "/tiny/precious");
  EXPECT_TRUE(fails_with(ErrorCategory::io, "something else of that name", fetching()));
  EXPECT_TRUE(fs::exists(places_.models + "/tiny/precious"));
}

TEST_F(FetchTest, TwoAtOnceFetchOnce) {
  std::vector<std::thread> threads;
  std::atomic<int> were_there{0};
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([&] {
      if (fetch_model(options_, places_, catalogue_).was_there) ++were_there;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(is_imported());
  EXPECT_EQ(were_there, 2);
  EXPECT_EQ(hub_.server().count("GET", "/cdn/"), 1U);
}

TEST_F(FetchTest, OptionsThatCouldDoNothingAreRefused) {
  options_.revision = "main";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "--revision, --file, --licence", fetching()));
  options_.revision.clear();
  options_.sha256 = std::string(64, 'a');
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "--sha256", fetching()));
  options_.sha256.clear();
  options_.as = "../x";
  EXPECT_TRUE(fails_with(ErrorCategory::usage, "--as", fetching()));
}

TEST(NeededFiles, PreferSafetensorsAndTakeWhatLiesBeside) {
  using ::testing::ElementsAre;
  EXPECT_THAT(needed_files({"README.md", "config.json", "model.bin", "model.safetensors", "pytorch_model.bin",
                            "tokenizer.json"}),
              ElementsAre("model.safetensors", "config.json", "tokenizer.json"));
  EXPECT_THAT(needed_files({"model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                            "model.safetensors.index.json", "vocab.json"}),
              ElementsAre("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors",
                          "model.safetensors.index.json", "vocab.json"));
  EXPECT_THAT(needed_files({"model.bin", "vocabulary.txt"}), ElementsAre("model.bin", "vocabulary.txt"));
  EXPECT_THAT(needed_files({"ggml-tiny.bin", "README.md"}), ElementsAre("ggml-tiny.bin"));
  EXPECT_THAT(needed_files({"ggml-tiny.bin", "ggml-base.bin"}), IsEmpty());
  EXPECT_THAT(needed_files({"config.json"}), IsEmpty());
}

}  // namespace
}  // namespace seben::fetch
