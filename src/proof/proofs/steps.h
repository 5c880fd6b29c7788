// SPDX-License-Identifier: Apache-2.0
// Work that is done once: a step whose receipt names the inputs of now and whose outputs lie there with the digests of
// the receipt is not done again.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "proofs/folder.h"
#include "proofs/request.h"

namespace seben::proof {

struct Receipt {
  std::string step;
  std::map<std::string, std::string> inputs;  ///< name and SHA-256
  std::vector<ProofFile> outputs;             ///< sorted by path
};

[[nodiscard]] std::string receipt_file(std::string_view step);
[[nodiscard]] std::string to_text(const Receipt& receipt);
/// Error(bad_data) for anything that to_text would not have written.
[[nodiscard]] Receipt parse_receipt(std::string_view text, const std::string& source);

/// Runs a step or finds it done; `work` writes files below `folder` and returns their paths. Returns the receipt.
/// `done` tells whether it was found.
Receipt run_step(const std::string& folder, const std::string& step, const std::map<std::string, std::string>& inputs,
                 const std::function<std::vector<std::string>()>& work, bool& done);

/// What a step depends on beside the outputs of earlier steps.
[[nodiscard]] std::map<std::string, std::string> step_inputs(const Request& request, const std::string& step);

/// One digest of all outputs: what later steps name as their input.
[[nodiscard]] std::string digest_of(const Receipt& receipt);

}  // namespace seben::proof
