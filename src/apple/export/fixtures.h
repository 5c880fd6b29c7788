// SPDX-License-Identifier: Apache-2.0
// What a device needs to be checked against: for each recording the audio, the mel, every stage's output, features,
// logits and classes, with digests.
#pragma once

#include <string>
#include <vector>

#include "export/source.h"

namespace seben::deploy {

struct FixtureOptions {
  std::vector<std::string> audio;
  std::vector<whisper::Stage> stages;  ///< whose outputs are written
  int threads = 1;
  bool whole_window = false;  ///< audio.npy filled up with silence to the window that the mel is of
};

/// Writes `folder` (which must not exist) whole or not at all: <clip>/audio.f32.npy, mel.npy, stage-NN-<name>.npy,
/// features.npy, logits.npy, argmax.npy, text in manifest.json with the SHA-256 of every file. Returns how many files.
std::size_t export_fixtures(const Source& source, const std::string& folder, const FixtureOptions& options);

}  // namespace seben::deploy
