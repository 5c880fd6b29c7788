// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_labels.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/counted.h"
#include "cli/failures.h"
#include "cli/line_reader.h"
#include "cli/output.h"
#include "seben/error.h"
#include "text/nko/labels.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxLabelsLine = std::size_t{1} << 20;

struct InspectLabelsFlags {
  std::vector<std::string> paths;
  bool json = false;
};

void print(const std::string& path, const nko::LabelFinding& finding, bool json) {
  if (!json) {
    print_out("{}:{}\n", path, nko::to_string(finding));
    return;
  }
  const nlohmann::json line{{"file", path},
                            {"line", finding.line},
                            {"column", finding.column},
                            {"code_point", fmt::format("U+{:04X}", static_cast<std::uint32_t>(finding.code_point))},
                            {"fault", nko::to_string(finding.fault)},
                            {"reason", finding.reason}};
  write_json(line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// Whether anything was found.
bool inspect(const std::string& path, bool json) {
  LineReader lines(path, "labels, a line each");
  std::size_t findings = 0, lines_with = 0;
  std::string line;
  while (!out_failed() && lines.next(line, kMaxLabelsLine)) {
    const auto found = nko::check_label(line, lines.number(), lines.where());
    for (const nko::LabelFinding& finding : found) print(lines.name(), finding, json);
    findings += found.size();
    if (!found.empty()) ++lines_with;
  }
  flush_out("the findings");
  if (findings == 0) return false;
  print_err("seben: {}: {} in {} of {}", lines.name(), base::counted(findings, "finding"), lines_with,
            base::counted(lines.number(), "line"));
  return true;
}

void inspect(const InspectLabelsFlags& flags) {
  bool any = false;
  for (const std::string& path : flags.paths) any = inspect(path, flags.json) || any;
  if (any) throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_inspect_labels(const App& parent) {
  App command = parent.add_subcommand("labels", "Find what is wrong with N'Ko training labels, a finding a line");
  auto flags = std::make_shared<InspectLabelsFlags>();
  command
      ->add_option("file", flags->paths,
                   "Files with a label a line, or label, tab, the same in Latin Bambara; - is standard input")
      ->required();
  command->add_flag("--json", flags->json, "Print JSON lines");
  command->footer("Exits with 65 when anything was found.\nExample: seben inspect labels labels.txt");
  command->callback([flags] { inspect(*flags); });
}

}  // namespace seben::cli
