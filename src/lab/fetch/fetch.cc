// SPDX-License-Identifier: Apache-2.0
#include "fetch/fetch.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>
#include <system_error>
#include <vector>

#include "base/bad_data.h"
#include "base/format.h"
#include "base/sha256.h"
#include "fetch/download.h"
#include "fetch/file_lock.h"
#include "fetch/hub.h"
#include "fetch/hub_cache.h"
#include "fetch/known_files.h"
#include "fetch/models_folder.h"
#include "fetch/url.h"
#include "fetch/wanted.h"
#include "import/import.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;

// All that one call is about.
class Job {
 public:
  Job(const FetchOptions& options, const Places& places, Wanted wanted, const FetchHooks& hooks)
      : options_(options),
        places_(places),
        wanted_(std::move(wanted)),
        hooks_(hooks),
        known_(places.models + "/known-files.json"),
        offline_(options.offline || places.offline) {}

  // What import takes: a folder, or a file.
  std::string bring() { return wanted_.address.empty() ? bring_repository() : bring_address(); }
  void import(const std::string& from, const std::string& to) const;

 private:
  struct Brought {
    std::string path;
    FileDigests digests;
  };

  std::string bring_repository();
  std::string bring_address();
  Brought bring_file(const HubCache& cache, const CatalogueFile& file);
  std::optional<std::string> find_here(const HubCache& cache, const CatalogueFile& file);
  Brought fetch_file(const HubCache& cache, const CatalogueFile& file);
  void list_files(const HubCache& cache);
  void agree_on_commit(const std::string& commit);
  Brought taken(const std::string& file, const std::string& path, const Expected& expected, const FileDigests& found);

  HttpClient& client() {
    if (!client_) {
      HttpOptions http = options_.http;
      http.token = places_.token;
      http.token_origin = parse_url(places_.endpoint)->origin();
      client_.emplace(std::move(http));
    }
    return *client_;
  }
  [[nodiscard]] std::string where(const std::string& file) const { return wanted_.repository + ": " + file; }
  [[nodiscard]] ByteProgress saying(const std::string& doing) const {
    return [this, doing](std::uint64_t done, std::uint64_t total) {
      if (hooks_.progress) hooks_.progress(doing, done, total);
    };
  }
  void note(const std::string& line) const {
    if (hooks_.note) hooks_.note(line);
  }
  [[nodiscard]] std::function<void()> waiting(const std::string& what) const {
    return [this, what] { note(what + " is being fetched by another program; waiting for it"); };
  }

  const FetchOptions& options_;
  const Places& places_;
  Wanted wanted_;
  const FetchHooks& hooks_;
  KnownFiles known_;
  bool offline_;
  std::optional<HttpClient> client_;
  std::string commit_;  // empty until it is known
  std::vector<Brought> brought_;
};

void Job::agree_on_commit(const std::string& commit) {
  if (commit_.empty()) commit_ = commit;
  if (commit_ != commit) base::bad_data(wanted_.repository + "@" + wanted_.revision, "commit " + commit_, commit);
}

// Of a repository that is in no catalogue.
void Job::list_files(const HubCache& cache) {
  std::vector<std::string> files;
  if (offline_) {
    if (!commit_.empty()) files = cache.files(commit_);
  } else {
    HubListing listing = Hub(client(), places_.endpoint).list(wanted_.repository, wanted_.revision);
    agree_on_commit(listing.commit);
    files = std::move(listing.files);
    if (wanted_.licence.empty()) wanted_.licence = listing.licence;
  }
  if (options_.import && wanted_.licence.empty()) {
    throw Error(ErrorCategory::usage, "--licence", "the licence of the weights, as nothing else states it", "none");
  }
  if (!wanted_.files.empty()) return;
  for (const std::string& file : needed_files(files)) wanted_.files.push_back({file, {}});
  if (!wanted_.files.empty()) return;
  const std::string folder = commit_.empty() ? places_.hub_cache : cache.snapshot(commit_);
  throw Error(ErrorCategory::no_input, wanted_.repository + "@" + wanted_.revision,
              offline_ ? "a model in " + folder + " (offline)"
                       : "weights of a Whisper (--file names one of several of whisper.cpp)",
              "none");
}

std::string Job::bring_repository() {
  const HubCache cache(places_.hub_cache, wanted_.repository);
  if (const auto commit = cache.commit_of(wanted_.revision); commit && (offline_ || *commit == wanted_.revision)) {
    commit_ = *commit;
  }
  const bool is_catalogued = !wanted_.files.empty() && !wanted_.licence.empty();
  if (!is_catalogued) list_files(cache);
  for (const CatalogueFile& file : wanted_.files) brought_.push_back(bring_file(cache, file));
  cache.keep_reference(wanted_.revision, commit_);
  return wanted_.files.size() == 1 ? brought_.front().path : cache.snapshot(commit_);
}

// What the cache holds already, whoever brought it.
std::optional<std::string> Job::find_here(const HubCache& cache, const CatalogueFile& file) {
  if (commit_.empty()) return std::nullopt;
  for (const std::string& tag : {file.expected.sha256, file.expected.git}) {
    if (!cache.find(commit_, file.path) && cache.has_blob(tag)) cache.link(commit_, file.path, tag);
  }
  return cache.find(commit_, file.path);
}

Job::Brought Job::bring_file(const HubCache& cache, const CatalogueFile& file) {
  if (const std::optional<std::string> here = find_here(cache, file)) {
    const FileDigests found = digests_of(*here, saying("checking " + file.path));
    if (const auto wrong = compare(file.expected, found)) {
      base::bad_data(*here, wrong->expected + " (remove it to have it fetched anew)", wrong->found);
    }
    return taken(where(file.path), *here, file.expected, found);
  }
  if (!offline_) return fetch_file(cache, file);
  const std::string folder = commit_.empty() ? places_.hub_cache : cache.snapshot(commit_);
  throw Error(ErrorCategory::no_input, where(file.path), "to be in " + folder + " (offline)", "nothing");
}

Job::Brought Job::fetch_file(const HubCache& cache, const CatalogueFile& file) {
  const HubFile remote = Hub(client(), places_.endpoint).file(wanted_.repository, wanted_.revision, file.path);
  agree_on_commit(remote.commit);
  const FileDigests claimed{remote.claimed.bytes.value_or(0), remote.claimed.sha256, remote.claimed.git};
  Expected expected = file.expected;
  if (expected.bytes && remote.claimed.bytes && *expected.bytes != claimed.bytes) {
    base::bad_data(where(file.path), base::format("{} bytes", *expected.bytes), base::format("{}", claimed.bytes));
  }
  if (!expected.sha256.empty() && !claimed.sha256.empty() && expected.sha256 != claimed.sha256) {
    base::bad_data(where(file.path), "SHA-256 " + expected.sha256, claimed.sha256 + " by the server's own word");
  }
  if (!expected.bytes) expected.bytes = remote.claimed.bytes;
  if (expected.sha256.empty()) expected.sha256 = claimed.sha256;
  if (expected.git.empty()) expected.git = claimed.git;

  const FileLock one_at_a_time(cache.lock(remote.tag), waiting(file.path));
  FileDigests found;
  if (cache.has_blob(remote.tag)) {
    found = digests_of(cache.blob(remote.tag), saying("checking " + file.path));
    if (const auto wrong = compare(expected, found)) {
      base::bad_data(cache.blob(remote.tag), wrong->expected + " (remove it to have it fetched anew)", wrong->found);
    }
  } else {
    const Download what{remote.url, where(file.path), cache.blob(remote.tag), cache.incomplete(remote.tag), expected,
                        ""};
    found = download(client(), what, {saying("downloading " + file.path), saying("checking " + file.path)});
  }
  cache.link(commit_, file.path, remote.tag);
  return taken(where(file.path), *cache.find(commit_, file.path), file.expected, found);
}

// A file of an address that is no hub's.
std::string Job::bring_address() {
  if (options_.import && wanted_.licence.empty()) {
    throw Error(ErrorCategory::usage, "--licence", "the licence of the weights, as nothing else states it", "none");
  }
  const std::string folder = places_.downloads + "/" + base::sha256_hex(wanted_.address).substr(0, 16);
  std::string place = folder + "/" + parse_url(wanted_.address)->file_name();
  Expected expected;
  expected.sha256 = options_.sha256;
  const FileLock one_at_a_time(folder + "/.lock", waiting(wanted_.address));
  std::error_code ignored;
  FileDigests found;
  if (fs::is_regular_file(place, ignored)) {
    found = digests_of(place, saying("checking"));
    if (const auto wrong = compare(expected, found)) {
      base::bad_data(place, wrong->expected + " (remove it to have it fetched anew)", wrong->found);
    }
  } else if (offline_) {
    throw Error(ErrorCategory::no_input, wanted_.address, "to be in " + folder + " (offline)", "nothing");
  } else {
    const HttpResponse head = client().head(wanted_.address, Follow::everywhere);
    const std::string tag = head.status == 200 ? head.header("etag") : "";
    const std::string growing = place + "." + base::sha256_hex(tag).substr(0, 16) + ".incomplete";
    const bool is_strong = tag.starts_with('"');
    const Download what{wanted_.address, wanted_.address, place, growing, expected, is_strong ? tag : ""};
    found = download(client(), what, {saying("downloading"), saying("checking")});
  }
  brought_.push_back(taken(wanted_.address, place, expected, found));
  return place;
}

// Trust on first use of what no catalogue knows.
Job::Brought Job::taken(const std::string& file, const std::string& path, const Expected& expected,
                        const FileDigests& found) {
  if (!expected.has_digest()) {
    const std::string key =
        wanted_.address.empty() ? wanted_.repository + "@" + wanted_.revision + file.substr(file.find(": ")) : file;
    const std::string before = known_.find(key);
    if (before.empty() || (before != found.sha256 && options_.trust_new)) {
      known_.keep(key, found.sha256);
      note(base::format("{}: no digest is known beforehand; trusted on first use with SHA-256 {}, kept in {}", file,
                        found.sha256, known_.path()));
    } else if (before != found.sha256) {
      base::bad_data(file, "SHA-256 " + before + ", as when it was first fetched (--trust-new takes another)",
                     found.sha256);
    }
  }
  return {path, found};
}

void Job::import(const std::string& from, const std::string& to) const {
  nlohmann::json files = nlohmann::json::array();
  for (const Brought& file : brought_) {
    files.push_back({{"file", fs::path(file.path).filename().string()},
                     {"bytes", file.digests.bytes},
                     {"sha256", file.digests.sha256}});
  }
  nlohmann::json fetched{{"files", files}};
  if (wanted_.address.empty()) {
    fetched["repository"] = wanted_.repository;
    fetched["revision"] = commit_;
  } else {
    fetched["address"] = wanted_.address;
  }
  bundle::ImportOptions options;
  options.models = {from};
  options.decoder_names = {wanted_.name};
  options.name = wanted_.name;
  options.licence = wanted_.licence;
  options.provenance = nlohmann::json{{"fetched", fetched}}.dump();
  options.out = to;
  for (const std::string& line : bundle::import_bundle(options, saying("importing"))) note(line);
}

}  // namespace

Fetched fetch_model(const FetchOptions& options, const Places& places, const Catalogue& catalogue,
                    const FetchHooks& hooks) {
  Wanted wanted = resolve(options, places, catalogue);
  const ModelsFolder models(places.models);
  const std::string name = wanted.name;
  const FileLock one_at_a_time(models.lock(name), [&] {
    if (hooks.note) hooks.note(name + " is being fetched by another program; waiting for it");
  });
  if (options.import) {
    if (const std::optional<std::string> there = models.find(name)) return {name, *there, true};
    std::error_code ignored;
    if (fs::exists(fs::symlink_status(models.place(name), ignored))) {
      throw Error(ErrorCategory::io, models.place(name), "a model, or nothing", "something else of that name");
    }
  }
  Job job(options, places, std::move(wanted), hooks);
  const std::string brought = job.bring();
  if (!options.import) return {name, brought, false};
  job.import(brought, models.place(name));
  return {name, models.place(name), false};
}

}  // namespace seben::fetch
