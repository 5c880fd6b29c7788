// SPDX-License-Identifier: Apache-2.0
// The readers below the preflight: what each form says of a device, and what is refused. The forms: SOURCES.md.
#include "evidence/device_list.h"

#include <gtest/gtest.h>

#include "support/errors.h"

namespace seben::evidence {
namespace {

using test::is_bad_data;

constexpr const char* kUdid = "00008110-001E795834F8801E";
constexpr const char* kIdentifier = "0F1E2D3C-4B5A-6978-8796-A5B4C3D2E1F0";

std::string answer(const std::string& devices) {
  return R"({"info": {"outcome": "success", "commandType": "devicectl.list.devices"}, "result": {"devices": [)" +
         devices + "]}}";
}

// A device whose connection, hardware and properties are given as JSON members.
std::string device(const std::string& connection, const std::string& hardware = R"("platform": "iOS")",
                   const std::string& properties = R"("name": "Test phone")") {
  return std::string(R"({"identifier": ")") + kIdentifier + R"(", "connectionProperties": {)" + connection +
         R"(}, "hardwareProperties": {)" + hardware + R"(}, "deviceProperties": {)" + properties + "}}";
}

ListedDevice only(const std::vector<ListedDevice>& devices) {
  EXPECT_EQ(devices.size(), 1U);
  return devices.empty() ? ListedDevice{} : devices.front();
}

ListedDevice read_one(const std::string& connection) {
  return only(read_devices_json(answer(device(connection)), "t"));
}

TEST(DevicesJson, TunnelStatesAreReach) {
  EXPECT_EQ(read_one(R"("tunnelState": "connected")").reach, Reach::reachable);
  EXPECT_EQ(read_one(R"("tunnelState": "disconnected")").reach, Reach::reachable);
  EXPECT_EQ(read_one(R"("tunnelState": "unavailable")").reach, Reach::offline);
  EXPECT_EQ(read_one(R"("tunnelState": "asleep")").reach, Reach::unknown);
  EXPECT_EQ(read_one(R"("state": "connected")").reach, Reach::reachable);
  EXPECT_EQ(read_one("").reach, Reach::unknown);
}

TEST(DevicesJson, PairingOverrulesReach) {
  EXPECT_EQ(read_one(R"("tunnelState": "connected", "pairingState": "unpaired")").reach, Reach::unpaired);
  const ListedDevice paired = read_one(R"("tunnelState": "connected", "pairingState": "paired")");
  EXPECT_EQ(paired.reach, Reach::reachable);
  EXPECT_EQ(paired.paired, true);
  EXPECT_EQ(read_one(R"("tunnelState": "connected")").paired, std::nullopt);
}

TEST(DevicesJson, SupportAndDeveloperModeAreProperties) {
  const auto with = [](const std::string& properties) {
    return only(read_devices_json(answer(device(R"("tunnelState": "connected")", R"("platform": "iOS", "udid": "U")",
                                                R"("name": "P", )" + properties)),
                                  "t"));
  };
  EXPECT_EQ(with(R"("ddiServicesAvailable": false)").reach, Reach::no_support);
  EXPECT_EQ(with(R"("ddiServicesAvailable": true)").reach, Reach::reachable);
  EXPECT_EQ(with(R"("developerModeStatus": "enabled")").developer_mode, true);
  EXPECT_EQ(with(R"("developerModeStatus": "disabled")").developer_mode, false);
  const ListedDevice plain = with(R"("x": 1)");
  EXPECT_EQ(plain.developer_mode, std::nullopt);
  EXPECT_EQ(plain.identifier, kIdentifier);
  EXPECT_EQ(plain.udid, "U");
  EXPECT_EQ(plain.name, "P");
}

TEST(DevicesJson, VersionFiveGroupsBelowProperties) {
  const std::string text =
      std::string(R"({"identifier": ")") + kIdentifier +
      R"(", "properties": {"connection": {"tunnelState": "connected", "pairingState": "paired"},)"
      R"( "hardware": {"platform": "iPadOS", "udid": "U"}, "device": {"name": "Pad", "developerModeStatus": "enabled"}}})";
  const ListedDevice found = only(read_devices_json(answer(text), "t"));
  EXPECT_EQ(found.name, "Pad");
  EXPECT_EQ(found.udid, "U");
  EXPECT_EQ(found.reach, Reach::reachable);
  EXPECT_EQ(found.developer_mode, true);
}

TEST(DevicesJson, WatchesMacsAndSimulatorsAreNoTelephones) {
  for (const char* hardware : {R"("platform": "watchOS")", R"("platform": "macOS")", R"("x": 1)",
                               R"("platform": "iOS", "reality": "virtual")"}) {
    EXPECT_TRUE(read_devices_json(answer(device("", hardware)), "t").empty()) << hardware;
  }
  EXPECT_EQ(read_devices_json(answer(device("", R"("platform": "iOS", "reality": "physical")")), "t").size(), 1U);
}

TEST(DevicesJson, FailedOrForeignAnswersAreRefused) {
  EXPECT_TRUE(is_bad_data("success", [] {
    (void)read_devices_json(R"({"info": {"outcome": "failed"}, "error": {"domain": "D", "code": 1011}})", "t");
  }));
  EXPECT_TRUE(is_bad_data("D error 1011", [] {
    (void)read_devices_json(R"({"info": {"outcome": "failed"}, "error": {"domain": "D", "code": 1011}})", "t");
  }));
  EXPECT_TRUE(is_bad_data("devicectl.list.devices", [] {
    (void)read_devices_json(R"({"info": {"outcome": "success", "commandType": "other"}, "result": {"devices": []}})",
                            "t");
  }));
  EXPECT_TRUE(is_bad_data("identifier", [] {
    (void)read_devices_json(answer(R"({"hardwareProperties":
      {"platform": "iOS"}})"),
                            "t");
  }));
}

TEST(DevicesTable, StatesAreReach) {
  const auto reach = [](const std::string& state) {
    return only(read_devices_table("Name   Hostname   Identifier   State   Model\n----\nPhone   p.local   " +
                                       std::string(kIdentifier) + "   " + state + "   iPhone 15 (iPhone15,4)\n",
                                   "t"));
  };
  EXPECT_EQ(reach("connected").reach, Reach::reachable);
  EXPECT_EQ(reach("available (paired)").reach, Reach::reachable);
  EXPECT_EQ(reach("available (paired)").paired, true);
  EXPECT_EQ(reach("connected (no DDI)").reach, Reach::no_support);
  EXPECT_EQ(reach("available (pairing)").reach, Reach::unpaired);
  EXPECT_EQ(reach("unavailable").reach, Reach::offline);
  EXPECT_EQ(reach("shutdown").reach, Reach::offline);
  EXPECT_EQ(reach("dreaming").reach, Reach::unknown);
  EXPECT_EQ(reach("connected").name, "Phone");
  EXPECT_EQ(reach("connected").identifier, kIdentifier);
}

TEST(DevicesTable, OtherRowsAndCutRows) {
  const std::string header = "Name   Identifier   State   Model   Reality\n";
  const std::string row = "Phone   " + std::string(kUdid) + " (UDID)   connected   ";
  EXPECT_EQ(only(read_devices_table(header + row + "iPhone 15   physical\n", "t")).udid, kUdid);
  EXPECT_TRUE(read_devices_table(header + row + "iPhone 15   simulated\n", "t").empty());
  EXPECT_TRUE(read_devices_table(header + row + "Apple Watch   physical\n", "t").empty());
  EXPECT_TRUE(read_devices_table(header + "no identifier   here   at all\n", "t").empty());
  EXPECT_TRUE(is_bad_data("a state and a model", [&] { (void)read_devices_table(header + row + "\n", "t"); }));
  EXPECT_TRUE(is_bad_data("a table with", [&] { (void)read_devices_table(row, "t"); }));
}

TEST(Destinations, TelephonesWithTheirProblems) {
  const std::string head = "\tAvailable destinations for the \"SebenProof\" scheme:\n";
  const auto found =
      read_destinations(head + "\t\t{ platform:iOS, arch:arm64, id:" + kUdid +
                            ", name:Phone, of Awa }\n"
                            "\t\t{ platform:macOS, arch:arm64, id:x, name:My Mac }\n"
                            "\t\t{ platform:iOS, id:dvtdevice-DVTiPhonePlaceholder-iphoneos:placeholder, name:Any }\n"
                            "\tIneligible destinations for the \"SebenProof\" scheme:\n"
                            "\t\t{ platform:iOS, id:dvt:placeholder, name:Any, error:iOS 27, is not installed. }\n",
                        "t");
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].udid, kUdid);
  EXPECT_EQ(found[0].name, "Phone, of Awa");
  EXPECT_EQ(found[0].reach, Reach::reachable);
  EXPECT_EQ(found[1].identifier, "placeholder");
  EXPECT_EQ(found[1].problem, "iOS 27, is not installed.");
  EXPECT_EQ(found[1].reach, Reach::unknown);
  EXPECT_TRUE(is_bad_data("closed by }", [&] { (void)read_destinations(head + "{ platform:iOS, id:1\n", "t"); }));
  EXPECT_TRUE(is_bad_data("Available destinations", [] { (void)read_destinations("nothing\n", "t"); }));
}

TEST(XctraceDevices, SectionsAreReach) {
  const std::string udid = kUdid;
  const auto found = read_xctrace_devices("== Devices ==\nMy Mac (" + std::string(kIdentifier) + ")\nPhone (18.1.1) (" +
                                              udid + ")\nnot one (at all)\n\n== Devices Offline ==\nOld phone (" +
                                              udid + ")\n\n== Simulators ==\niPhone 15 (17.0) (" + kIdentifier + ")\n",
                                          "t");
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[1].name, "Phone");
  EXPECT_EQ(found[1].reach, Reach::reachable);
  EXPECT_EQ(found[2].name, "Old phone");
  EXPECT_EQ(found[2].reach, Reach::offline);
  EXPECT_TRUE(is_bad_data("== Devices ==", [] { (void)read_xctrace_devices("== Simulators ==\n", "t"); }));
}

TEST(LockStateAnswer, SaysWhetherAPasscodeIsRequired) {
  const auto text = [](const std::string& result) {
    return R"({"info": {"outcome": "success"}, "result": {)" + result + "}}";
  };
  EXPECT_TRUE(read_lock_state(text(R"("passcodeRequired": true, "deviceIdentifier": "x")"), "t").locked);
  const LockState open = read_lock_state(text(R"("passcodeRequired": false, "unlockedSinceBoot": true)"), "t");
  EXPECT_FALSE(open.locked);
  EXPECT_EQ(open.identifier, "");
  EXPECT_TRUE(is_bad_data("passcodeRequired", [&] { (void)read_lock_state(text(R"("x": 1)"), "t"); }));
}

}  // namespace
}  // namespace seben::evidence
