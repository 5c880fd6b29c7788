// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_package.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "package/ane_audit.h"
#include "package/graph.h"
#include "package/mil_text.h"
#include "package/summary.h"
#include "seben/error.h"

namespace seben::cli {

namespace {

// Of the last component, also where the path ends in a slash.
std::string extension_of(const std::string& path) {
  std::filesystem::path p(path);
  if (!p.has_filename()) p = p.parent_path();
  return p.extension().string();
}

}  // namespace

bool is_package(const std::string& path) {
  const std::string extension = extension_of(path);
  return extension == ".mlpackage" || extension == ".mlmodelc";
}

void add_inspect_package_flags(CLI::App& inspect, InspectPackageFlags& flags) {
  inspect.add_flag("--ane", flags.ane, "Of a package: what may run on the Neural Engine (a static estimate)");
  inspect.add_flag("--strict", flags.strict, "With --ane: exit 78 when a finding has the level error");
  inspect.add_option("--html", flags.html, "With --ane: write the audit as a page");
  inspect.add_option("--graph", flags.graph, "Of a package: draw the program into this HTML file");
  inspect.add_flag("--text", flags.text, "Of a package: the program as MIL text (offsets count constants, 64 each)");
  inspect.add_flag("--clean", flags.clean, "Of a package: first remove ._* and .DS_Store files that macOS left in it");
}

void inspect_package(const std::string& path, bool json, const InspectPackageFlags& flags) {
  if (flags.clean) {
    for (const std::string& stray : coreml::remove_strays(path)) fmt::print(stderr, "removed {}\n", stray);
  }
  const bool compiled = extension_of(path) == ".mlmodelc";
  const coreml::Package package = compiled ? coreml::read_compiled(path) : coreml::read_package(path);
  if (flags.text) {
    fmt::print("{}", coreml::to_mil(package.model.program,
                                    [n = std::uint64_t{0}](const mil::Literal&) mutable { return n += 64; }));
    return;
  }
  const std::string name = std::filesystem::path(path).filename().string();
  if (!flags.graph.empty()) coreml::write_graph_html(package.model.program.main(), name, flags.graph);
  if (flags.ane) {
    const coreml::Audit audit = coreml::audit_ane(package);
    if (!flags.html.empty()) coreml::write_audit_html(audit, name, flags.html);
    fmt::print("{}", json ? coreml::audit_json(audit).dump(1) + "\n" : coreml::audit_text(audit));
    if (flags.strict && audit.has_errors()) {
      throw Error(ErrorCategory::incomplete, path, "no finding of the level error", "at least one");
    }
    return;
  }
  const nlohmann::ordered_json summary = coreml::summarise(package);
  fmt::print("{}", json ? summary.dump(1) + "\n" : coreml::summary_text(summary));
}

}  // namespace seben::cli
