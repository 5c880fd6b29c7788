// SPDX-License-Identifier: Apache-2.0
#include "proofs/probe.h"

#include <optional>
#include <string_view>

#include "base/file.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

using Place = std::optional<std::string> evidence::PreflightOutputs::*;
struct Kind {
  const char* name;
  Place place;
};

// The form of each is known from tests/proof/evidence/SOURCES.md.
Kind kind_of(std::string_view text) {
  const auto has = [&](std::string_view words) { return text.find(words) != std::string_view::npos; };
  using O = evidence::PreflightOutputs;
  if (has("devicectl.list.devices")) return {"devicectl list devices (JSON)", &O::devices_json};
  if (has("devicectl.device.info.lockState")) return {"devicectl device info lockState", &O::lock_state};
  if (has("destinations for the")) return {"xcodebuild -showdestinations", &O::destinations};
  if (has("== Devices")) return {"xctrace list devices", &O::xctrace};
  if (has("Identifier") && has("State") && has("---")) return {"devicectl list devices (table)", &O::devices_text};
  return {"a launch", &O::launch};
}

}  // namespace

evidence::PreflightOutputs sort_outputs(const std::vector<std::string>& texts) {
  evidence::PreflightOutputs outputs;
  for (const std::string& text : texts) {
    const Kind kind = kind_of(text);
    if (outputs.*kind.place) throw Error(ErrorCategory::usage, "outputs", "one of each kind", kind.name);
    outputs.*kind.place = text;
  }
  return outputs;
}

evidence::PreflightOutputs sort_files(const std::vector<std::string>& paths) {
  std::vector<std::string> texts;
  texts.reserve(paths.size());
  for (const std::string& path : paths) texts.push_back(base::read_text(path, std::size_t{16} << 20));
  return sort_outputs(texts);
}

}  // namespace seben::proof
