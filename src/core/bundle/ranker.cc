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
#include "bundle/put_files.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

constexpr const char* kRankerName = "ranker.json";
constexpr const char* kLanguageModelName = "language-model.arpa";
constexpr std::size_t kMaxLanguageModel = std::size_t{1} << 30;

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
  out.contract = base::sha256_hex(std::string_view(frontend::to_text(bundle.required())));
  out.weights = listed_digest(bundle, Role::head);
  // A coded head answers to its source's name: the gate that admitted the codes measured how far it is from it.
  const auto& metadata = bundle.head_weights().metadata();
  if (const auto source = metadata.find(std::string(kCodedFrom)); source != metadata.end())
    out.weights = source->second;
  return out;
}

void require_head(const Bundle& bundle, const correction::HeadIdentity& fitted_on, std::string_view model,
                  const std::string& source) {
  const std::string difference = fitted_on.difference(head_identity(bundle), model);
  if (!difference.empty()) {
    throw Error(ErrorCategory::bad_data, source + ": head",
                "a " + std::string(model) + " fitted on the head of " + bundle.folder(),
                "one of another head: " + difference);
  }
}

std::optional<correction::Ranker> load_ranker(const Bundle& bundle) {
  if (bundle.manifest().find(Role::ranker) == nullptr) return std::nullopt;
  const std::string path = bundle.path(Role::ranker);
  correction::Ranker ranker = correction::Ranker::load(path);
  require_head(bundle, ranker.head, "ranker", path);
  return ranker;
}

void store_ranker(const std::string& folder, const correction::Ranker& ranker, const std::string& language_model) {
  const Bundle bundle = Bundle::open(folder);
  require_head(bundle, ranker.head, "ranker", "ranker");
  std::vector<NewFile> files{{Role::ranker, kRankerName, ranker.to_text()}};
  if (ranker.language_model) {
    files.push_back({Role::language_model, kLanguageModelName, base::read_text(language_model, kMaxLanguageModel)});
    if (base::sha256_hex(std::string_view(files.back().text)) != ranker.language_model->sha256) {
      throw Error(ErrorCategory::bad_data, language_model, "the language model that the ranker was fitted with",
                  "another");
    }
  }
  put_files(bundle, std::move(files), {Role::language_model});
}

}  // namespace seben::bundle
