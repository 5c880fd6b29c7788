// SPDX-License-Identifier: Apache-2.0
// Can a test be launched on the device now? Judged from what the Mac's tools wrote.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "evidence/verdict.h"

namespace seben::evidence {

/// What the tools wrote; absent when a tool was not asked. An output that is there but empty or not understood is a
/// finding: it never counts as good.
struct PreflightOutputs {
  std::optional<std::string> devices_json;  ///< xcrun devicectl list devices --json-output FILE
  std::optional<std::string> devices_text;  ///< xcrun devicectl list devices
  std::optional<std::string> lock_state;    ///< xcrun devicectl device info lockState --json-output FILE
  std::optional<std::string> destinations;  ///< xcodebuild -showdestinations
  std::optional<std::string> xctrace;       ///< xcrun xctrace list devices
  std::optional<std::string> launch;        ///< xcrun devicectl device process launch, both of its streams
  std::optional<std::uint64_t> free_bytes;  ///< on the disk that the run writes to
};

/// Paths of the same; "" for what was not asked.
struct PreflightFiles {
  std::string devices_json, devices_text, lock_state, destinations, xctrace, launch;
  std::optional<std::uint64_t> free_bytes;
};

struct PreflightOptions {
  std::string device;                                     ///< UDID, CoreDevice identifier or name; "": the only one
  std::uint64_t min_free_bytes = std::uint64_t{2} << 30;  ///< as the disk guard of `seben proof`
};

/// Status ready needs all of: one device list (JSON or table) with the device reachable and paired; a lock state that
/// is unlocked or a launch that succeeded; Developer Mode on by the JSON list, or an eligible destination, or that
/// launch; a sufficient disk figure; and no source that says otherwise. Else, by what to mend first: disk_low,
/// device_offline, not_paired, developer_mode_off, blocked_device_locked, device_support_missing, unknown_output.
[[nodiscard]] Verdict analyse_preflight(const PreflightOutputs& outputs, const PreflightOptions& options = {});

/// The same for files. Error(no_input) when one cannot be read, Error(bad_data) when one is larger than 16 MiB.
[[nodiscard]] Verdict analyse_preflight_files(const PreflightFiles& files, const PreflightOptions& options = {});

}  // namespace seben::evidence
