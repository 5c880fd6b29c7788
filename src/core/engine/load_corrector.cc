// SPDX-License-Identifier: Apache-2.0
#include "engine/load_corrector.h"

#include "base/format.h"
#include "base/sha256.h"
#include "bundle/ranker.h"

namespace seben::pipeline {
namespace {

correction::Ranker read_ranker(const bundle::Bundle& bundle, const std::string& path) {
  if (!path.empty()) {
    correction::Ranker ranker = correction::Ranker::load(path);
    bundle::require_head(bundle, ranker.head, "ranker", path);
    return ranker;
  }
  auto ranker = bundle::load_ranker(bundle);
  if (!ranker) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": ranker", "one in the bundle, or --ranker FILE",
                "none (seben rank fit makes one)");
  }
  return std::move(*ranker);
}

// The weight of its feature was learned with one language model and means nothing for another. Returns the path of the
// right one: the caller's, else the bundle's.
std::string find_language_model(const bundle::Bundle& bundle, const correction::Ranker& ranker,
                                const std::string& path) {
  if (!ranker.language_model) {
    if (path.empty()) return {};
    throw Error(ErrorCategory::usage, path, "no language model: the ranker was fitted without one", "one");
  }
  const bundle::FileEntry* own = bundle.manifest().find(bundle::Role::language_model);
  std::string where = !path.empty() ? path : own != nullptr ? bundle.path(bundle::Role::language_model) : "";
  // That the bundle's files are what is listed is what verify digests is for.
  const std::string found = !path.empty() ? base::sha256_file(path) : own != nullptr ? own->sha256 : "none";
  if (found != ranker.language_model->sha256) {
    throw Error(ErrorCategory::bad_data, where.empty() ? bundle.folder() + ": language model" : where,
                "the one that the ranker was fitted with, SHA-256 " + ranker.language_model->sha256, found);
  }
  return where;
}

}  // namespace

bool has_ranker(const bundle::Bundle& bundle) { return bundle.manifest().find(bundle::Role::ranker) != nullptr; }

CorrectionStage load_correction(const bundle::Bundle& bundle, const CorrectorOptions& options,
                                std::shared_ptr<const correction::Corrector> loaded) {
  const auto mode = correction::parse_mode(options.mode);
  if (!mode) {
    throw Error(ErrorCategory::usage, "mode", "aggressive, balanced, conservative or preservation", options.mode);
  }
  if (options.max_edits && (*options.max_edits < 1 || *options.max_edits > 1000)) {
    throw Error(ErrorCategory::usage, "max edits", "1..1000", std::to_string(*options.max_edits));
  }
  if (loaded != nullptr) return {std::move(loaded), {*mode, options.max_edits, 5}};
  correction::Ranker ranker = read_ranker(bundle, options.ranker);
  auto model = load_language_model(find_language_model(bundle, ranker, options.language_model));
  auto corrector =
      std::make_shared<const correction::Corrector>(std::move(ranker), bundle.vocabulary(), std::move(model));
  return {std::move(corrector), {*mode, options.max_edits, 5}};
}

std::shared_ptr<const lm::NgramModel> load_language_model(const std::string& path) {
  if (path.empty()) return nullptr;
  return std::make_shared<const lm::NgramModel>(lm::NgramModel::load(path));
}

}  // namespace seben::pipeline
