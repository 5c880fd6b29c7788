// SPDX-License-Identifier: Apache-2.0
// A proof on disk: which files lie in it, and the manifest that lists them with their digests.
//
//   request.json environment.json preflight.json gates.json   what was asked, where, and by which limits
//   bundle/                   bundle.json and its small parts: what texts are read and corrected with
//   reference/                audio.npy, mel.npy, each stage's output, features, logits, by the engine in f32
//   packages/<mode>/plan.json of a proof of packages: their digests
//   modes/<mode>/             the same by that mode, result.json, timings.json, run.log
//   device/                   evidence of a device, as a harness collected it, when it was attached
//   steps/<step>.json         which step wrote what, and from what
//   manifest.json             every file above with its SHA-256
//   proof-summary.json        all that follows from them; nothing is believed because it stands there
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::proof {

inline constexpr std::string_view kSummaryName = "proof-summary.json";
inline constexpr std::string_view kManifestName = "manifest.json";
/// Lies in the folder from the first step until everything is written; a proof with it never passes.
inline constexpr std::string_view kUnfinishedName = "UNFINISHED";
/// The step that puts evidence of a device into a proof, and its folder.
inline constexpr std::string_view kDevice = "device";

struct ProofFile {
  std::string path;  ///< below the folder, parts joined by '/'
  std::uint64_t bytes = 0;
  std::string sha256;

  [[nodiscard]] bool operator==(const ProofFile&) const = default;
};

/// Every file below `folder`, sorted, without the three names above. Error(incomplete) for a link or anything else that
/// is neither file nor folder, for an empty folder, and beyond 20,000 files; Error(no_input) without a folder.
[[nodiscard]] std::vector<std::string> list_files(const std::string& folder);
/// Size and digest of one; Error(no_input) when it cannot be read.
[[nodiscard]] ProofFile measure(const std::string& folder, const std::string& path);

[[nodiscard]] std::string manifest_text(const std::vector<ProofFile>& files);
/// Error(bad_data) for anything that manifest_text would not have written.
[[nodiscard]] std::vector<ProofFile> parse_manifest(std::string_view text, const std::string& source);

/// `folder`/`path`, its folders made. Error(io); Error(usage) when a part of the way below `folder`, or what lies there
/// already, is a link or anything else that is neither file nor folder: nothing is written outside of a proof.
std::string place_for(const std::string& folder, const std::string& path);

/// Error(usage) for the first link, or anything else that is neither file nor folder, below `folder`.
void refuse_links(const std::string& folder);
/// Removes what a killed process of Seben had not finished writing, below `folder` or, with `name`, as that file of it.
void remove_leftovers(const std::string& folder);
void remove_leftovers(const std::string& folder, std::string_view name);
/// Removes a file or folder, if it is there. Error(io) when it stays.
void remove_whole(const std::string& path);
/// Whether `path`, its links followed, is `folder` or lies below it.
[[nodiscard]] bool lies_within(const std::string& path, const std::string& folder);

}  // namespace seben::proof
