// SPDX-License-Identifier: Apache-2.0
// The texts that tools print are facts from public threads (tests/proof/evidence/SOURCES.md); causes are readings, and
// are called likely for that reason.
#include "evidence/failure_classes.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <utility>

#include "evidence/text.h"

namespace seben::evidence {
namespace {

// A line shows the class when it holds `text` and, unless empty, `also`. A number at the end of `text` is a whole one.
struct Sign {
  std::string_view kind, text, also;
};

constexpr Sign kSigns[] = {
    {"device.locked", "was not, or could not be, unlocked", ""},
    {"device.locked", "BSErrorCodeDescription = Locked", ""},
    {"device.locked", "for reason: Locked", ""},
    {"device.locked", "device is locked", ""},
    {"device.locked", "device is currently locked", ""},
    {"device.locked", "device was locked", ""},
    {"device.locked", "is passcode protected", ""},
    {"device.locked", "Unlock ", " to Continue"},
    {"device.locked", "DeviceLocked", ""},
    {"device.locked", "CoreDeviceError error 10003", ""},
    {"device.developer_mode_off", "Developer Mode disabled", ""},
    {"device.developer_mode_off", "Developer Mode is disabled", ""},
    {"device.not_paired", "not paired", ""},
    {"device.not_paired", "is unpaired", ""},
    {"device.not_paired", "airing is required", ""},
    {"device.not_paired", "must be paired", ""},
    {"device.not_paired", "Trust This Computer", ""},
    {"xcode.device_support_directory", "Error locating DeviceSupport directory", ""},
    {"device.support_missing", "ould not locate device support files", ""},
    {"device.support_missing", "nable to locate DeviceSupport directory", ""},
    {"device.support_missing", "eveloper disk image could not be mounted", ""},
    {"device.support_missing", "CoreDeviceError error 12040", ""},
    {"device.support_missing", " is not installed.", "platform"},
    {"device.offline", "CoreDeviceError error 4000", ""},
    {"device.offline", "CoreDeviceError error 1011", ""},
    {"device.offline", "CoreDeviceError error 1000", ""},
    {"device.offline", "connection to this device could not be established", ""},
    {"device.offline", "disconnected immediately after connecting", ""},
    {"device.offline", "nable to locate a device matching", ""},
    {"device.offline", "specified device was not found", ""},
    {"device.offline", "Timed out waiting for all destinations", ""},
    {"device.offline", "Unable to find a destination matching", ""},
    {"device.offline", "Device is busy", ""},
    {"device.automation_timeout", "Timed out while enabling automation mode", ""},
    {"disk.full", "No space left on device", ""},
    {"disk.full", "nsufficient space available", ""},
    {"disk.full", "not enough disk space", ""},
    {"signing", "has an invalid code signature", ""},
    {"signing", "code signature", "invalid"},
    {"signing", "No profiles for ", ""},
    {"signing", "requires a provisioning profile", ""},
    {"signing", "requires a development team", ""},
    {"signing", "valid provisioning profile", "not found"},
    {"signing", "not been explicitly trusted", ""},
    {"signing", "errSecInternalComponent", ""},
    {"signing", "ApplicationVerificationFailed", ""},
    {"signing", "0xe8008015", ""},
    {"coreml.storage_reader_version", "Storage Reader expects file", ""},
    {"coreml.storage_reader_version", "torage reader", "format version"},
    {"coreml.storage_reader_version", "file format version 2", ""},
    {"coreml.weights_not_mapped", "Unable to mmap file", ""},
    {"coreml.index_out_of_bounds", "index out of bounds", ""},
    {"coreml.index_out_of_bounds", "Index out of bounds", ""},
    {"coreml.mil_translation", "MIL->EIR", ""},
    {"coreml.mil_translation", "Network translation error", ""},
    {"coreml.plan_build", "ailed to build the model execution plan", ""},
    {"coreml.plan_build", "Error plan build:", ""},
    {"coreml.plan_build", "[Espresso::handle_ex_plan] exception", ""},
    {"coreml.plan_build", "Error in declaring network", ""},
    {"coreml.prediction", "Error computing NN outputs", ""},
    {"coreml.prediction", "Failure in -executePlan", ""},
    {"coreml.bnns", "BNNS", "rror"},
    {"coreml.bnns", "BNNS", "ailed"},
    {"ane.compile", "ANECCompile", ""},
    {"ane.compile", "MILCompilerForANE", "rror"},
    {"ane.compile", "ANECF error", ""},
    {"ane.compile", "failed to load ANE model", ""},
    {"ane.compile", "failed to compile ANE model", ""},
    {"ane.compile", "com.apple.appleneuralengine", "Code="},
    {"coreml.error_code", "com.apple.CoreML", "Code="},
    {"coreml.error_code", "com.apple.CoreML error ", ""},
    {"memory", "EXC_RESOURCE", ""},
    {"memory", "jetsam", ""},
    {"memory", "Jetsam", ""},
    {"memory", "JETSAM", ""},
    {"memory", "per-process-limit", ""},
    {"memory", "erminated due to memory", ""},
    {"test.process_died", "Restarting after unexpected exit", ""},
    {"test.process_died", "Early unexpected exit", ""},
    {"test.process_died", "xited with signal", ""},
    {"test.process_died", "unexpected signal code", ""},
    {"test.process_died", "EXC_BAD_ACCESS", ""},
    {"test.process_died", "EXC_CRASH", ""},
    {"test.process_died", "Fatal error: ", ""},
    {"test.process_died", "Test crashed", ""},
    {"test.process_died", "runner crashed", ""},
};

constexpr FailureClass kClasses[] = {
    {"disk.full", Status::disk_low, "A disk was full.", "Builds, traces and result bundles are large.",
     "Free at least 2 GiB on the Mac and on the device, then run again."},
    {"device.offline", Status::device_offline, "The device could not be reached.",
     "Unplugged, asleep, on another network, or still connecting.",
     "Connect it by cable, unlock it, wait until devicectl lists it as connected, and run again."},
    {"device.not_paired", Status::not_paired, "The device is not paired with this Mac.",
     "Trust was never granted or was reset.", "Connect it by cable and accept the request to trust this computer."},
    {"device.developer_mode_off", Status::developer_mode_off, "Developer Mode is off.",
     "It is off after every new installation of the system.",
     "Switch it on in Settings > Privacy & Security > Developer Mode, restart the device and confirm."},
    {"device.locked", Status::blocked_device_locked, "The device was locked.",
     "It locked itself before the tests were launched.",
     "Unlock it, set Auto-Lock to Never for the run, and run again."},
    {"device.support_missing", Status::device_support_missing,
     "Xcode has no support files or developer disk image for the device's system.",
     "The device's system is newer than this Xcode, or its platform was never installed.",
     "Install the Xcode or the platform component that matches the device's system (Xcode > Settings > Components)."},
    {"xcode.device_support_directory", Status::device_support_missing,
     "Xcode found no DeviceSupport directory for the device's system.",
     "The device's system is newer than this Xcode; some versions print this line and run tests nevertheless.",
     "Install the Xcode that matches the device's system, let it prepare the device, and run again."},
    {"device.automation_timeout", Status::blocked_device_locked, "The tests' automation mode was not enabled in time.",
     "The device was locked or asked for its passcode.", "Unlock the device, keep its screen on, and run again."},
    {"signing", std::nullopt, "The application is not signed for this device.",
     "No provisioning profile that names the device, or an untrusted developer.",
     "Choose a team in the project, let Xcode create a profile, and trust the developer on the device."},
    {"coreml.storage_reader_version", std::nullopt, "Core ML could not read a weight file.",
     "The message is about its format version, but points first at a file that is truncated, empty, replaced by an "
     "AppleDouble copy, or too large to be mapped.",
     "Compare size and SHA-256 of the installed weight.bin with the package's; export smaller chunks (--stages "
     "device-safe)."},
    {"coreml.weights_not_mapped", std::nullopt, "Core ML could not map a weight file into memory.",
     "The file is larger than the device maps for one process.", "Export smaller chunks (--stages device-safe)."},
    {"coreml.index_out_of_bounds", std::nullopt, "An index was out of bounds while a model was loaded or run.",
     "When a model was loading: an unreadable or truncated weight file rather than a wrong shape.",
     "Check size and SHA-256 of the installed weight.bin first, then shapes."},
    {"coreml.mil_translation", std::nullopt, "Core ML could not translate the program (MIL to EIR).",
     "An operator or a weight file that this system's compiler does not accept; the rest of the line names the place.",
     "Look up the line of model.mil that it names; verify the package (seben verify), check the weight file, lower "
     "the opset."},
    {"coreml.plan_build", std::nullopt, "Core ML could not build an execution plan for a model.",
     "The compute units that were asked for do not take the model, or memory did not suffice.",
     "Try another compute mode, smaller chunks, and see the lines before it."},
    {"coreml.prediction", std::nullopt, "A prediction failed.", "Memory, or compute units that refuse the model.",
     "Try the CPU alone to tell the two apart."},
    {"coreml.bnns", std::nullopt, "The CPU library of Core ML reported an error.", "See the line.",
     "Verify the package and its weight file."},
    {"ane.compile", std::nullopt, "The Neural Engine's compiler refused a model, or it could not be loaded there.",
     "A shape, size or operator beyond its limits.",
     "See `seben inspect --ane`; what was computed elsewhere instead is no Neural Engine evidence."},
    {"coreml.error_code", std::nullopt, "Core ML returned an error.", "See the code and the lines before it.",
     "Verify the package; check that it was compiled for this system."},
    {"memory", std::nullopt, "The process was ended or warned for the memory it used.",
     "Too many models loaded at once.", "Load and release stage by stage; export smaller chunks."},
    {"test.process_died", std::nullopt, "The tests' process ended before the tests did.", "A crash.",
     "Read the crash report of the device."},
};

constexpr std::size_t kSignCount = std::size(kSigns);
constexpr std::size_t kKey = 4;  // bytes by which signs are found; none is shorter
static_assert(std::all_of(std::begin(kSigns), std::end(kSigns), [](const Sign& s) { return s.text.size() >= kKey; }));

std::uint16_t hash_of(const char* bytes) noexcept {
  std::uint32_t key = 0;
  std::memcpy(&key, bytes, kKey);
  return static_cast<std::uint16_t>((key * 2654435761U) >> 16U);
}

bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

// First place and number of lines of one class.
struct Sighting {
  std::size_t line = 0;
  std::string_view text;
  std::size_t lines = 0, last_line = 0;
};

// One walk over the text finds all signs: places whose four bytes no sign begins with are passed over.
class Scan {
 public:
  Scan() {
    for (std::size_t i = 0; i < kSignCount; ++i) {
      by_hash_[i] = {hash_of(kSigns[i].text.data()), i};
      maybe_[by_hash_[i].first] = 1;
      for (std::size_t c = 0; c < std::size(kClasses); ++c)
        class_of_[i] = kClasses[c].kind == kSigns[i].kind ? c : class_of_[i];
    }
    std::sort(by_hash_.begin(), by_hash_.end());
  }

  void walk(std::string_view text) {
    for (std::size_t number = 1; !text.empty(); ++number) {
      const std::string_view line = next_line(text);
      for (std::size_t at = 0; at + kKey <= line.size(); ++at) {
        const std::uint16_t hash = hash_of(line.data() + at);
        if (maybe_[hash] != 0) look(line, at, number, hash);
      }
    }
  }
  [[nodiscard]] const Sighting& sighting(std::size_t index) const { return sightings_[index]; }

 private:
  void look(std::string_view line, std::size_t at, std::size_t number, std::uint16_t hash) {
    const std::string_view rest = line.substr(at);
    for (auto it = std::lower_bound(by_hash_.begin(), by_hash_.end(), std::pair(hash, std::size_t{0}));
         it != by_hash_.end() && it->first == hash; ++it) {
      const Sign& sign = kSigns[it->second];
      if (judged_[it->second] == number || !rest.starts_with(sign.text)) continue;
      if (is_digit(sign.text.back()) && rest.size() > sign.text.size() && is_digit(rest[sign.text.size()])) continue;
      judged_[it->second] = number;  // the rest of the line says the same again
      if (sign.also.empty() || line.find(sign.also) != std::string_view::npos) see(class_of_[it->second], line, number);
    }
  }
  void see(std::size_t index, std::string_view line, std::size_t number) {
    Sighting& seen = sightings_[index];
    if (seen.last_line == number) return;
    if (seen.lines++ == 0) {
      seen.line = number;
      seen.text = line;
    }
    seen.last_line = number;
  }

  std::vector<unsigned char> maybe_ = std::vector<unsigned char>(std::size_t{1} << 16);
  std::array<std::pair<std::uint16_t, std::size_t>, kSignCount> by_hash_{};
  std::array<std::size_t, kSignCount> class_of_{}, judged_{};
  std::array<Sighting, std::size(kClasses)> sightings_{};
};

}  // namespace

std::span<const FailureClass> failure_classes() noexcept { return kClasses; }

std::vector<Finding> find_failures(std::string_view text, std::string_view file) {
  Scan scan;
  scan.walk(text);
  std::vector<Finding> findings;
  for (std::size_t i = 0; i < std::size(kClasses); ++i) {
    const FailureClass& failure = kClasses[i];
    const Sighting& seen = scan.sighting(i);
    if (seen.lines == 0) continue;
    findings.push_back({std::string(failure.kind), true, std::string(failure.explanation), std::string(failure.cause),
                        std::string(failure.remedy), std::string(file), seen.line, quote(seen.text), seen.lines});
  }
  return findings;
}

std::optional<Status> device_status(std::string_view kind) noexcept {
  for (const FailureClass& failure : failure_classes()) {
    if (failure.kind == kind) return failure.device;
  }
  return std::nullopt;
}

}  // namespace seben::evidence
