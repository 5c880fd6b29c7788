// SPDX-License-Identifier: Apache-2.0
// The files of an evidence folder against its list of digests.
#pragma once

#include <string>
#include <vector>

#include "evidence/verdict.h"

namespace seben::evidence {

struct DeviceListing {
  std::vector<std::string> files;  ///< that lie there, sorted, below the folder
  std::size_t listed = 0;          ///< in SHA256SUMS
  std::size_t left_out = 0;        ///< of these bulky and not there
  std::vector<std::string> bad;    ///< with a finding; links and the like first
  std::size_t odd = 0;             ///< how many of these are neither file nor folder
  std::vector<Finding> findings;   ///< "evidence.missing", "evidence.altered", "evidence.interrupted"

  [[nodiscard]] bool has(const std::string& path) const;
};

/// Every file is hashed. Error(no_input) when there is no such folder.
[[nodiscard]] DeviceListing list_device_files(const std::string& folder);

/// A fatal finding about a file of the folder.
[[nodiscard]] Finding device_finding(std::string kind, const std::string& file, std::string explanation);

}  // namespace seben::evidence
