// SPDX-License-Identifier: Apache-2.0
#include "harness/chain_file.h"

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "formats/npy.h"
#include "package/package.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::harness {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

Json feature(const std::vector<mil::Feature>& features, const std::string& package) {
  if (features.size() != 1) {
    throw Error(ErrorCategory::internal, package, "one input and one output", std::to_string(features.size()));
  }
  return {{"name", features.front().name}, {"shape", features.front().shape}};
}

// The clip's files by their names without the folder.
class Fixtures {
 public:
  explicit Fixtures(const std::string& path) : folder_(fs::path(path).parent_path()) {
    const nlohmann::json manifest =
        base::parse_json(base::read_text(path, std::size_t{16} << 20), path, {std::size_t{16} << 20, 8, 100'000});
    const base::JsonReader reader(manifest, path);
    const auto clips = reader.array("clips", 1);
    if (clips.size() != 1) reader.fail("clips", "one recording", "none");
    text_ = clips.front().string("text");
    if (text_.empty()) {
      throw Error(ErrorCategory::incomplete, "recording " + clips.front().string("name"),
                  "one whose greedy decode holds text", "an empty one (--audio takes another)");
    }
    files_ = clips.front().value().at("files");
  }
  [[nodiscard]] const std::string& text() const noexcept { return text_; }
  [[nodiscard]] Json tensor(const std::string& name) const {
    for (const auto& file : files_) {
      const std::string path = file.at("file");
      if (path.ends_with("/" + name)) {
        return {{"file", "fixtures/" + path}, {"shape", file.at("shape")}, {"sha256", file.at("sha256")}};
      }
    }
    throw Error(ErrorCategory::internal, "fixtures", name, "none");
  }

  // An output that is compared with: what its rounding is a share of.
  [[nodiscard]] Json expected(const std::string& name) const {
    Json json = tensor(name);
    const std::string path = (folder_.parent_path() / json.at("file").get<std::string>()).string();
    const tensor::NpyFile file = tensor::NpyFile::open(path);
    const tensor::TensorView& view = file.array();
    std::vector<float> values(static_cast<std::size_t>(view.elements()));
    std::memcpy(values.data(), view.data, values.size() * sizeof(float));
    double sum = 0.0;
    for (const float v : values) sum += static_cast<double>(v) * static_cast<double>(v);
    json["mean_square"] = sum / static_cast<double>(std::max<std::size_t>(values.size(), 1));
    return json;
  }

 private:
  fs::path folder_;
  std::string text_;
  nlohmann::json files_;
};

Json part(const fs::path& folder, const deploy::ExportedPackage& package, Json expected) {
  const coreml::Package read = coreml::read_package((folder / package.file).string());
  return {{"name", package.stage.empty() ? std::string(mil::to_string(package.kind)) : package.stage},
          {"package", package.file},
          {"input", feature(read.model.interface.inputs, package.file)},
          {"output", feature(read.model.interface.outputs, package.file)},
          {"model", {{"bytes", package.model_bytes}, {"sha256", package.model_digest}}},
          {"weights", {{"bytes", package.weight_bytes}, {"sha256", package.weight_digest}}},
          {"expected", std::move(expected)}};
}

}  // namespace

std::string chain_text(const std::string& folder, const std::vector<deploy::ExportedPackage>& packages,
                       const ChainNotes& notes) {
  const fs::path root(folder);
  const Fixtures fixtures((root / "fixtures" / "manifest.json").string());
  Json stages = Json::array(), head;
  for (const deploy::ExportedPackage& package : packages) {
    if (package.kind == mil::PackageKind::head) {
      head = part(root, package, fixtures.expected("logits.npy"));
    } else {
      // The package of a stage and its fixture are named alike.
      stages.push_back(part(root, package, fixtures.expected(fs::path(package.file).stem().string() + ".npy")));
    }
  }
  const Json audio = fixtures.tensor("audio.npy");
  return Json{{"schema", "seben.harness"},
              {"version", 1},
              {"tool", "seben " SEBEN_VERSION},
              {"model", notes.model},
              {"precision", notes.precision},
              {"plan_sha256", base::sha256_file((root / "plan.json").string())},
              {"audio_samples", audio.at("shape").front()},
              {"subsample", notes.subsample},
              {"ranker_mode", notes.ranker_mode},
              {"stages", std::move(stages)},
              {"head", std::move(head)},
              {"audio", audio},
              {"mel", fixtures.tensor("mel.npy")},
              {"argmax", fixtures.tensor("argmax.npy")},
              {"text", fixtures.text()}}
             .dump(2) +
         "\n";
}

}  // namespace seben::harness
