// SPDX-License-Identifier: Apache-2.0
#include "proofs/steps.h"

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <optional>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "bundle/manifest.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::string_view kStepSchema = "seben.proof-step";
constexpr std::size_t kMostStepText = std::size_t{4} << 20;

// Nothing when the step has to be done (again), whatever the reason.
std::optional<Receipt> done_before(const std::string& folder, const std::string& step,
                                   const std::map<std::string, std::string>& inputs) {
  const std::string path = (fs::path(folder) / receipt_file(step)).string();
  if (!fs::exists(path)) return std::nullopt;
  try {
    Receipt receipt = parse_receipt(base::read_text(path, kMostStepText), path);
    if (receipt.step != step || receipt.inputs != inputs || receipt.outputs.empty()) return std::nullopt;
    for (const ProofFile& file : receipt.outputs) {
      if (!fs::exists(fs::path(folder) / file.path) || measure(folder, file.path) != file) return std::nullopt;
    }
    return receipt;
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

std::string receipt_file(std::string_view step) { return "steps/" + std::string(step) + ".json"; }

std::string to_text(const Receipt& receipt) {
  nlohmann::ordered_json inputs = nlohmann::ordered_json::object(), outputs = nlohmann::ordered_json::array();
  for (const auto& [name, digest] : receipt.inputs) inputs[name] = digest;
  for (const ProofFile& f : receipt.outputs) {
    outputs.push_back({{"path", f.path}, {"bytes", f.bytes}, {"sha256", f.sha256}});
  }
  return nlohmann::ordered_json{{"schema", kStepSchema},
                                {"version", 1},
                                {"step", receipt.step},
                                {"inputs", std::move(inputs)},
                                {"outputs", std::move(outputs)}}
             .dump(2) +
         "\n";
}

Receipt parse_receipt(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {kMostStepText, 5, 100'000});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != kStepSchema) reader.fail("schema", std::string(kStepSchema), reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  Receipt receipt{reader.string("step"), {}, {}};
  const base::JsonReader inputs = reader.object("inputs");
  for (const std::string& name : inputs.keys()) receipt.inputs[name] = inputs.string(name);
  for (const base::JsonReader& item : reader.array("outputs", 20'000)) {
    receipt.outputs.push_back({item.string("path"),
                               static_cast<std::uint64_t>(item.integer("bytes", 0, std::int64_t{1} << 50)),
                               item.string("sha256")});
    if (!bundle::is_safe_path(receipt.outputs.back().path)) item.fail("path", "a path inside of the folder", "another");
  }
  if (to_text(receipt) != text) reader.fail("schema", "the form that Seben writes", "another one");
  return receipt;
}

Receipt run_step(const std::string& folder, const std::string& step, const std::map<std::string, std::string>& inputs,
                 const std::function<std::vector<std::string>()>& work, bool& done) {
  if (auto receipt = done_before(folder, step, inputs)) {
    done = true;
    return *receipt;
  }
  done = false;
  const std::string path = place_for(folder, receipt_file(step));
  remove_whole(path);
  std::vector<std::string> paths = work();
  std::ranges::sort(paths);
  Receipt receipt{step, inputs, {}};
  for (const std::string& file : paths) receipt.outputs.push_back(measure(folder, file));
  base::write_text(path, to_text(receipt));
  return receipt;
}

std::map<std::string, std::string> step_inputs(const Request& request, const std::string& step) {
  std::map<std::string, std::string> inputs{{"program", request.program_digest}, {"model", request.bundle_digest}};
  std::string stages;
  for (const std::string& stage : request.stages) stages += stage + "\n";
  if (step == "fixture") inputs["audio"] = request.audio_digest;
  if (step != "bundle" && step != "fixture") inputs["stages"] = base::sha256_hex(stages);
  if (step.starts_with("mode-")) inputs["request"] = base::sha256_hex(to_text(request));
  return inputs;
}

std::string digest_of(const Receipt& receipt) {
  std::string all;
  for (const ProofFile& f : receipt.outputs) all += f.path + " " + f.sha256 + "\n";
  return base::sha256_hex(all);
}

}  // namespace seben::proof
