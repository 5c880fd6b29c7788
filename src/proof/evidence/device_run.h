// SPDX-License-Identifier: Apache-2.0
// What the scripts of a harness write about a run on a device: run.json, the last file of a run that was not
// interrupted, and SHA256SUMS over all files (swift/Harness/run-on-device.sh, collect.sh).
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace seben::evidence {

inline constexpr std::string_view kRunName = "run.json";
inline constexpr std::string_view kSumsName = "SHA256SUMS";

/// {"schema": "seben.device-run", "version": 1, …}
struct DeviceRun {
  std::string run;          ///< its name, as in the marker
  std::string device;       ///< identifier, or "mac"
  std::string process;      ///< name of the process that computes
  std::string plan_digest;  ///< SHA-256 of Proof/plan.json as the harness states it
  std::vector<std::string> compute_units;
  bool traced = false;
  std::string started, ended;  ///< UTC
  std::int64_t xcodebuild_exit = 0;

  [[nodiscard]] bool on_mac() const { return device == "mac"; }
};

/// Error(bad_data) names the field.
[[nodiscard]] DeviceRun parse_device_run(std::string_view text, const std::string& source);

/// One line of SHA256SUMS.
struct ListedFile {
  std::string path;  ///< below the evidence folder, parts joined by '/'
  std::string sha256;

  [[nodiscard]] bool operator==(const ListedFile&) const = default;
};

/// At most 20,000 files, sorted by path. Error(bad_data) for a line that is not 64 digits, two spaces and "./path", a
/// path that leaves the folder, a file twice, and a last line without its end.
[[nodiscard]] std::vector<ListedFile> parse_sums(std::string_view text, const std::string& source);

/// Whether a path stays inside a folder: relative, no empty, "." or ".." part, no backslash or control character.
[[nodiscard]] bool stays_inside(std::string_view path) noexcept;

/// Recordings, result bundles and their attachments: listed with digests, too large to be kept in a proof, and read by
/// no analyser.
[[nodiscard]] bool is_bulky(std::string_view path) noexcept;

}  // namespace seben::evidence
