// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_labels.h"

#include <fmt/format.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "base/interrupt.h"
#include "cli/failures.h"
#include "cli/printable.h"
#include "seben/error.h"
#include "text/nko/labels.h"

namespace seben::cli {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 20;

struct Flags {
  std::string path;
  bool json = false;
};

void print(const std::string& path, const nko::LabelFinding& finding, bool json) {
  if (!json) {
    std::cout << printable(path) << ":" << nko::to_string(finding) << "\n";
    return;
  }
  const nlohmann::json line{{"file", path},
                            {"line", finding.line},
                            {"column", finding.column},
                            {"code_point", fmt::format("U+{:04X}", static_cast<std::uint32_t>(finding.code_point))},
                            {"fault", nko::to_string(finding.fault)},
                            {"reason", finding.reason}};
  std::cout << line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

// The next line without its end; false after the last.
bool next_line(std::istream& in, const std::string& where, std::string& line) {
  if (!std::getline(in, line)) {
    if (in.bad()) throw Error(ErrorCategory::io, where, "to be read", "a failed read");
    return false;
  }
  if (line.size() > kMaxLine) {
    throw Error(ErrorCategory::bad_data, where, fmt::format("at most {} bytes", kMaxLine), std::to_string(line.size()));
  }
  if (line.ends_with('\r')) line.pop_back();
  return true;
}

void inspect(const Flags& flags) {
  std::ifstream file;
  if (flags.path != "-") {
    file.open(flags.path);
    if (!file) throw Error(ErrorCategory::no_input, flags.path, "labels, a line each", "no readable file");
  }
  std::istream& in = flags.path == "-" ? std::cin : file;
  const std::string name = flags.path == "-" ? "standard input" : flags.path;
  std::size_t number = 0, findings = 0, lines_with = 0;
  std::string line;
  while (next_line(in, fmt::format("{}: line {}", name, number + 1), line)) {
    base::throw_if_interrupted();
    ++number;
    const auto found = nko::check_label(line, number, fmt::format("{}: line {}", name, number));
    for (const nko::LabelFinding& finding : found) print(name, finding, flags.json);
    findings += found.size();
    if (!found.empty()) ++lines_with;
  }
  std::cout.flush();
  if (!std::cout) throw Error(ErrorCategory::io, "standard output", "room for the findings", "a failed write");
  if (findings == 0) return;
  fmt::print(stderr, "seben: {}: {} findings in {} of {} lines\n", printable(name), findings, lines_with, number);
  throw Failed(static_cast<int>(ErrorCategory::bad_data));
}

}  // namespace

void add_inspect_labels(CLI::App& parent) {
  CLI::App* command = parent.add_subcommand("labels", "Find what is wrong with N'Ko training labels, a finding a line");
  auto flags = std::make_shared<Flags>();
  command
      ->add_option("file", flags->path, "A label a line, or label, tab, the same in Latin Bambara; - is standard input")
      ->required();
  command->add_flag("--json", flags->json, "JSON lines");
  command->footer("Exits with 65 when anything was found.\nExample: seben inspect labels labels.txt");
  command->callback([flags] { inspect(*flags); });
}

}  // namespace seben::cli
