// SPDX-License-Identifier: Apache-2.0
// Outputs of Apple's tools as they look, with invented names and numbers; SOURCES.md says where each form is known
// from.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "evidence/marker.h"

namespace seben::test {

inline std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "sample without: " + std::string(from);
  return text.replace(at, from.size(), to);
}

inline std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.emplace_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

inline std::string joined(const std::vector<std::string>& lines) {
  std::string text;
  for (const std::string& line : lines) text += line + "\n";
  return text;
}

inline evidence::ProofMarker good_marker() {
  evidence::ProofMarker marker;
  marker.run = "2026-11-21T10:00:00Z-7f";
  marker.model_digest = std::string(64, 'a');
  marker.fixture_digest = std::string(64, 'f');
  marker.audio_samples = 480'000;
  const std::vector<evidence::StageParity> stages{{"convpos", 3e-14, 1e-6}, {"layers[0..2]", 4e-13, 2e-5}};
  marker.modes = {{"cpu_only", stages}, {"cpu_and_ne", stages}};
  marker.encoder_mse = 1e-12;
  marker.head_mse = 2e-12;
  marker.frames = 375;
  marker.nonblank_frames = 41;
  marker.text = "\u07d2\u07de\u07cf";
  marker.candidates = 12;
  marker.ranker_accepted = true;
  marker.ranker_mode = "balanced";
  marker.ranker_score = 0.71;
  return marker;
}

inline std::string xctest_log(const std::string& marker) {
  return "Command line invocation:\n"
         "    /Applications/Xcode.app/Contents/Developer/usr/bin/xcodebuild test -scheme SebenProof -destination "
         "id=00008110-001E795834F8801E\n"
         "\n"
         "Test Suite 'All tests' started at 2026-11-21 10:00:01.100.\n"
         "Test Suite 'SebenProofTests.xctest' started at 2026-11-21 10:00:01.101.\n"
         "Test Suite 'ChainTests' started at 2026-11-21 10:00:01.101.\n"
         "Test Case '-[SebenProofTests.ChainTests testChain]' started.\n" +
         marker +
         "\n"
         "Test Case '-[SebenProofTests.ChainTests testChain]' passed (12.345 seconds).\n"
         "Test Suite 'ChainTests' passed at 2026-11-21 10:00:13.447.\n"
         "\t Executed 1 test, with 0 failures (0 unexpected) in 12.345 (12.346) seconds\n"
         "Test Suite 'SebenProofTests.xctest' passed at 2026-11-21 10:00:13.448.\n"
         "\t Executed 1 test, with 0 failures (0 unexpected) in 12.345 (12.347) seconds\n"
         "Test Suite 'All tests' passed at 2026-11-21 10:00:13.449.\n"
         "\t Executed 1 test, with 0 failures (0 unexpected) in 12.345 (12.349) seconds\n"
         "** TEST SUCCEEDED **\n"
         "\n";
}

/// Swift Testing under xcodebuild: an empty XCTest suite and the run's own lines with symbols of Apple's private area.
inline std::string swift_log(const std::string& marker) {
  return "Test Suite 'All tests' started at 2026-11-21 10:00:01.100.\n"
         "Test Suite 'All tests' passed at 2026-11-21 10:00:01.101.\n"
         "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.001) seconds\n"
         "\xf4\x80\x9f\x88 Test run started.\n"
         "\xf4\x80\x84\xb5 Testing Library Version: 1743\n"
         "\xf4\x80\x9f\x88 Suite ChainTests started.\n"
         "\xf4\x80\x9f\x88 Test chain() started.\n" +
         marker +
         "\n"
         "\xf4\x80\x9f\x88 Test \"Reads its fixtures\" started.\n"
         "\xf4\x81\x81\x9b Test \"Reads its fixtures\" passed after 0.004 seconds.\n"
         "\xf4\x80\x99\x9f Test slow() skipped: \"not on this device\"\n"
         "\xf4\x81\x81\x9b Test chain() passed after 12.345 seconds.\n"
         "\xf4\x81\x81\x9b Suite ChainTests passed after 12.350 seconds.\n"
         "\xf4\x81\x81\x9b Test run with 3 tests in 1 suite passed after 12.351 seconds.\n"
         "** TEST EXECUTE SUCCEEDED **\n";
}

inline const std::string kUdid = "00008110-001E795834F8801E";
inline const std::string kIdentifier = "6DEA7AA0-E7CE-4C2F-8706-43464FA2910D";

inline std::string devices_json() {
  return R"({
  "info" : { "commandType" : "devicectl.list.devices", "jsonVersion" : 2, "outcome" : "success", "version" : "397.28" },
  "result" : { "devices" : [
    { "identifier" : "6DEA7AA0-E7CE-4C2F-8706-43464FA2910D",
      "capabilities" : [ { "featureIdentifier" : "com.apple.coredevice.feature.unpairdevice", "name" : "Unpair" } ],
      "connectionProperties" : { "pairingState" : "paired", "transportType" : "wired", "tunnelState" : "connected" },
      "deviceProperties" : { "ddiServicesAvailable" : true, "developerModeStatus" : "enabled", "name" : "Test phone",
                             "osVersionNumber" : "18.1.1" },
      "hardwareProperties" : { "deviceType" : "iPhone", "platform" : "iOS", "reality" : "physical",
                               "udid" : "00008110-001E795834F8801E" } },
    { "identifier" : "989F0FC2-8A57-4D18-BB7F-AA68BBBE159F",
      "connectionProperties" : { "pairingState" : "paired", "tunnelState" : "unavailable" },
      "deviceProperties" : { "name" : "Watch" },
      "hardwareProperties" : { "deviceType" : "appleWatch", "platform" : "watchOS", "reality" : "physical" } } ] }
})";
}

/// The groups as version 5 of the form has them.
inline std::string devices_json_5() {
  return R"({ "info" : { "commandType" : "devicectl.list.devices", "jsonVersion" : 5, "outcome" : "success" },
  "result" : { "devices" : [ { "identifier" : "6DEA7AA0-E7CE-4C2F-8706-43464FA2910D",
    "deviceProperties" : { "ddiServicesAvailable" : true, "developerModeStatus" : "enabled", "name" : "Test phone" },
    "properties" : { "connection" : { "pairingState" : "paired", "tunnelState" : "connected" },
                     "hardware" : { "platform" : "iOS", "reality" : "physical",
                                    "udid" : "00008110-001E795834F8801E" } } } ] } })";
}

inline std::string devices_table() {
  return "Name          Hostname                     Identifier                             State                Model"
         "                                 Reality  \n"
         "-----------   --------------------------   ------------------------------------   ------------------   "
         "-----------------------------------   ---------\n"
         "Test phone    Test-phone.coredevice.local  6DEA7AA0-E7CE-4C2F-8706-43464FA2910D   available (paired)   "
         "iPhone 13 Pro (iPhone14,2)            physical \n"
         "iPhone 17                                  B82234B5-50A7-40FD-81EE-47CC9BEA7C2C   shutdown             "
         "iPhone 17 (iPhone18,3)                simulated\n";
}

inline std::string lock_state(bool locked) {
  return std::string(
             R"({"info":{"commandType":"devicectl.device.info.lockState","jsonVersion":3,"outcome":"success"},)") +
         R"("result":{"deviceIdentifier":"6DEA7AA0-E7CE-4C2F-8706-43464FA2910D","passcodeRequired":)" +
         (locked ? "true" : "false") + R"(,"unlockedSinceBoot":true}})";
}

inline std::string destinations() {
  return "\n\tAvailable destinations for the \"SebenProof\" scheme:\n"
         "\t\t{ platform:macOS, arch:arm64, variant:Designed for [iPad,iPhone], id:00006001-0002716A3C41801E, name:My "
         "Mac }\n"
         "\t\t{ platform:iOS, arch:arm64, id:00008110-001E795834F8801E, name:Test phone }\n"
         "\t\t{ platform:iOS, id:dvtdevice-DVTiPhonePlaceholder-iphoneos:placeholder, name:Any iOS Device }\n"
         "\t\t{ platform:iOS Simulator, arch:arm64, id:9BCD3E34-D29A-4EBE-B8D9-43A37959F15D, OS:26.0, name:iPad (A16) "
         "}\n"
         "\n\tIneligible destinations for the \"SebenProof\" scheme:\n"
         "\t\t{ platform:iOS Simulator, arch:arm64, id:476129E8-ADC1-497B-B093-25C71A5363F5, OS:16.0, name:iPhone 14 "
         "}\n";
}

inline std::string xctrace_devices() {
  return "== Devices ==\n"
         "My Mac (6006A1B2-0271-5A3C-8801-00008103AAAA)\n"
         "Test phone (18.1.1) (00008110-001E795834F8801E)\n"
         "\n"
         "== Devices Offline ==\n"
         "Old iPad (16.2) (00008027-0012345678901234)\n"
         "\n"
         "== Simulators ==\n"
         "iPhone 17 Simulator (26.0) (B82234B5-50A7-40FD-81EE-47CC9BEA7C2C)\n";
}

inline std::string launch_output() { return "Launched application with dev.seben.proof bundle identifier.\n"; }

inline std::string locked_launch() {
  return "ERROR: The application failed to launch. (com.apple.dt.CoreDeviceError error 10002.)\n"
         "         BundleIdentifier = dev.seben.proof\n"
         "       ----------------------------------------\n"
         "       The request to open \"dev.seben.proof\" failed. (FBSOpenApplicationServiceErrorDomain error 1.)\n"
         "         NSLocalizedFailureReason = Unable to launch dev.seben.proof because the device was not, or could "
         "not "
         "be, unlocked.\n"
         "         BSErrorCodeDescription = Locked\n";
}

/// Core ML's own table and the Neural Engine's: two predictions of App (42), hardware within them, a load before.
inline std::string coreml_table() {
  return R"xml(<?xml version="1.0"?>
<trace-query-result>
<node xpath='//trace-toc[1]/run[1]/data[1]/table[7]'><schema name="coreml-os-signpost"><col><mnemonic>start</mnemonic>)xml"
         R"xml(<name>Start</name><engineering-type>start-time</engineering-type></col></schema>
<row><start-time id="1" fmt="00:00.100.000">100000</start-time><duration id="2" fmt="50 us">50000</duration>)xml"
         R"xml(<process id="3" fmt="App (42)"><pid id="4" fmt="42">42</pid></process>)xml"
         R"xml(<coreml-model-event id="5" fmt="Prediction">Prediction</coreml-model-event>)xml"
         R"xml(<coreml-model-name id="6" fmt="head-1">head-1</coreml-model-name></row>
<row><start-time id="7" fmt="00:00.110.000">110000</start-time><duration id="8">8000</duration><process ref="3"/>)xml"
         R"xml(<coreml-model-event id="9" fmt="CPU">CPU</coreml-model-event><coreml-model-name ref="6"/></row>
<row><start-time id="10">120000</start-time><duration ref="8"/><process ref="3"/>)xml"
         R"xml(<coreml-model-event id="11" fmt="GPU Request">GPU Request</coreml-model-event><coreml-model-name ref="6"/></row>
<row><start-time id="12">300000</start-time><duration ref="2"/><process ref="3"/><coreml-model-event ref="5"/></row>
<row><start-time id="13">310000</start-time><duration ref="8"/><process id="14" fmt="Other (7)"/>)xml"
         R"xml(<coreml-model-event ref="9"/></row>
<row><start-time id="15">10000</start-time><duration ref="8"/><process ref="3"/>)xml"
         R"xml(<coreml-model-event id="16" fmt="Load">Load</coreml-model-event></row>
</node></trace-query-result>)xml";
}

inline std::string ane_table() {
  return R"xml(<?xml version="1.0"?>
<trace-query-result><node><schema name="ane-hw-intervals-internal"/>
<row><start-time id="1">20000</start-time><duration id="2">30000</duration>)xml"
         R"xml(<formatted-label id="3" fmt="Neural Engine Load: prepare and cache"/><gpu-state id="4" fmt="Active"/></row>
<row><start-time id="5">130000</start-time><duration id="6">12000</duration>)xml"
         R"xml(<formatted-label id="7" fmt="Neural Engine Prediction"/><gpu-state ref="4"/></row>
<row><start-time id="8">305000</start-time><duration ref="6"/><formatted-label ref="7"/><gpu-state ref="4"/></row>
<row><start-time id="9">900000</start-time><duration ref="6"/><formatted-label ref="7"/><gpu-state ref="4"/></row>
</node></trace-query-result>)xml";
}

inline std::string contents(std::string_view process, int pid) {
  return R"xml(<?xml version="1.0"?><trace-toc><run number="1"><info><target><device platform="iOS" name="Test phone"/>)xml"
         R"xml(<process type="attached" return-exit-status="0" name=")xml" +
         std::string(process) + R"xml(" pid=")xml" + std::to_string(pid) +
         R"xml("/></target><summary><duration>2.0</duration></summary></info><processes><process name="Bystander" pid="9"/>)xml"
         R"xml(</processes><data><table schema="coreml-os-signpost"/></data></run></trace-toc>)xml";
}

}  // namespace seben::test
