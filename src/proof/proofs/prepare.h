// SPDX-License-Identifier: Apache-2.0
// Before anything is written: what exactly is asked for, and whether this machine and this bundle can give it.
#pragma once

#include <string>
#include <vector>

#include "export/source.h"
#include "model/whisper/stages.h"
#include "proofs/environment.h"
#include "proofs/request.h"
#include "proofs/run.h"

namespace seben::proof {

struct Prepared {
  Request request;  ///< without the plans of packages
  std::vector<whisper::Stage> stages;
  std::string gates_text;
  Ready ready;
};

/// `source` is a bundle with an encoder. Error(usage) for options that exclude each other, Error(io) without room on
/// the disk, Error(incomplete) for a bundle without a ranker and for modes that no gate admits.
[[nodiscard]] Prepared prepare(const deploy::Source& source, const RunOptions& options);

}  // namespace seben::proof
