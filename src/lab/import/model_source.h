// SPDX-License-Identifier: Apache-2.0
// Published models as `seben import` takes them: opened, and what lies beside their weights compared with ours.
#pragma once

#include <string>
#include <vector>

#include "import/import.h"
#include "import/model.h"

namespace seben::bundle {

struct ModelSource {
  models::Model model;
  std::string folder;  ///< where tokenizer and other files lie; empty for files that are all there is
  std::string name;    ///< of the decoder in the bundle; empty for an encoder alone
  /// What its files are called, without the way to them.
  [[nodiscard]] std::string file_name() const;
};

/// The encoder of --encoder alone, or the models of --model, decoders named, heads of the weights checked. Empty when
/// features come from outside. Error(usage) for options that exclude each other, names that are no names or taken, and
/// an encoder without decoder where one is wanted; Error(bad_data) for a frontend that is not Whisper's.
[[nodiscard]] std::vector<ModelSource> open_sources(const ImportOptions& options);

}  // namespace seben::bundle
