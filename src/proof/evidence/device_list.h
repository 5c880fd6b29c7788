// SPDX-License-Identifier: Apache-2.0
// The devices that a Mac knows, as four of its tools list them. Every reader gives what it understood; what it does not
// understand is Error(bad_data), never a device.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seben::evidence {

/// Reachability in one vocabulary: devicectl's "connected" and "available (paired)" are reachable, "connected (no DDI)"
/// is no_support, "unavailable" and a row under "Devices Offline" are offline.
enum class Reach : unsigned char { reachable, no_support, unpaired, offline, unknown };

struct ListedDevice {
  std::string identifier;  ///< CoreDevice's UUID, or "" where the tool does not say it
  std::string udid;        ///< "00008110-001E795834F8801E", or ""
  std::string name;        ///< as the device is called
  Reach reach = Reach::unknown;
  std::optional<bool> paired;
  std::optional<bool> developer_mode;
  std::string problem;  ///< the tool's own words about why it cannot be used, "" when there are none
  std::string said;     ///< the tool's word for its state
};

/// `xcrun devicectl list devices --json-output FILE`, versions 2 to 5 of its form. Physical telephones and tablets
/// only.
[[nodiscard]] std::vector<ListedDevice> read_devices_json(std::string_view text, const std::string& source);

/// The table that `xcrun devicectl list devices` prints: name, host, identifier, state, model.
[[nodiscard]] std::vector<ListedDevice> read_devices_table(std::string_view text, const std::string& source);

/// `xcodebuild -showdestinations`: "{ platform:iOS, arch:arm64, id:…, name:… }", eligible or not. Placeholders and
/// simulators are left out, but an ineligible placeholder's error is kept under the identifier "placeholder".
[[nodiscard]] std::vector<ListedDevice> read_destinations(std::string_view text, const std::string& source);

/// `xcrun xctrace list devices`: "== Devices ==", "== Devices Offline ==", "iPhone (18.1) (udid)".
[[nodiscard]] std::vector<ListedDevice> read_xctrace_devices(std::string_view text, const std::string& source);

/// `xcrun devicectl device info lockState --json-output FILE`: whether a passcode is required now, and of which device.
struct LockState {
  std::string identifier;
  bool locked = true;
};
[[nodiscard]] LockState read_lock_state(std::string_view text, const std::string& source);

}  // namespace seben::evidence
