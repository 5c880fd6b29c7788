// SPDX-License-Identifier: Apache-2.0
#include "export/package_subject.h"

#include <filesystem>
#include <optional>

#include "base/file.h"
#include "export/hidden_layout.h"
#include "export/plan_file.h"
#include "export/verify.h"
#include "mil/label.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;
using interpreter::Arrays;

struct PackagePart {
  std::string path, input, output;
  mil::Shape shape;
};

std::vector<ExportedPackage> read_plan(const std::string& folder) {
  const std::string plan = (fs::path(folder) / "plan.json").string();
  return parse_plan(base::read_text(plan, std::size_t{1} << 20), plan);
}

PackagePart open_part(const Source& source, const std::string& folder, const ExportedPackage& p) {
  const std::string path = (fs::path(folder) / p.file).string();
  const coreml::Package package = coreml::read_package(path);
  static_cast<void>(coreml::verify_weights(package));
  if (package.model_digest != p.model_digest) {
    throw Error(ErrorCategory::bad_data, path + ": SHA-256 of the model", p.model_digest, package.model_digest);
  }
  const mil::Model& model = package.model;
  if (model.interface.inputs.size() != 1 || model.interface.outputs.size() != 1) {
    throw Error(ErrorCategory::usage, path, "one input and one output", "others");
  }
  if (p.kind == mil::PackageKind::encoder_stage &&
      mil::read_label(model.metadata).encoder_digest != source.encoder_digest()) {
    throw Error(ErrorCategory::bad_data, path + ": encoder", "that of " + source.folder(), "another one");
  }
  PackagePart part{path, model.interface.inputs[0].name, model.interface.outputs[0].name,
                   model.interface.inputs[0].shape};
  if (p.kind == mil::PackageKind::head) part.shape = {1, source.feature_frames(), source.head().config.input_dim};
  return part;
}

class PackageBackend final : public parity::Backend {
 public:
  PackageBackend(const Source& source, const std::vector<whisper::Stage>& stages, const std::string& folder,
                 Runner& runner)
      : runner_(runner), width_(source.encoder().config.d_model) {
    for (const ExportedPackage& p : read_plan(folder)) {
      if (p.kind == mil::PackageKind::encoder_stage) {
        if (stages_.size() >= stages.size() || whisper::to_string(stages[stages_.size()]) != p.stage) {
          throw Error(ErrorCategory::usage, folder + ": plan.json", "the stages of the plan in order", p.stage);
        }
        stages_.push_back(open_part(source, folder, p));
      } else if (p.kind == mil::PackageKind::head) {
        head_ = open_part(source, folder, p);
      }
    }
    if (stages_.size() != stages.size() || !head_) {
      throw Error(ErrorCategory::usage, folder + ": plan.json", "every stage of the encoder, and a head",
                  std::to_string(stages_.size()) + " stages" + (head_ ? "" : " and no head"));
    }
  }

  std::vector<float> stage(std::size_t i, const std::vector<float>& in) override { return run(stages_.at(i), in); }
  std::vector<float> encoder(const std::vector<float>& mel) override {
    std::vector<float> stream = mel;
    for (const PackagePart& part : stages_) stream = run(part, stream);
    return stream;
  }
  std::vector<float> head(const std::vector<float>& features) override { return run(*head_, features); }

 private:
  std::vector<float> run(const PackagePart& part, const std::vector<float>& in) {
    const std::vector<Arrays> inputs{
        {{part.input, to_package(in, part.shape, width_, part.path + ": input " + part.input)}}};
    const std::vector<Arrays> outputs = runner_.run(part.path, inputs);
    const Arrays none;
    return from_package(output_of(outputs.empty() ? none : outputs.front(), part.output, part.path), width_);
  }

  Runner& runner_;
  std::int64_t width_;
  std::vector<PackagePart> stages_;
  std::optional<PackagePart> head_;
};

}  // namespace

std::unique_ptr<parity::Backend> package_backend(const Source& source, const std::vector<whisper::Stage>& stages,
                                                 const std::string& folder, Runner& runner) {
  return std::make_unique<PackageBackend>(source, stages, folder, runner);
}

std::string precision_of_plan(const std::string& folder) {
  std::string loosest = "fp32";
  for (const ExportedPackage& p : read_plan(folder)) {
    const std::string one = precision_of(coreml::read_package((fs::path(folder) / p.file).string()).model);
    if (one == "compressed" || loosest == "fp32") loosest = one;
  }
  return loosest;
}

std::string stages_of_plan(const std::string& folder) {
  std::string words;
  for (const ExportedPackage& p : read_plan(folder)) {
    if (p.kind == mil::PackageKind::encoder_stage) words += (words.empty() ? "" : ",") + p.stage;
  }
  return words;
}

}  // namespace seben::deploy
