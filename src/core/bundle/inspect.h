// SPDX-License-Identifier: Apache-2.0
// What is in a bundle, a safetensors file or index, an npy array or a packet: as JSON for machines, as text for people.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace seben::bundle {

/// `path` is a bundle's folder, a .safetensors, a *.safetensors.index.json, a .npy or a .spkt. Nothing but headers is
/// read, except of a packet. Keys: "kind" ("bundle", "tensors", "array" or "packet"), then what belongs to it;
/// docs/bundle.md lists them.
[[nodiscard]] nlohmann::json inspect(const std::string& path);

/// The same as lines of text, ending in a newline.
[[nodiscard]] std::string inspect_text(const nlohmann::json& inspected);

}  // namespace seben::bundle
