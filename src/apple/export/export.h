// SPDX-License-Identifier: Apache-2.0
// Writes the packages of a model and the plan that says how they follow each other.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "convert/conversion_options.h"
#include "export/source.h"
#include "mil/label.h"
#include "model/whisper/stages.h"

namespace seben::deploy {

enum class Part : std::uint8_t {
  encoder,  ///< whole
  stages,   ///< the encoder in chunks
  head,
  fused,    ///< encoder and head in one program
  decoder,  ///< the text decoder: what is made once a window, one step, and from iOS18 on a step with states
};

[[nodiscard]] std::string_view to_string(Part part) noexcept;
[[nodiscard]] std::optional<Part> parse_part(std::string_view word) noexcept;

struct ExportOptions {
  std::vector<Part> parts;
  std::vector<whisper::Stage> stages;  ///< for Part::stages
  convert::ConversionOptions conversion;
  convert::Flexibility lengths;  ///< of the mel frames of an encoder, of the feature frames of a head
  bool whisper_cpp_names = false;
  bool overwrite = false;
  /// An existing encoder package that is linked instead of written when it holds the same encoder in the same style.
  std::string reuse;
  std::function<void(const std::string& package, std::uint64_t done, std::uint64_t total)> progress;
};

struct ExportedPackage {
  std::string file;  ///< below the output folder
  mil::PackageKind kind = mil::PackageKind::unknown;
  std::string stage;  ///< of an encoder, else ""
  std::vector<std::string> inputs, outputs;
  std::uint64_t weight_bytes = 0, model_bytes = 0;
  std::string model_digest, weight_digest;
  bool linked = false;
};

/// Error(usage) when `export_packages` would refuse its parts or find packages of their names: asked before a search
/// for the style.
void require_free(const Source& source, const std::string& folder, const ExportOptions& options);

/// Writes the packages into `folder` (made when missing) and plan.json last. Error(usage) for parts that the source
/// does not have or that do not go together with the style.
std::vector<ExportedPackage> export_packages(const Source& source, const std::string& folder,
                                             const ExportOptions& options);

}  // namespace seben::deploy
