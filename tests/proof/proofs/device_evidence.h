// SPDX-License-Identifier: Apache-2.0
// Evidence as the scripts of a harness write it: run-on-device.sh and collect.sh themselves, with stand-ins of Apple's
// tools that answer with the samples of tests/proof/evidence. No device took part.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/sha256.h"
#include "export/plan_file.h"
#include "proof/evidence/samples.h"
#include "proofs/folder.h"
#include "proofs/proof.h"
#include "support/temp_dir.h"

namespace seben::test {

inline const std::vector<std::string> kUnits{"cpu_only", "cpu_and_ne", "all"};

/// What Proof/ of a harness of the proof's packages would hold; `proof` was written into `folder`.
class DeviceStory {
 public:
  DeviceStory(const proof::Proof& proof, const std::string& folder)
      : proof_(proof),
        folder_(folder),
        plan_(read_file(folder + "/packages/" + proof.modes.front().mode + "/plan.json")) {}

  [[nodiscard]] const std::string& plan() const { return plan_; }

  [[nodiscard]] std::string chain() const {
    const auto packages = deploy::parse_plan(plan_, "plan.json");
    const proof::ModeFigures& figures = proof_.modes.front().figures;
    nlohmann::ordered_json stages = nlohmann::ordered_json::array(), head;
    for (const deploy::ExportedPackage& p : packages) {
      const bool is_head = p.kind == mil::PackageKind::head;
      const double square = is_head ? figures.head.mean_square : figures.stages.at(stages.size()).mean_square;
      nlohmann::ordered_json part{
          {"name", is_head ? "head" : p.stage}, {"package", p.file}, {"expected", {{"mean_square", square}}}};
      if (is_head) {
        head = part;
      } else {
        stages.push_back(part);
      }
    }
    return nlohmann::ordered_json{{"schema", "seben.harness"},
                                  {"version", 1},
                                  {"model", proof_.request.model},
                                  {"precision", proof_.modes.front().mode},
                                  {"plan_sha256", base::sha256_hex(plan_)},
                                  {"audio_samples", 480'000},
                                  {"ranker_mode", "balanced"},
                                  {"stages", stages},
                                  {"head", head},
                                  {"audio", {{"sha256", base::sha256_file(folder_ + "/reference/audio.npy")}}},
                                  {"text", proof_.reference_text}}
               .dump(2) +
           "\n";
  }

  [[nodiscard]] std::string fixtures() const {
    const auto bundle = nlohmann::json::parse(read_file(folder_ + "/bundle/bundle.json"));
    return nlohmann::ordered_json{{"schema", "seben.fixtures"},
                                  {"version", 1},
                                  {"encoder_sha256", bundle.at("/contract/provides/extractor/weights"_json_pointer)}}
        .dump(2);
  }

  [[nodiscard]] evidence::ProofMarker marker() const {
    const proof::ModeProof& mode = proof_.modes.front();
    evidence::ProofMarker marker = good_marker();
    marker.run = "r-1";
    marker.model_digest = base::sha256_hex(plan_);
    marker.fixture_digest = base::sha256_hex(chain());
    marker.modes.clear();
    for (const std::string& units : kUnits) {
      marker.modes.push_back({units, {}});
      for (const proof::Parity& s : mode.figures.stages) {
        marker.modes.back().stages.push_back({s.name, 2e-14 * s.mean_square, 1e-5});
      }
    }
    marker.encoder_mse = 2e-13 * mode.figures.encoder.mean_square;
    marker.head_mse = 2e-13 * mode.figures.head.mean_square;
    marker.frames = mode.reading.frames;
    marker.nonblank_frames = mode.reading.nonblank_frames;
    marker.text = mode.reading.text;
    marker.candidates = mode.reading.candidates;
    return marker;
  }

  [[nodiscard]] std::string details() const {
    const evidence::ProofMarker m = marker();
    nlohmann::ordered_json modes = nlohmann::ordered_json::array();
    for (const evidence::ModeParity& mode : m.modes) {
      nlohmann::ordered_json packages = nlohmann::ordered_json::array();
      for (const evidence::StageParity& stage : mode.stages) {
        packages.push_back({{"name", stage.name},
                            {"load_seconds", 0.5},
                            {"predict_seconds", {{"count", 5}, {"median", 0.02}, {"least", 0.01}, {"most", 0.05}}}});
      }
      modes.push_back({{"compute_units", mode.compute_units},
                       {"encoder_mse", m.encoder_mse},
                       {"head_mse", m.head_mse},
                       {"argmax_changes", 0},
                       {"text", m.text},
                       {"packages", packages}});
    }
    return nlohmann::ordered_json{{"schema", "seben.device-details"},
                                  {"version", 1},
                                  {"run", m.run},
                                  {"model", proof_.request.model},
                                  {"precision", proof_.modes.front().mode},
                                  {"expected_text", proof_.reference_text},
                                  {"corrected_text", "x"},
                                  {"modes", modes}}
        .dump(2);
  }

  [[nodiscard]] static std::string compute_plan(const std::string& units) {
    const bool ane = units != "cpu_only";
    const auto operation = [](const char* name, const char* type, std::vector<std::string> supported) {
      nlohmann::ordered_json preferred;
      if (!supported.empty()) preferred = supported.front();
      return nlohmann::ordered_json{
          {"name", name}, {"type", type}, {"preferred", preferred}, {"supported", supported}, {"cost", 0.1}};
    };
    return nlohmann::ordered_json{
        {"format", "seben-compute-plan"},
        {"version", 1},
        {"model", "m.mlmodelc"},
        {"compute_units", units},
        {"operations",
         {operation("w", "const", {}),
          operation("a", "ios16.linear",
                    ane ? std::vector<std::string>{"ane", "cpu"} : std::vector<std::string>{"cpu"}),
          operation("b", "ios16.softmax", {"cpu"})}}}
        .dump();
  }

  /// Runs the scripts; the evidence folder is `out`, which must not exist. Returns what the script ended with.
  int run(const std::string& out, bool traced = true) const {
    const TempDir work;
    namespace fs = std::filesystem;
    const std::string harness = work / "h", bin = work / "bin", said = work / "said";
    for (const std::string& path : {harness + "/Proof/fixtures", bin, said + "/device"}) fs::create_directories(path);
    for (const char* script : {"run-on-device.sh", "collect.sh", "project.yml"}) {
      fs::copy_file(std::string(SEBEN_SOURCE_DIR "/swift/Harness/") + script, harness + "/" + script);
    }
    write_file(harness + "/Proof/plan.json", plan_);
    write_file(harness + "/Proof/chain.json", chain());
    write_file(harness + "/Proof/fixtures/manifest.json", fixtures());
    write_file(said + "/devices.json", devices_json());
    write_file(said + "/devices.txt", devices_table());
    write_file(said + "/lock.json", lock_state(false));
    write_file(said + "/destinations", destinations());
    write_file(said + "/xctrace", xctrace_devices());
    const std::string line = evidence::marker_line(marker());
    write_file(said + "/log", xctest_log("\nSEBEN_PROGRESS all: head\n\n" + line));
    write_file(said + "/toc.xml", replaced(contents("SebenProofHost", 42), "<table schema=\"coreml-os-signpost\"/>",
                                           "<table schema=\"coreml-os-signpost\"/>"
                                           "<table schema=\"ane-hw-intervals-internal\"/>"));
    write_file(said + "/coreml-os-signpost.xml", replaced(coreml_table(), "App (42)", "SebenProofHost (42)"));
    write_file(said + "/ane-hw-intervals-internal.xml", ane_table());
    write_file(said + "/device/details.json", details());
    write_file(said + "/device/marker.txt", line + "\n");
    for (const std::string& units : kUnits) {
      for (const deploy::ExportedPackage& p : deploy::parse_plan(plan_, "plan.json")) {
        write_file(said + "/device/plan." + units + "." + fs::path(p.file).stem().string() + ".json",
                   compute_plan(units));
      }
    }
    write_tools(bin);
    const std::string command = "PATH='" + bin + "':$PATH SAID='" + said + "' '" + harness +
                                "/run-on-device.sh' --device " + kUdid + " --out '" + out + "' --run r-1" +
                                (traced ? " --trace" : "") + " > '" + (work / "out") + "' 2>&1";
    const int status = std::system(command.c_str());
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

 private:
  static void write_tools(const std::string& bin) {
    const auto write = [&](const std::string& name, const std::string& text) {
      write_file(bin + "/" + name, "#!/bin/bash\n" + text);
      std::filesystem::permissions(bin + "/" + name, std::filesystem::perms::owner_all);
    };
    write("xcodegen", "echo 'Version: 2.43.0'\n");
    write("xcodebuild", R"sh(case " $* " in
  *" -showdestinations "*) cat "$SAID/destinations" ;;
  *" test-without-building "*)
    for ((i = 1; i < $#; ++i)); do
      [ "${!i}" != -resultBundlePath ] || { j=$((i + 1)); mkdir -p "${!j}"; echo result >"${!j}/Info.plist"; }
    done
    echo "SEBEN_PROCESS 42"
    sleep 2
    cat "$SAID/log" ;;
  *) echo "Xcode 16.2" ;;
esac
)sh");
    write("xcrun", R"sh(last=${!#}
case "$*" in
  *"list devices --json-output"*) cp "$SAID/devices.json" "$last"; cat "$SAID/devices.txt" ;;
  *lockState*) cp "$SAID/lock.json" "$last" ;;
  *"xctrace list devices"*) cat "$SAID/xctrace" ;;
  *"copy from"*) cp "$SAID/device/"* "$last/" ;;
  *"xctrace record"*) mkdir -p "$last"; echo recording >"$last/data" ;;
  *"--toc"*) cp "$SAID/toc.xml" "$last" ;;
  *"xctrace export"*) cp "$SAID/$(basename "$last")" "$last" ;;
  *"export attachments"*) mkdir -p "$last" ;;
esac
)sh");
  }

  const proof::Proof& proof_;
  std::string folder_, plan_;
};

/// SHA256SUMS of what lies there now, as collect.sh writes it.
inline void seal_evidence(const std::string& folder) {
  namespace fs = std::filesystem;
  std::vector<std::string> lines;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string path = entry.path().lexically_relative(folder).generic_string();
    if (!entry.is_regular_file() || path == "SHA256SUMS") continue;
    lines.push_back("./" + path);
  }
  std::sort(lines.begin(), lines.end());
  std::string text;
  for (const std::string& line : lines) text += base::sha256_file(folder + "/" + line) + "  " + line + "\n";
  write_file(folder + "/SHA256SUMS", text);
}

}  // namespace seben::test
