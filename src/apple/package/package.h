// SPDX-License-Identifier: Apache-2.0
// An .mlpackage: a folder with Manifest.json, a model and its weight file.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "mil/model.h"
#include "package/blob_file.h"

namespace seben::coreml {

struct WriteOptions {
  bool overwrite = false;  ///< replace an existing package
  /// Called with bytes of weights done and in all; may throw to stop.
  std::function<void(std::uint64_t done, std::uint64_t total)> progress;
  /// Adds to the metadata what is known only once the weights are written, such as digests taken meanwhile.
  std::function<void(mil::Metadata&)> complete;
};

struct WrittenPackage {
  std::uint64_t weight_bytes = 0, model_bytes = 0;
  std::string model_digest, weight_digest;  ///< SHA-256; the latter "" without a weight file
};

/// Writes the package beside `path` and renames it, so that there is either the whole package or nothing. Constants
/// with `in_file` go to the weight file in the order of their first use, each payload once; memory stays bounded by one
/// piece of a constant. Its digest is added to the label (mil/label.h). Error(usage) when `path` exists and may not be
/// replaced or does not end in .mlpackage; Error(io) when the disk has too little room, found out before writing.
WrittenPackage write_package(const mil::Model& model, const std::string& path, const WriteOptions& options);

struct Package {
  mil::Model model;
  std::string path;
  std::string model_digest;  ///< SHA-256 of model.mlmodel
  std::uint64_t model_bytes = 0;
  /// The weight file, or nullptr when the package has none. The model's payloads point into it.
  std::shared_ptr<const BlobFile> weights;
  std::string weights_path;
};

/// Reads a package and checks all of it but the weights' digest: manifest, strays, weight file, program, types,
/// interface. Error(no_input) when there is no such folder; Error(bad_data) names what is wrong and where. Constants
/// stay in the mapped file.
[[nodiscard]] Package read_package(const std::string& path);

/// Error(bad_data) unless the weight file has the digest that the metadata states. Reads the whole file. Returns false
/// when none is stated.
bool verify_weights(const Package& package);

/// Files that do not belong into a package: "._*" and ".DS_Store", which macOS leaves on foreign disks.
[[nodiscard]] std::vector<std::string> find_strays(const std::string& path);
/// Removes them; returns what was removed.
std::vector<std::string> remove_strays(const std::string& path);

}  // namespace seben::coreml
