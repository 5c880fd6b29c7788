// SPDX-License-Identifier: Apache-2.0
// A bundle's ranker: read and compared with the head that it will correct, or put in.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "bundle/bundle.h"
#include "correct/ranker.h"

namespace seben::bundle {

/// In the metadata of a coded head file: the SHA-256 of the file it was made from.
inline constexpr std::string_view kCodedFrom = "seben.coded_from";

/// What a ranker fitted on this bundle's head has to say of it; the digests are those that bundle.json lists.
[[nodiscard]] correction::HeadIdentity head_identity(const Bundle& bundle);

/// Error(bad_data) naming `source` and the difference unless `model`, such as "ranker", was fitted on this bundle's
/// head.
void require_head(const Bundle& bundle, const correction::HeadIdentity& fitted_on, std::string_view model,
                  const std::string& source);

/// The bundle's own ranker, its head compared; nothing when it has none.
[[nodiscard]] std::optional<correction::Ranker> load_ranker(const Bundle& bundle);

/// Puts `ranker` into the bundle, in place of one that it has, and the ARPA file that it was fitted with, if any. Its
/// head and language model are compared first.
void store_ranker(const std::string& folder, const correction::Ranker& ranker, const std::string& language_model);

}  // namespace seben::bundle
