// SPDX-License-Identifier: Apache-2.0
// A bundle's Whisper as a file that whisper.cpp runs.
#pragma once

#include <string>

#include "bundle/bundle.h"
#include "import/model.h"
#include "import/write_ggml.h"

namespace seben::bundle {

/// The bundle's encoder with one of its text decoders as one model, which refers to the bundle. Error(incomplete) when
/// there is no decoder; Error(usage) for a name that none has, and for weights that are stored as codes;
/// Error(bad_data) for a tokenizer whose special tokens are not where whisper.cpp takes them to be.
[[nodiscard]] models::Model joined_model(const Bundle& bundle, const std::string& decoder);

/// models::write_ggml of it.
void export_ggml(const Bundle& bundle, const std::string& decoder, const std::string& path,
                 const models::WriteGgmlOptions& options);

}  // namespace seben::bundle
