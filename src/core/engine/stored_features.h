// SPDX-License-Identifier: Apache-2.0
// Features to transcribe from a file of any kind that holds them.
#pragma once

#include <string>

#include "bundle/feature_file.h"

namespace seben::pipeline {

/// A packet (.spkt), whose every checksum is compared, or what bundle::FeatureFile::open takes; Error(usage) for other
/// endings.
[[nodiscard]] bundle::FeatureFile open_features(const std::string& path);

/// Error(usage) for an ending that `open_features` does not know.
void require_feature_name(const std::string& path);

/// Error(usage): Whisper's decoder cannot read stored features.
[[noreturn]] void refuse_features(const std::string& path);

}  // namespace seben::pipeline
