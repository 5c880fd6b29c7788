// SPDX-License-Identifier: Apache-2.0
#include "bundle/guard.h"

#include "bundle/put_files.h"
#include "bundle/ranker.h"

namespace seben::bundle {

std::optional<ctc::LanguageGuard> load_guard(const Bundle& bundle) {
  if (bundle.manifest().find(Role::language_guard) == nullptr) return std::nullopt;
  const std::string path = bundle.path(Role::language_guard);
  ctc::LanguageGuard guard = ctc::LanguageGuard::load(path);
  require_head(bundle, guard.head, "guard", path);
  return guard;
}

void store_guard(const std::string& folder, const ctc::LanguageGuard& guard) {
  const Bundle bundle = Bundle::open(folder);
  require_head(bundle, guard.head, "guard", "guard");
  put_files(bundle, {{Role::language_guard, "guard.json", guard.to_text()}});
}

}  // namespace seben::bundle
