// SPDX-License-Identifier: Apache-2.0
// `seben inspect PACKAGE.mlpackage`.
#pragma once

#include <string>

#include "cli/app.h"

namespace seben::cli {

struct InspectPackageFlags {
  std::string graph, html;
  bool ane = false, clean = false, text = false, strict = false;
};

void add_inspect_package_flags(const App& inspect, InspectPackageFlags& flags);
/// Error(usage) for an option of packages that would do nothing.
void refuse_idle_package_options(const App& inspect, const std::string& path);
[[nodiscard]] bool is_package(const std::string& path);
void inspect_package(const std::string& path, bool json, const InspectPackageFlags& flags);

}  // namespace seben::cli
