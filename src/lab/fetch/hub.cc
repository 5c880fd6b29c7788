// SPDX-License-Identifier: Apache-2.0
#include "fetch/hub.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string_view>

#include "base/bad_data.h"
#include "base/inner_path.h"
#include "base/json.h"
#include "base/sha256.h"
#include "fetch/hub_cache.h"
#include "fetch/names.h"
#include "fetch/sha1.h"
#include "fetch/url.h"

namespace seben::fetch {
namespace {

constexpr std::size_t kMostListing = std::size_t{16} << 20, kMostFiles = 20'000;

// W/"abc" and "abc" are abc.
std::string plain_tag(std::string tag) {
  if (tag.starts_with("W/")) tag.erase(0, 2);
  if (tag.size() >= 2 && tag.front() == '"' && tag.back() == '"') tag = tag.substr(1, tag.size() - 2);
  return tag;
}

std::string commit_header(const HttpResponse& response, const std::string& url) {
  std::string commit = response.header("x-repo-commit");
  if (!is_sha1_hex(commit)) {
    base::bad_data(url, "a hub's answer, with a commit in X-Repo-Commit",
                   commit.empty() ? "none" : commit.substr(0, 80));
  }
  return commit;
}

bool is_shard(std::string_view name, std::string_view stem, std::string_view end) {
  return name.starts_with(stem) && name.ends_with(end) && name.find("-of-") != std::string_view::npos;
}

}  // namespace

HubFile Hub::file(const std::string& repository, const std::string& revision, const std::string& path) {
  HubFile file;
  file.url = endpoint_ + "/" + repository + "/resolve/" + percent_encoded(revision) + "/" + percent_encoded(path);
  const HttpResponse response = client_.head(file.url, Follow::within_origin);
  file.commit = commit_header(response, file.url);
  const std::string linked = response.header("x-linked-etag");
  file.tag = plain_tag(linked.empty() ? response.header("etag") : linked);
  if (!is_blob_name(file.tag))
    base::bad_data(file.url, "an ETag that can name a file", file.tag.empty() ? "none" : file.tag);
  const bool elsewhere = response.status != 200;  // then its length is that of the redirect's page
  const std::string size = response.header("x-linked-size");
  file.claimed.bytes = byte_count(size.empty() && !elsewhere ? response.header("content-length") : size);
  if (base::is_sha256_hex(file.tag)) file.claimed.sha256 = file.tag;
  if (is_sha1_hex(file.tag)) file.claimed.git = file.tag;
  return file;
}

HubListing Hub::list(const std::string& repository, const std::string& revision) {
  const std::string url = endpoint_ + "/api/models/" + repository + "/revision/" + percent_encoded(revision);
  const nlohmann::json value = base::parse_json(client_.text(url, kMostListing), url, {kMostListing, 32, 500'000});
  const base::JsonReader json(value, url);
  HubListing listing;
  listing.commit = json.string("sha");
  if (!is_sha1_hex(listing.commit)) json.fail("sha", "a commit of 40 digits", listing.commit);
  for (const base::JsonReader& entry : json.array("siblings", kMostFiles)) {
    const std::string path = entry.as_object().string("rfilename");
    const bool is_hidden = path.starts_with('.') && base::is_inner_path(path, 400);  // .gitattributes
    if (is_hidden) continue;
    if (!is_repository_file(path)) entry.fail("rfilename", "a path that stays in the repository", path.substr(0, 200));
    listing.files.push_back(path);
  }
  if (json.has("cardData")) {
    const base::JsonReader card = json.object("cardData");
    if (card.has("license") && card.value()["license"].is_string())
      listing.licence = card.string("license").substr(0, 100);
  }
  return listing;
}

std::vector<std::string> needed_files(const std::vector<std::string>& files) {
  const auto has = [&](std::string_view name) { return std::ranges::find(files, name) != files.end(); };
  std::vector<std::string> needed;
  const auto add_if = [&](const auto& is_wanted) {
    std::ranges::copy_if(files, std::back_inserter(needed), is_wanted);
  };
  if (has("model.safetensors")) {
    needed.emplace_back("model.safetensors");
  } else if (has("model.safetensors.index.json")) {
    add_if([](const std::string& f) {
      return f == "model.safetensors.index.json" || is_shard(f, "model-", ".safetensors");
    });
  } else if (has("pytorch_model.bin")) {
    needed.emplace_back("pytorch_model.bin");
  } else if (has("pytorch_model.bin.index.json")) {
    add_if([](const std::string& f) {
      return f == "pytorch_model.bin.index.json" || is_shard(f, "pytorch_model-", ".bin");
    });
  } else if (has("model.bin")) {
    needed.emplace_back("model.bin");
  } else {
    add_if([](const std::string& f) { return f.starts_with("ggml-") && f.ends_with(".bin"); });
    if (needed.size() != 1) return {};  // whisper.cpp's repositories hold many: one has to be named
    return needed;
  }
  for (const char* beside : {"config.json", "generation_config.json", "preprocessor_config.json", "tokenizer.json",
                             "vocab.json", "merges.txt", "added_tokens.json", "vocabulary.json", "vocabulary.txt"}) {
    if (has(beside)) needed.emplace_back(beside);
  }
  return needed;
}

}  // namespace seben::fetch
