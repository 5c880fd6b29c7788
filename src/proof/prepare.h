// SPDX-License-Identifier: Apache-2.0
// Before anything is written: what exactly is asked for, and whether this machine and this bundle can give it.
#pragma once

#include <string>
#include <vector>

#include "deploy/source.h"
#include "proof/environment.h"
#include "proof/request.h"
#include "proof/run.h"
#include "whisper/stages.h"

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
