// SPDX-License-Identifier: Apache-2.0
#include "bundle/ranker.h"

#include <algorithm>
#include <filesystem>
#include <span>
#include <vector>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "bundle/contract.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

constexpr const char* kRankerName = "ranker.json";
constexpr const char* kLanguageModelName = "language-model.arpa";
constexpr std::size_t kMaxLanguageModel = std::size_t{1} << 30;

struct NewFile {
  Role role;
  std::string path;  // inside the bundle
  std::string text;
};

std::string digest_of(std::string_view text) {
  return base::sha256_hex(std::as_bytes(std::span(text.data(), text.size())));
}

std::string listed_digest(const Bundle& bundle, Role role) {
  const FileEntry* entry = bundle.manifest().find(role);
  if (entry == nullptr) {
    throw Error(ErrorCategory::bad_data, bundle.folder(), "a file with the role " + std::string(to_string(role)),
                "none");
  }
  return entry->sha256;
}

}  // namespace

correction::HeadIdentity head_identity(const Bundle& bundle) {
  correction::HeadIdentity out;
  out.name = bundle.manifest().name;
  out.classes = static_cast<std::int64_t>(bundle.vocabulary().size());
  out.blank = bundle.vocabulary().blank();
  out.vocabulary = listed_digest(bundle, Role::vocabulary);
  out.contract = digest_of(frontend::to_text(bundle.required()));
  out.weights = listed_digest(bundle, Role::head);
  // A coded head answers to its source's name: the gate that admitted the codes measured how far it is from it.
  const auto& metadata = bundle.head_weights().metadata();
  if (const auto source = metadata.find(std::string(kCodedFrom)); source != metadata.end())
    out.weights = source->second;
  return out;
}

void require_head(const Bundle& bundle, const correction::Ranker& ranker, const std::string& source) {
  const std::string difference = ranker.head.difference(head_identity(bundle));
  if (!difference.empty()) {
    throw Error(ErrorCategory::bad_data, source + ": head", "a ranker fitted on the head of " + bundle.folder(),
                "one of another head: " + difference);
  }
}

std::optional<correction::Ranker> load_ranker(const Bundle& bundle) {
  if (bundle.manifest().find(Role::ranker) == nullptr) return std::nullopt;
  const std::string path = bundle.path(Role::ranker);
  correction::Ranker ranker = correction::Ranker::load(path);
  require_head(bundle, ranker, path);
  return ranker;
}

void store_ranker(const std::string& folder, const correction::Ranker& ranker, const std::string& language_model) {
  const Bundle bundle = Bundle::open(folder);
  require_head(bundle, ranker, "ranker");
  std::vector<NewFile> files{{Role::ranker, kRankerName, ranker.to_text()}};
  if (ranker.language_model) {
    files.push_back({Role::language_model, kLanguageModelName, base::read_text(language_model, kMaxLanguageModel)});
    if (digest_of(files.back().text) != ranker.language_model->sha256) {
      throw Error(ErrorCategory::bad_data, language_model, "the language model that the ranker was fitted with",
                  "another");
    }
  }
  Manifest manifest = bundle.manifest();
  std::erase_if(manifest.files, [](const FileEntry& file) { return file.role == Role::language_model; });
  for (NewFile& file : files) {
    if (const FileEntry* old = manifest.find(file.role)) file.path = old->path;
    std::erase_if(manifest.files, [&](const FileEntry& entry) { return entry.role == file.role; });
    manifest.files.push_back({file.path, file.text.size(), digest_of(file.text), file.role});
  }
  const std::string path = (std::filesystem::path(folder) / kManifestName).string();
  const std::string listing = to_text(manifest);
  (void)parse_manifest(listing, path);  // before anything is written
  const base::MustTidyUp until_listed;
  for (const NewFile& file : files) {
    base::write_text((std::filesystem::path(folder) / file.path).string(), file.text, base::Links::replaced);
  }
  base::write_text(path, listing, base::Links::replaced);
}

}  // namespace seben::bundle
