// SPDX-License-Identifier: Apache-2.0
// The forms are facts from public samples (tests/proof/evidence/SOURCES.md).
#include "evidence/device_list.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/bad_data.h"
#include "base/json.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

using base::JsonReader;

constexpr base::JsonLimits kListLimits{.max_bytes = std::size_t{16} << 20, .max_depth = 24, .max_values = 500'000};
constexpr std::size_t kMostDevices = 1000;

using base::bad_data;

// " (com.apple.dt.CoreDeviceError error 1011)", as devicectl's text has it, of {"error": {"domain", "code"}}.
std::string failure_of(const JsonReader& reader) {
  if (!reader.has("error")) return "";
  const JsonReader error = reader.object("error");
  if (!error.has("domain") || !error.has("code")) return "";
  return " (" + quote(error.string("domain")) + " error " +
         std::to_string(error.integer("code", -1'000'000'000'000, 1'000'000'000'000)) + ")";
}

// The envelope of every devicectl answer: info.outcome, info.commandType, result.
void require_success(const JsonReader& reader, std::string_view command) {
  const JsonReader info = reader.object("info");
  if (const std::string outcome = info.string("outcome"); outcome != "success") {
    info.fail("outcome", "success", quote(outcome) + failure_of(reader));
  }
  if (const std::string type = info.string_or("commandType", std::string(command)); type != command) {
    info.fail("commandType", std::string(command), quote(type));
  }
}

// One of the groups that versions 2 to 4 call "hardwareProperties" and version 5 "properties.hardware".
nlohmann::json group(const JsonReader& device, std::string_view old_name, std::string_view new_name) {
  if (device.has("properties")) {
    const JsonReader properties = device.object("properties");
    if (properties.has(new_name)) return properties.object(new_name).value();
  }
  return device.has(old_name) ? device.object(old_name).value() : nlohmann::json::object();
}

std::string word(const nlohmann::json& object, std::string_view key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : std::string();
}

Reach reach_of_json(const nlohmann::json& connection, const nlohmann::json& properties, std::string& said) {
  said = word(connection, "tunnelState");
  if (said.empty()) said = word(connection, "state");
  if (said == "disconnected") return Reach::reachable;  // the tunnel is built when it is needed
  if (said == "unavailable") return Reach::offline;
  if (said != "connected") return Reach::unknown;
  const auto support = properties.find("ddiServicesAvailable");
  const bool missing = support != properties.end() && support->is_boolean() && !support->get<bool>();
  return missing ? Reach::no_support : Reach::reachable;
}

bool is_telephone(const nlohmann::json& hardware) {
  const std::string platform = word(hardware, "platform");
  const std::string reality = word(hardware, "reality");
  return (platform == "iOS" || platform == "iPadOS") && (reality.empty() || reality == "physical");
}

ListedDevice read_device(const JsonReader& reader) {
  const nlohmann::json connection = group(reader, "connectionProperties", "connection");
  const nlohmann::json hardware = group(reader, "hardwareProperties", "hardware");
  const nlohmann::json properties =
      reader.has("deviceProperties") ? reader.object("deviceProperties").value() : group(reader, "", "device");
  ListedDevice device;
  device.identifier = reader.string("identifier");
  device.udid = word(hardware, "udid");
  device.name = word(properties, "name");
  device.reach = reach_of_json(connection, properties, device.said);
  if (const std::string pairing = word(connection, "pairingState"); !pairing.empty()) {
    device.paired = pairing == "paired";
    if (!*device.paired) device.reach = Reach::unpaired;
  }
  if (const std::string mode = word(properties, "developerModeStatus"); !mode.empty()) {
    device.developer_mode = mode == "enabled";
  }
  return device;
}

bool is_identifier(std::string_view token) noexcept {
  const auto only = [&](std::size_t a, std::size_t b) {
    return token.size() == a + b + 1 && token[a] == '-' && token.find_first_not_of("0123456789ABCDEFabcdef") == a &&
           token.find_first_not_of("0123456789ABCDEFabcdef", a + 1) == std::string_view::npos;
  };
  if (only(8, 16)) return true;
  if (token.size() != 36) return false;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    const bool hex = std::string_view("0123456789ABCDEFabcdef").find(token[i]) != std::string_view::npos;
    if (dash ? token[i] != '-' : !hex) return false;
  }
  return true;
}

Reach reach_of_word(std::string_view state) noexcept {
  if (state == "connected" || state == "available (paired)" || state == "available") return Reach::reachable;
  if (state == "connected (no DDI)") return Reach::no_support;
  if (state == "unpaired" || state == "available (pairing)" || state == "available (unpaired)") return Reach::unpaired;
  const bool offline =
      state == "unavailable" || state == "disconnected" || state == "connecting" || state == "shutdown";
  return offline ? Reach::offline : Reach::unknown;
}

// The next column of a table whose columns are at least two blanks apart.
std::string_view take_column(std::string_view& rest) noexcept {
  rest = trim(rest);
  const std::size_t gap = rest.find("  ");
  const std::string_view column = trim(rest.substr(0, gap));
  rest = gap == std::string_view::npos ? std::string_view() : trim(rest.substr(gap));
  return column;
}

// "name   host   identifier (UDID)   state   model   reality"
std::optional<ListedDevice> read_table_row(std::string_view line, const std::string& source) {
  std::string_view rest = line;
  ListedDevice device;
  bool found = false;
  while (!rest.empty() && !found) {
    std::string_view column = take_column(rest);
    if (column.ends_with(" (UDID)")) column.remove_suffix(7);
    found = is_identifier(column);
    if (found) {
      (column.size() == 36 ? device.identifier : device.udid) = std::string(column);
    } else if (device.name.empty()) {
      device.name = std::string(column);
    }
  }
  if (!found) return std::nullopt;
  device.said = std::string(take_column(rest));
  const std::string_view model = take_column(rest);
  const std::string_view reality = take_column(rest);
  if (model.empty()) bad_data(source, "a state and a model in every row", quote(line));
  if (reality == "simulated" ||
      (model.find("iPhone") == std::string_view::npos && model.find("iPad") == std::string_view::npos)) {
    return std::nullopt;
  }
  device.reach = reach_of_word(device.said);
  if (device.said == "available (paired)") device.paired = true;
  return device;
}

// "Test phone (18.1.1)" -> "Test phone"
std::string_view without_version(std::string_view name) noexcept {
  const std::size_t open = name.rfind(" (");
  const bool version =
      open != std::string_view::npos && name.ends_with(')') && name[open + 2] >= '0' && name[open + 2] <= '9';
  return version ? trim(name.substr(0, open)) : name;
}

// The value of "key:" in "{ platform:iOS, arch:arm64, id:…, name:…, error:… }"; names and errors may hold commas.
std::string destination_field(std::string_view entry, std::string_view key) {
  const std::string start = std::string(key) + ":";
  for (std::size_t at = entry.find(start); at != std::string_view::npos; at = entry.find(start, at + 1)) {
    if (at > 0 && entry[at - 1] != ' ') continue;
    std::string_view value = entry.substr(at + start.size());
    std::size_t end = std::string_view::npos;
    if (key != "error") {
      for (const std::string_view next :
           {", platform:", ", arch:", ", variant:", ", id:", ", OS:", ", name:", ", error:"}) {
        end = std::min(end, value.find(next));
      }
    }
    return std::string(trim(value.substr(0, end)));
  }
  return "";
}

}  // namespace

std::vector<ListedDevice> read_devices_json(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kListLimits);
  const JsonReader reader(json, source);
  require_success(reader.as_object(), "devicectl.list.devices");
  std::vector<ListedDevice> devices;
  for (const JsonReader& device : reader.object("result").array("devices", kMostDevices)) {
    if (is_telephone(group(device.as_object(), "hardwareProperties", "hardware")))
      devices.push_back(read_device(device));
  }
  return devices;
}

std::vector<ListedDevice> read_devices_table(std::string_view text, const std::string& source) {
  std::vector<ListedDevice> devices;
  bool header = false;
  while (!text.empty()) {
    const std::string_view line = next_line(text);
    const auto has = [&](std::string_view column) { return line.find(column) != std::string_view::npos; };
    if (has("Name") && has("Identifier") && has("State") && has("Model")) {
      header = true;
    } else if (header) {
      if (const auto device = read_table_row(line, source)) devices.push_back(*device);
    }
    if (devices.size() > kMostDevices) bad_data(source, "at most 1000 devices", "more");
  }
  if (!header) bad_data(source, "a table with Name, Identifier, State and Model", "none");
  return devices;
}

std::vector<ListedDevice> read_destinations(std::string_view text, const std::string& source) {
  std::vector<ListedDevice> devices;
  bool listed = false;
  while (!text.empty()) {
    const std::string_view line = trim(next_line(text));
    listed =
        listed || line.starts_with("Available destinations for ") || line.starts_with("Ineligible destinations for ");
    if (!line.starts_with("{ platform:")) continue;
    if (!line.ends_with(" }")) bad_data(source, "a destination that is closed by }", quote(line));
    const std::string_view entry = line.substr(1, line.size() - 3);
    if (destination_field(entry, "platform") != "iOS") continue;
    ListedDevice device;
    device.udid = destination_field(entry, "id");
    device.name = destination_field(entry, "name");
    device.problem = destination_field(entry, "error");
    const bool placeholder = device.udid.find("placeholder") != std::string::npos || device.udid.empty();
    if (placeholder && device.problem.empty()) continue;
    if (placeholder) device.identifier = "placeholder";
    device.reach = device.problem.empty() ? Reach::reachable : Reach::unknown;
    devices.push_back(std::move(device));
    if (devices.size() > kMostDevices) bad_data(source, "at most 1000 devices", "more");
  }
  if (!listed) bad_data(source, "\"Available destinations for …\"", "no such line");
  return devices;
}

std::vector<ListedDevice> read_xctrace_devices(std::string_view text, const std::string& source) {
  std::vector<ListedDevice> devices;
  std::string_view section;
  bool listed = false;
  while (!text.empty()) {
    const std::string_view line = trim(next_line(text));
    if (line.starts_with("== ")) {
      section = line;
      listed = listed || section == "== Devices ==";
      continue;
    }
    if (section != "== Devices ==" && section != "== Devices Offline ==") continue;
    const std::size_t open = line.rfind(" (");
    if (open == std::string_view::npos || !line.ends_with(')')) continue;
    const std::string_view udid = line.substr(open + 2, line.size() - open - 3);
    if (!is_identifier(udid)) continue;
    ListedDevice device;
    device.udid = std::string(udid);
    device.name = std::string(without_version(trim(line.substr(0, open))));
    device.reach = section == "== Devices ==" ? Reach::reachable : Reach::offline;
    device.said = std::string(section);
    devices.push_back(std::move(device));
    if (devices.size() > kMostDevices) bad_data(source, "at most 1000 devices", "more");
  }
  if (!listed) bad_data(source, "\"== Devices ==\"", "no such line");
  return devices;
}

LockState read_lock_state(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, kListLimits);
  const JsonReader reader(json, source);
  require_success(reader.as_object(), "devicectl.device.info.lockState");
  const JsonReader result = reader.object("result");
  return {result.string_or("deviceIdentifier", ""), result.boolean("passcodeRequired")};
}

}  // namespace seben::evidence
