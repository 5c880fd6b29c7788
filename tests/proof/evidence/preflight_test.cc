// SPDX-License-Identifier: Apache-2.0
#include "evidence/preflight.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "samples.h"
#include "support/errors.h"
#include "support/temp_dir.h"

namespace seben::evidence {
namespace {

using test::replaced;

PreflightOutputs good() {
  PreflightOutputs outputs;
  outputs.devices_json = test::devices_json();
  outputs.devices_text = test::devices_table();
  outputs.lock_state = test::lock_state(false);
  outputs.destinations = test::destinations();
  outputs.xctrace = test::xctrace_devices();
  outputs.launch = test::launch_output();
  outputs.free_bytes = std::uint64_t{50} << 30;
  return outputs;
}

Status status_of(const PreflightOutputs& outputs, const std::string& device = "") {
  PreflightOptions options;
  options.device = device;
  const Verdict verdict = analyse_preflight(outputs, options);
  EXPECT_EQ(verdict.passed, verdict.status == Status::ready);
  EXPECT_FALSE(verdict.reason.empty());
  EXPECT_EQ(verdict.findings.empty(), verdict.passed) << to_json(verdict).dump(1);
  return verdict.status;
}

template <class Change>
Status changed(Change change) {
  PreflightOutputs outputs = good();
  change(outputs);
  return status_of(outputs);
}

TEST(Preflight, ReadyWithEverything) {
  EXPECT_EQ(status_of(good()), Status::ready);
  for (const std::string& device : {test::kUdid, test::kIdentifier, std::string("Test phone")}) {
    EXPECT_EQ(status_of(good(), device), Status::ready) << device;
  }
  EXPECT_EQ(changed([](auto& o) { o.devices_json = test::devices_json_5(); }), Status::ready);
}

TEST(Preflight, ReadyWithTheLeastThatSuffices) {
  PreflightOutputs outputs;
  outputs.devices_json = test::devices_json();
  outputs.lock_state = test::lock_state(false);
  outputs.free_bytes = std::uint64_t{2} << 30;
  EXPECT_EQ(status_of(outputs), Status::ready);
  PreflightOutputs by_launch;
  by_launch.devices_text = test::devices_table();
  by_launch.launch = test::launch_output();
  by_launch.free_bytes = std::uint64_t{2} << 30;
  EXPECT_EQ(status_of(by_launch), Status::ready);
}

TEST(Preflight, SilenceIsNotConsent) {
  EXPECT_EQ(status_of({}), Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.free_bytes.reset(); }), Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) {
              o.lock_state.reset();
              o.launch.reset();
            }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_json.reset();
              o.devices_text.reset();
            }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) {  // nothing about Developer Mode
              o.devices_json.reset();
              o.destinations.reset();
              o.launch.reset();
            }),
            Status::unknown_output);
}

TEST(Preflight, EmptyOutputsAreUnknown) {
  const auto empty = [](std::optional<std::string> PreflightOutputs::*source) {
    PreflightOutputs outputs = good();
    outputs.*source = "";
    return status_of(outputs);
  };
  EXPECT_EQ(empty(&PreflightOutputs::devices_json), Status::unknown_output);
  EXPECT_EQ(empty(&PreflightOutputs::devices_text), Status::unknown_output);
  EXPECT_EQ(empty(&PreflightOutputs::lock_state), Status::unknown_output);
  EXPECT_EQ(empty(&PreflightOutputs::destinations), Status::unknown_output);
  EXPECT_EQ(empty(&PreflightOutputs::xctrace), Status::unknown_output);
  EXPECT_EQ(empty(&PreflightOutputs::launch), Status::unknown_output);
}

TEST(Preflight, LockedBySeveralWitnesses) {
  EXPECT_EQ(changed([](auto& o) { o.lock_state = test::lock_state(true); }), Status::blocked_device_locked);
  EXPECT_EQ(changed([](auto& o) { o.launch = test::locked_launch(); }), Status::blocked_device_locked);
  EXPECT_EQ(changed([](auto& o) { *o.launch += test::locked_launch(); }), Status::blocked_device_locked);
  EXPECT_EQ(changed([](auto& o) {
              o.destinations = replaced(test::destinations(), "name:Test phone }",
                                        "name:Test phone, error:Unlock Test phone to Continue }");
            }),
            Status::blocked_device_locked);
}

TEST(Preflight, Offline) {
  EXPECT_EQ(changed([](auto& o) { o.devices_json = replaced(test::devices_json(), "connected", "unavailable"); }),
            Status::device_offline);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_text = replaced(test::devices_table(), "available (paired)", "unavailable       ");
            }),
            Status::device_offline);
  EXPECT_EQ(changed([](auto& o) {
              o.xctrace = "== Devices ==\n== Devices Offline ==\nTest phone (18.1.1) (00008110-001E795834F8801E)\n";
            }),
            Status::device_offline);
  EXPECT_EQ(changed([](auto& o) { o.xctrace = "== Devices ==\nMy Mac (6006A1B2-0271-5A3C-8801-00008103AAAA)\n"; }),
            Status::device_offline);
  EXPECT_EQ(changed([](auto& o) {
              o.launch =
                  "ERROR: A connection to this device could not be established. "
                  "(com.apple.dt.CoreDeviceError error 4000 (0xFA0))\n";
            }),
            Status::device_offline);
  EXPECT_EQ(status_of(good(), "00008110-FFFFFFFFFFFFFFFF"), Status::device_offline);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_json = R"({"info":{"commandType":"devicectl.list.devices","outcome":"success"},)"
                               R"("result":{"devices":[]}})";
            }),
            Status::device_offline);
}

TEST(Preflight, IdleTunnelIsReachable) {
  EXPECT_EQ(changed([](auto& o) {
              o.devices_json = replaced(replaced(test::devices_json(), "\"connected\"", "\"disconnected\""),
                                        "\"ddiServicesAvailable\" : true", "\"ddiServicesAvailable\" : false");
            }),
            Status::ready);
}

TEST(Preflight, SupportMissing) {
  EXPECT_EQ(changed([](auto& o) {
              o.devices_json =
                  replaced(test::devices_json(), "\"ddiServicesAvailable\" : true", "\"ddiServicesAvailable\" : false");
            }),
            Status::device_support_missing);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_text = replaced(test::devices_table(), "available (paired)", "connected (no DDI)");
            }),
            Status::device_support_missing);
  EXPECT_EQ(changed([](auto& o) {
              o.destinations = replaced(test::destinations(), "placeholder, name:Any iOS Device }",
                                        "placeholder, name:Any iOS Device, error:iOS 26.5 is not installed. Please "
                                        "download and install the platform from Xcode > Settings > Components. }");
            }),
            Status::device_support_missing);
  EXPECT_EQ(changed([](auto& o) {
              *o.launch +=
                  "The developer disk image could not be mounted on this device. "
                  "(com.apple.dt.CoreDeviceError error 12040)\n";
            }),
            Status::device_support_missing);
}

TEST(Preflight, DeveloperModeAndPairing) {
  EXPECT_EQ(changed([](auto& o) { o.devices_json = replaced(test::devices_json(), "\"enabled\"", "\"disabled\""); }),
            Status::developer_mode_off);
  EXPECT_EQ(changed([](auto& o) {
              o.destinations = replaced(test::destinations(), "name:Test phone }",
                                        "name:Test phone, error:Developer Mode disabled To use Test phone for "
                                        "development, enable Developer Mode in Settings. }");
            }),
            Status::developer_mode_off);
  EXPECT_EQ(changed([](auto& o) { o.devices_json = replaced(test::devices_json(), "\"paired\"", "\"unpaired\""); }),
            Status::not_paired);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_text = replaced(test::devices_table(), "available (paired)", "unpaired          ");
            }),
            Status::not_paired);
}

TEST(Preflight, FailedAnswersAreReadByTheirCode) {
  const auto failed = [](int code) {
    return changed([&](auto& o) {
      o.lock_state = R"({"error":{"code":)" + std::to_string(code) +
                     R"(,"domain":"com.apple.dt.CoreDeviceError"},"info":{"commandType":)"
                     R"("devicectl.device.info.lockState","jsonVersion":3,"outcome":"failed"}})";
    });
  };
  EXPECT_EQ(failed(1011), Status::device_offline);
  EXPECT_EQ(failed(10003), Status::blocked_device_locked);
  EXPECT_EQ(failed(12040), Status::device_support_missing);
  EXPECT_EQ(failed(10110), Status::unknown_output);
}

TEST(Preflight, DiskLow) {
  EXPECT_EQ(changed([](auto& o) { o.free_bytes = (std::uint64_t{2} << 30) - 1; }), Status::disk_low);
  EXPECT_EQ(changed([](auto& o) { o.free_bytes = 0; }), Status::disk_low);
  PreflightOptions options;
  options.min_free_bytes = 1;
  PreflightOutputs outputs = good();
  outputs.free_bytes = 1;
  EXPECT_EQ(analyse_preflight(outputs, options).status, Status::ready);
}

TEST(Preflight, WhatToMendFirstComesFirst) {
  PreflightOutputs outputs = good();
  outputs.lock_state = test::lock_state(true);
  outputs.devices_json = replaced(test::devices_json(), "\"enabled\"", "\"disabled\"");
  EXPECT_EQ(status_of(outputs), Status::developer_mode_off);
  outputs.free_bytes = 5;
  EXPECT_EQ(status_of(outputs), Status::disk_low);
  EXPECT_EQ(analyse_preflight(outputs).findings.size(), 3U);
}

TEST(Preflight, UnknownFormsAreUnknown) {
  EXPECT_EQ(changed([](auto& o) { o.devices_json = "{}"; }), Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.devices_json = replaced(test::devices_json(), "\"connected\"", "\"brandNew\""); }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) {
              o.devices_text = replaced(test::devices_table(), "available (paired)", "brand new         ");
            }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.devices_json = replaced(test::devices_json(), "success", "failed"); }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.lock_state = replaced(test::lock_state(false), "passcodeRequired", "locked"); }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.lock_state = replaced(test::lock_state(false), "6DEA7AA0", "AAAAAAAA"); }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.lock_state = replaced(test::lock_state(false), "false", "\"false\""); }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.launch = "ERROR: something else\n"; }), Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) { o.launch = test::launch_output() + "ERROR: something else\n"; }),
            Status::unknown_output);
  EXPECT_EQ(changed([](auto& o) {
              o.destinations = replaced(test::destinations(), "name:Test phone }", "name:Test phone, error:no idea }");
            }),
            Status::unknown_output);
}

TEST(Preflight, TwoDevicesNeedAName) {
  PreflightOutputs outputs = good();
  outputs.devices_text = test::devices_table() +
                         "Other         -                            AAAAAAAA-0000-4000-8000-000000000001   connected  "
                         "          iPad (iPad13,1)   physical\n";
  outputs.devices_json.reset();
  EXPECT_EQ(status_of(outputs), Status::unknown_output);
  EXPECT_EQ(status_of(outputs, "Test phone"), Status::ready);  // by name in the other lists
  outputs.devices_json = test::devices_json();
  EXPECT_EQ(status_of(outputs), Status::ready);
}

// Every source of a device that is not ready, one after another.
std::vector<PreflightOutputs> failing() {
  std::vector<PreflightOutputs> all;
  const auto add = [&](auto change) {
    all.push_back(good());
    change(all.back());
  };
  add([](auto& o) { o.devices_json = replaced(test::devices_json(), "\"connected\"", "\"unavailable\""); });
  add([](auto& o) { o.devices_json = replaced(test::devices_json(), "\"enabled\"", "\"disabled\""); });
  add([](auto& o) { o.devices_text = replaced(test::devices_table(), "available (paired)", "connected (no DDI)"); });
  add([](auto& o) { o.lock_state = test::lock_state(true); });
  add([](auto& o) {
    o.xctrace = "== Devices ==\n\n== Devices Offline ==\nTest phone (18.1) (00008110-001E795834F8801E)\n";
  });
  add([](auto& o) { o.launch = test::locked_launch(); });
  add([](auto& o) {
    o.destinations =
        "\tIneligible destinations for the \"SebenProof\" scheme:\n\t\t{ platform:iOS, arch:arm64, "
        "id:00008110-001E795834F8801E, name:Test phone, error:iOS 26.5 is not installed. }\n";
  });
  return all;
}

TEST(Preflight, CutsAndNoiseNeverMakeItReady) {
  std::mt19937_64 random(3);
  for (const PreflightOutputs& outputs : failing()) {
    ASSERT_NE(status_of(outputs), Status::ready);
    for (const auto source :
         {&PreflightOutputs::devices_json, &PreflightOutputs::devices_text, &PreflightOutputs::lock_state,
          &PreflightOutputs::destinations, &PreflightOutputs::xctrace, &PreflightOutputs::launch}) {
      const std::string& text = *(outputs.*source);
      for (std::size_t size = 0; size < text.size(); ++size) {
        PreflightOutputs cut = outputs;
        cut.*source = text.substr(0, size);
        EXPECT_FALSE(analyse_preflight(cut).passed) << text.substr(0, size);
      }
      for (int trial = 0; trial < 20; ++trial) {
        std::vector<std::string> lines = test::lines_of(text);
        lines.insert(lines.begin() + static_cast<std::ptrdiff_t>(random() % lines.size()), "noise: ready available");
        PreflightOutputs noisy = outputs;
        noisy.*source = test::joined(lines);
        EXPECT_FALSE(analyse_preflight(noisy).passed);
      }
    }
  }
}

TEST(Preflight, FilesAreRead) {
  const test::TempDir dir;
  test::write_file(dir / "devices.json", test::devices_json());
  test::write_file(dir / "lock.json", test::lock_state(false));
  PreflightFiles files;
  files.devices_json = dir / "devices.json";
  files.lock_state = dir / "lock.json";
  files.free_bytes = std::uint64_t{3} << 30;
  EXPECT_TRUE(analyse_preflight_files(files).passed);
  files.xctrace = dir / "none";
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "readable",
                               [&] { static_cast<void>(analyse_preflight_files(files)); }));
}

}  // namespace
}  // namespace seben::evidence
