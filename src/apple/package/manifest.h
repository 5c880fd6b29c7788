// SPDX-License-Identifier: Apache-2.0
// Manifest.json of an .mlpackage: which items the package has and where they lie below Data/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace seben::coreml {

struct PackageItem {
  std::string identifier;
  std::string path;  ///< below Data/: "com.apple.CoreML/model.mlmodel"
  std::string name, author, description;
};

struct PackageManifest {
  std::string root;  ///< identifier of the model
  std::vector<PackageItem> items;

  /// The item that `root` names; parse_manifest has made sure of it.
  [[nodiscard]] const PackageItem& model() const;
};

/// Error(bad_data) for everything that Apple's reader refuses (version above 1.0.0, a missing or mistyped key, a root
/// that is no item, two items of one name and author) and for paths that leave the package. Whether the paths exist is
/// the reader's business.
[[nodiscard]] PackageManifest parse_manifest(std::string_view text, const std::string& source);

/// The manifest of a package with a model and, if `weights`, a weights folder. The identifiers are made from `digest`
/// (64 hexadecimal digits), so that equal packages have equal manifests.
[[nodiscard]] std::string manifest_text(std::string_view digest, bool weights);

}  // namespace seben::coreml
