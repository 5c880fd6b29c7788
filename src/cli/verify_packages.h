// SPDX-License-Identifier: Apache-2.0
// `seben verify PACKAGE --against BUNDLE`.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/app.h"
#include "cli/coreml_conversion.h"
#include "export/gates.h"
#include "export/runner.h"

namespace seben::cli {

struct PackageFlags {
  std::string path, against, gates, runner, compute_units, html;
  std::vector<std::string> audio;
  ConversionFlags conversion;  ///< of the chunks that a bisection makes
  std::int64_t max_chunk = 0;
  int threads = 0;
  bool no_rounding = false, json = false, bisect = false;
};

void add_package_flags(const App& verify, PackageFlags& flags);
/// Error(usage) for an option that would do nothing.
void refuse_idle_package_options(const App& verify, const PackageFlags& flags);
[[nodiscard]] deploy::Gates gates_of(const PackageFlags& flags);
[[nodiscard]] std::unique_ptr<deploy::Runner> runner_of(const PackageFlags& flags, int threads);
/// Error(incomplete) when not even single stages hold.
void bisect_encoder(const PackageFlags& flags);
/// Error(incomplete) when a part does not hold.
void verify_packages(const PackageFlags& flags);

}  // namespace seben::cli
