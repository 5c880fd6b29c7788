// SPDX-License-Identifier: Apache-2.0
#include "harness/export.h"

#include <filesystem>
#include <nlohmann/json.hpp>
#include <system_error>

#include "base/new_folder.h"
#include "correct/ranker.h"
#include "export/export.h"
#include "export/fixtures.h"
#include "harness/chain_file.h"
#include "harness/frozen_parts.h"
#include "seben/error.h"
#include "swift/embedded.h"
#include "swift/export.h"

namespace seben::harness {
namespace {

namespace fs = std::filesystem;

void refuse_unfit(const deploy::Source& source, const HarnessOptions& options) {
  if (source.bundle() != nullptr) source.bundle()->require_head("a harness");
  if (source.bundle() == nullptr || !source.has_encoder() || !source.has_head()) {
    throw Error(ErrorCategory::usage, source.folder(), "a bundle with an encoder and a head", "another source");
  }
  if (options.conversion.interface != mil::DType::fp32) {
    throw Error(ErrorCategory::usage, "--io", "fp32, as the fixtures are", "fp16");
  }
  if (!correction::parse_mode(options.ranker_mode)) {
    throw Error(ErrorCategory::usage, "--mode", "aggressive, balanced, conservative or preservation",
                options.ranker_mode);
  }
}

void write_template(const base::NewFolder& folder) {
  for (const swift::EmbeddedFile& file : swift::harness_template()) {
    folder.write(file.path, file.text);
    if (!file.path.ends_with(".sh")) continue;
    const fs::path script = folder.partial() / file.path;
    std::error_code failed;
    fs::permissions(script, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add, failed);
    if (failed) throw Error(ErrorCategory::io, script.string(), "a script that can be run", failed.message());
  }
}

void count(const fs::path& folder, HarnessSummary& summary) {
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (!entry.is_regular_file()) continue;
    ++summary.files;
    summary.bytes += entry.file_size();
  }
}

}  // namespace

HarnessSummary export_harness(const deploy::Source& source, const std::string& directory,
                              const HarnessOptions& options) {
  refuse_unfit(source, options);
  const swift::FrozenParts parts = frozen_parts(*source.bundle());
  // Packages and fixtures take a step for each stage and the head, the correction package two.
  const auto parts_of_chain = static_cast<double>(options.stages.size() + 1);
  const auto step = [&](const std::string& name, double done) {
    if (options.progress) options.progress(name, done, 2.0 * parts_of_chain + 2.0);
  };
  const base::NewFolder folder(directory);
  write_template(folder);
  const fs::path proof = folder.partial() / "Proof";

  deploy::ExportOptions packages;
  packages.parts = {deploy::Part::stages, deploy::Part::head};
  packages.stages = options.stages;
  packages.conversion = options.conversion;
  std::string current;
  double before = -1.0;
  packages.progress = [&](const std::string& package, std::uint64_t done, std::uint64_t total) {
    if (package != current) before += 1.0;
    current = package;
    step(package, before + (total > 0 ? static_cast<double>(done) / static_cast<double>(total) : 1.0));
  };
  const auto exported = deploy::export_packages(source, proof.string(), packages);
  step("fixtures", parts_of_chain);
  deploy::export_fixtures(source, (proof / "fixtures").string(),
                          {{options.audio}, options.stages, options.threads, true});
  step("chain.json", 2.0 * parts_of_chain);
  const std::string chain =
      chain_text(proof.string(), exported,
                 {source.name(), convert::precision_text(options.conversion), options.ranker_mode, source.subsample()});
  folder.write("Proof/chain.json", chain);
  step("Swift correction package", 2.0 * parts_of_chain);
  swift::export_package(parts, (folder.partial() / "SebenCorrection").string(), options.rows);

  HarnessSummary summary;
  const nlohmann::json written = nlohmann::json::parse(chain);
  summary.stages = static_cast<std::int64_t>(options.stages.size());
  summary.plan_digest = written.at("plan_sha256");
  summary.text = written.at("text");
  count(folder.partial(), summary);
  step("done", 2.0 * parts_of_chain + 2.0);
  folder.commit();
  return summary;
}

}  // namespace seben::harness
