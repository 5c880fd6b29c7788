// SPDX-License-Identifier: Apache-2.0
#include "export/export.h"

#include <fmt/format.h>

#include <array>
#include <filesystem>

#include "base/file.h"
#include "base/new_folder.h"
#include "bundle/contract.h"
#include "export/plan_file.h"
#include "export/reuse.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;
constexpr std::array<std::string_view, 5> kParts{"encoder", "stages", "head", "encoder+head", "decoder"};

std::vector<std::string> names_of(const std::vector<mil::Feature>& features) {
  std::vector<std::string> names;
  names.reserve(features.size());
  for (const mil::Feature& f : features) names.push_back(f.name);
  return names;
}

void change_label(mil::Metadata& metadata, const std::function<void(mil::PackageLabel&)>& change) {
  mil::PackageLabel label = mil::read_label(metadata);
  change(label);
  mil::write_label(metadata, label);
}

class Exporter {
 public:
  Exporter(const Source& source, std::string folder, const ExportOptions& options)
      : source_(source), folder_(std::move(folder)), options_(options) {}

  // Before anything is converted.
  void check() const {
    for (const Part part : options_.parts) require(part);
    std::error_code error;
    for (const Part part : options_.parts) {
      for (const std::string& file : files(part)) {
        const std::string path = (fs::path(folder_) / file).string();
        if (options_.overwrite || !fs::exists(path, error)) continue;
        throw Error(ErrorCategory::usage, path, "a new name, or leave to replace (--overwrite)", "an existing one");
      }
    }
  }

  std::vector<ExportedPackage> run() {
    check();
    if (source_.has_encoder()) source_.begin_digest();
    for (const Part part : options_.parts) {
      if (part == Part::encoder) write_encoder();
      if (part == Part::stages) write_stages();
      if (part == Part::head) write(head(), files(part).front());
      if (part == Part::fused) write(fused(), files(part).front());
      if (part == Part::decoder) write_decoder();
    }
    base::write_text((fs::path(folder_) / "plan.json").string(), plan_text(done_));
    return std::move(done_);
  }

 private:
  [[nodiscard]] std::vector<std::string> files(Part part) const {
    switch (part) {
      case Part::encoder:
        return {options_.whisper_cpp_names ? "coreml-encoder-" + source_.name() + ".mlpackage" : "encoder.mlpackage"};
      case Part::stages: {
        std::vector<std::string> names;
        for (const whisper::Stage& stage : options_.stages) {
          names.push_back(fmt::format("stage-{:02}-{}.mlpackage", names.size(), whisper::to_string(stage)));
        }
        return names;
      }
      case Part::head: return {"head.mlpackage"};
      case Part::fused: return {"encoder-head.mlpackage"};
      case Part::decoder: break;
    }
    std::vector<std::string> names{"decoder-cross.mlpackage", "decoder-step.mlpackage"};
    if (options_.conversion.opset >= mil::Opset::ios18) names.emplace_back("decoder-stateful.mlpackage");
    return names;
  }

  void require(Part part) const {
    if (part == Part::head || part == Part::fused) convert::require_exportable(source_.head());
    if (part == Part::decoder) static_cast<void>(source_.decoder());
    if (part != Part::head && part != Part::decoder) static_cast<void>(source_.encoder());
  }

  void write_encoder() {
    const convert::EncoderNames names =
        options_.whisper_cpp_names ? convert::whisper_cpp_names() : convert::EncoderNames();
    mil::Model model = convert::encoder_model(source_.encoder(), options_.conversion, names, options_.lengths);
    describe(model, true, false);
    const std::string file = files(Part::encoder).front();
    if (options_.reuse.empty()) return write(model, file);
    state_encoder(model.metadata);
    const coreml::Package existing = coreml::read_package(options_.reuse);
    std::string why;
    if (!same_encoder(existing.model, model, why)) {
      throw Error(ErrorCategory::usage, options_.reuse, "a package of the same encoder in the same style", why);
    }
    link_package(options_.reuse, (fs::path(folder_) / file).string(), options_.overwrite);
    ExportedPackage p = entry(existing.model, file);
    p.linked = true;
    p.model_bytes = existing.model_bytes;
    p.model_digest = existing.model_digest;
    p.weight_bytes = existing.weights ? existing.weights->size() : 0;
    p.weight_digest = mil::read_label(existing.model.metadata).weights_digest;
    done_.push_back(std::move(p));
  }

  void write_stages() {
    if (!options_.lengths.fixed())
      throw Error(ErrorCategory::usage, "lengths", "one fixed length for stages", "several");
    const std::vector<std::string> names = files(Part::stages);
    for (std::size_t i = 0; i < names.size(); ++i) {
      mil::Model model = convert::stage_model(source_.encoder(), options_.conversion, options_.stages[i]);
      describe(model, true, false);
      write(model, names[i]);
    }
  }

  void write_decoder() {
    const auto finish = [this](mil::Model model, const std::string& file) {
      describe(model, true, false);
      write(model, file);
    };
    const std::vector<std::string> names = files(Part::decoder);
    finish(convert::decoder_cross_model(source_.decoder(), options_.conversion), names[0]);
    finish(convert::decoder_step_model(source_.decoder(), options_.conversion, 1), names[1]);
    if (names.size() > 2) finish(convert::decoder_stateful_model(source_.decoder(), options_.conversion), names[2]);
  }

  mil::Model head() {
    const convert::Flexibility lengths = options_.parts.size() == 1 ? options_.lengths : convert::Flexibility();
    mil::Model model = convert::head_model(source_.head(), options_.conversion, source_.feature_frames(), lengths);
    describe(model, false, true);
    return model;
  }

  mil::Model fused() {
    mil::Model model =
        convert::fused_model(source_.encoder(), source_.head(), options_.conversion, source_.subsample());
    describe(model, true, true);
    return model;
  }

  // Whose weights these are, and the contract that the features keep.
  void describe(mil::Model& model, bool encoder, bool head) {
    model.metadata.license = source_.licence();
    change_label(model.metadata, [&](mil::PackageLabel& label) {
      label.model = source_.name();
      const bundle::Bundle* bundle = source_.bundle();
      if (bundle == nullptr) return;
      label.bundle_digest = bundle->digest();
      if (encoder && bundle->manifest().provides) label.provides = frontend::to_text(*bundle->manifest().provides);
      if (head) label.required = frontend::to_text(bundle->required());
    });
  }

  void state_encoder(mil::Metadata& metadata) const {
    change_label(metadata, [this](mil::PackageLabel& label) { label.encoder_digest = source_.encoder_digest(); });
  }

  static ExportedPackage entry(const mil::Model& model, const std::string& file) {
    ExportedPackage p;
    p.file = file;
    const mil::PackageLabel label = mil::read_label(model.metadata);
    p.kind = label.kind;
    p.stage = label.stage;
    p.inputs = names_of(model.interface.inputs);
    p.outputs = names_of(model.interface.outputs);
    return p;
  }

  void write(const mil::Model& model, const std::string& file) {
    coreml::WriteOptions options;
    options.overwrite = options_.overwrite;
    if (options_.progress) {
      options.progress = [&](std::uint64_t done, std::uint64_t total) { options_.progress(file, done, total); };
    }
    if (mil::read_label(model.metadata).kind != mil::PackageKind::head) {
      options.complete = [this](mil::Metadata& metadata) { state_encoder(metadata); };
    }
    const coreml::WrittenPackage written = coreml::write_package(model, (fs::path(folder_) / file).string(), options);
    ExportedPackage p = entry(model, file);
    p.weight_bytes = written.weight_bytes;
    p.model_bytes = written.model_bytes;
    p.model_digest = written.model_digest;
    p.weight_digest = written.weight_digest;
    done_.push_back(std::move(p));
  }

  const Source& source_;
  std::string folder_;
  const ExportOptions& options_;
  std::vector<ExportedPackage> done_;
};

}  // namespace

std::string_view to_string(Part part) noexcept { return kParts.at(static_cast<std::size_t>(part)); }

std::optional<Part> parse_part(std::string_view word) noexcept {
  for (std::size_t i = 0; i < kParts.size(); ++i) {
    if (kParts[i] == word) return static_cast<Part>(i);
  }
  return std::nullopt;
}

void require_free(const Source& source, const std::string& folder, const ExportOptions& options) {
  Exporter(source, folder, options).check();
}

// A new folder appears when all of it is there; into one that exists each package comes when it is whole.
std::vector<ExportedPackage> export_packages(const Source& source, const std::string& folder,
                                             const ExportOptions& options) {
  std::error_code error;
  if (fs::is_directory(folder, error)) return Exporter(source, folder, options).run();
  constexpr const char* kExpected = "a folder that can be made";
  const base::NewFolder made(folder, {false, true, kExpected, kExpected});
  std::vector<ExportedPackage> packages = Exporter(source, made.partial().string(), options).run();
  made.commit();
  return packages;
}

}  // namespace seben::deploy
