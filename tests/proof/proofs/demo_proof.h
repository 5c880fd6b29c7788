// SPDX-License-Identifier: Apache-2.0
// A small good proof of the demo bundle, and ways to damage it.
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/json.h"
#include "proofs/audit.h"
#include "proofs/run.h"
#include "proofs/steps.h"
#include "seben/error.h"
#include "support/temp_dir.h"

namespace seben::test {

inline std::string demo_bundle() { return SEBEN_SOURCE_DIR "/bundles/demo-nko"; }
inline std::string demo_sample() { return demo_bundle() + "/samples/seen-1.wav"; }

inline proof::RunOptions demo_options(const std::string& out) {
  proof::RunOptions options;
  options.bundle = demo_bundle();
  options.audio = demo_sample();
  options.out = out;
  options.modes = {"f32"};
  options.stages = "device-safe";
  options.threads = 2;
  options.min_free = 0;
  return options;
}

/// What somebody who forges a proof would do: every digest anew, and the summary, as far as the evidence allows one.
inline void reseal(const std::string& folder) {
  namespace fs = std::filesystem;
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "steps")) {
    const std::string path = entry.path().string();
    proof::Receipt receipt = proof::parse_receipt(read_file(path), path);
    std::erase_if(receipt.outputs, [&](const auto& f) { return !fs::exists(fs::path(folder) / f.path); });
    for (proof::ProofFile& file : receipt.outputs) file = proof::measure(folder, file.path);
    write_file(path, proof::to_text(receipt));
  }
  // Later steps name the outputs of earlier ones.
  const auto digest = [&](const std::string& step) {
    const std::string path = folder + "/steps/" + step + ".json";
    return proof::digest_of(proof::parse_receipt(read_file(path), path));
  };
  for (const fs::directory_entry& entry : fs::directory_iterator(fs::path(folder) / "steps")) {
    const std::string path = entry.path().string();
    proof::Receipt receipt = proof::parse_receipt(read_file(path), path);
    for (auto& [name, value] : receipt.inputs) {
      if (name == "bundle" || name == "fixture" || name == "reference") value = digest(name);
    }
    write_file(path, proof::to_text(receipt));
  }
  std::vector<proof::ProofFile> files;
  for (const std::string& path : proof::list_files(folder)) files.push_back(proof::measure(folder, path));
  write_file(folder + "/manifest.json", proof::manifest_text(files));
  try {
    write_file(folder + "/proof-summary.json", proof::to_text(proof::derive(folder, files)));
  } catch (const Error&) {  // the evidence no longer carries any summary
  }
}

}  // namespace seben::test
