// SPDX-License-Identifier: Apache-2.0
#include "harness/frozen_parts.h"

#include "base/file.h"
#include "bundle/ranker.h"
#include "seben/error.h"

namespace seben::harness {
namespace {

constexpr std::size_t kMaxArpa = std::size_t{256} << 20;  // more has no place on a telephone

// Of the language model that the ranker needs; "" when it needs none, or the bundle has none.
std::string arpa_text(const bundle::Bundle& bundle, const correction::Ranker& ranker) {
  if (!ranker.language_model || bundle.manifest().find(bundle::Role::language_model) == nullptr) return "";
  return base::read_text(bundle.path(bundle::Role::language_model), kMaxArpa);
}

}  // namespace

swift::FrozenParts frozen_parts(const bundle::Bundle& bundle) {
  auto ranker = bundle::load_ranker(bundle);
  if (!ranker) {
    throw Error(ErrorCategory::incomplete, bundle.folder() + ": ranker", "one in the bundle",
                "none (seben rank fit --install makes one)");
  }
  std::string arpa = arpa_text(bundle, *ranker);
  return {std::move(*ranker), bundle.vocabulary(), std::move(arpa)};
}

}  // namespace seben::harness
