// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_package.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "cli/idle_options.h"
#include "cli/output.h"
#include "cli/output_place.h"
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

void add_inspect_package_flags(const App& inspect, InspectPackageFlags& flags) {
  inspect.add_flag("--ane", flags.ane, "Audit what of a package may run on the Neural Engine (a static estimate)");
  inspect.add_flag("--strict", flags.strict, "With --ane: exit with 78 when a finding has the level error");
  inspect.add_option("--html", flags.html, "With --ane: write the audit as a page (HTML), too");
  inspect.add_option("--graph", flags.graph, "Draw the program of a package into this file (HTML)");
  inspect.add_flag("--text", flags.text,
                   "Print the program of a package as MIL text (offsets count constants, 64 each)");
  inspect.add_flag("--clean", flags.clean, "First remove ._* and .DS_Store files that macOS left in a package");
}

void refuse_idle_package_options(const App& inspect, const std::string& path) {
  if (!is_package(path)) {
    refuse_idle(inspect, {"--ane", "--strict", "--html", "--graph", "--text", "--clean"}, "a Core ML package", path);
  } else if (inspect.count("--text") > 0) {
    refuse_idle(inspect, {"--ane", "--strict", "--html", "--graph", "--json"}, "a view of its own", "--text");
  } else if (inspect.count("--ane") == 0) {
    refuse_idle(inspect, {"--strict", "--html"}, "--ane", "none");
  }
}

void inspect_package(const std::string& path, bool json, const InspectPackageFlags& flags) {
  require_output("--graph", flags.graph);
  require_output("--html", flags.html);
  if (flags.clean) {
    for (const std::string& stray : coreml::remove_strays(path)) print_err("removed {}", stray);
  }
  const bool compiled = extension_of(path) == ".mlmodelc";
  const coreml::Package package = compiled ? coreml::read_compiled(path) : coreml::read_package(path);
  if (flags.text) {
    write_document(
        coreml::to_mil(package.model.program, [n = std::uint64_t{0}](const mil::Literal&) mutable { return n += 64; }));
    return;
  }
  const std::string name = std::filesystem::path(path).filename().string();
  if (!flags.graph.empty()) coreml::write_graph_html(package.model.program.main(), name, flags.graph);
  if (flags.ane) {
    const coreml::Audit audit = coreml::audit_ane(package);
    if (!flags.html.empty()) coreml::write_audit_html(audit, name, flags.html);
    json ? write_json(coreml::audit_json(audit).dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n")
         : write_lines(coreml::audit_text(audit));
    if (flags.strict && audit.has_errors()) {
      throw Error(ErrorCategory::incomplete, path, "no finding of the level error", "at least one");
    }
    return;
  }
  const nlohmann::ordered_json summary = coreml::summarise(package);
  json ? write_json(summary.dump(1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n")
       : write_lines(coreml::summary_text(summary));
}

}  // namespace seben::cli
