// SPDX-License-Identifier: Apache-2.0
#include <nlohmann/json.hpp>

#include "bundle/bundle.h"
#include "bundle/inspect.h"
#include "seben/bundle.h"

namespace seben {

Bundle Bundle::open(const std::string& folder) {
  return Bundle(std::make_shared<const bundle::Bundle>(bundle::Bundle::open(folder)));
}

const std::string& Bundle::name() const noexcept { return impl_->manifest().name; }

std::string Bundle::describe() const { return bundle::inspect_text(bundle::inspect(impl_->folder())); }

std::vector<std::string> Bundle::precisions() const { return impl_->admitted_precisions(); }

void Bundle::verify_digests() const { bundle::verify_digests(*impl_); }

}  // namespace seben
