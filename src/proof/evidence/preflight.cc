// SPDX-License-Identifier: Apache-2.0
#include "evidence/preflight.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "base/file.h"
#include "evidence/device_list.h"
#include "evidence/failure_classes.h"
#include "evidence/text.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

// What to mend first, first.
constexpr std::array kPrecedence{
    Status::disk_low,           Status::device_offline,        Status::not_paired,
    Status::developer_mode_off, Status::blocked_device_locked, Status::device_support_missing,
    Status::unknown_output};

struct Problem {
  Status status;
  Finding finding;
};

// Looks at the sources one after another and gathers what speaks for and against the device.
class Preflight {
 public:
  explicit Preflight(const PreflightOptions& options) : options_(options) {}

  Verdict judge(const PreflightOutputs& outputs);

 private:
  using Reader = std::vector<ListedDevice> (*)(std::string_view, const std::string&);

  void list(const char* source, const std::optional<std::string>& text, Reader read, bool& good);
  void choose(const char* source, const std::vector<ListedDevice>& devices);
  void listed(const char* source, const ListedDevice& device, bool is_placeholder);
  void reach(const char* source, const ListedDevice& device);
  void lock(const std::optional<std::string>& text);
  void launch(const std::optional<std::string>& text);
  void disk(const std::optional<std::uint64_t>& free_bytes);
  void require_evidence();
  bool classified(std::string_view text, const char* source, bool whole = true);
  void unknown(const char* source, std::string explanation);
  void add(Status status, Finding finding) { problems_.push_back({status, std::move(finding)}); }
  void add(Status status, const char* source, std::string_view said);
  [[nodiscard]] bool is_wanted(const ListedDevice& device) const;

  const PreflightOptions& options_;
  std::vector<Problem> problems_;
  nlohmann::ordered_json sources_ = nlohmann::ordered_json::object();
  std::optional<ListedDevice> chosen_;  // of the first list
  bool in_list_ = false, unlocked_ = false, launched_ = false, developer_mode_ = false, eligible_ = false,
       online_ = false, disk_ = false;
};

Finding finding_of(Status status) {
  for (const FailureClass& failure : failure_classes()) {
    if (failure.device == status) {
      return {std::string(failure.kind),
              true,
              std::string(failure.explanation),
              std::string(failure.cause),
              std::string(failure.remedy),
              "",
              0,
              "",
              1};
    }
  }
  return {"preflight.unknown", true, "", "", "", "", 0, "", 1};
}

// Without paragraphs of its own: the status decides the words, `said` is the tool's.
void Preflight::add(Status status, const char* source, std::string_view said) {
  Finding finding = finding_of(status);
  finding.file = source;
  finding.quote = quote(said);
  add(status, std::move(finding));
}

void Preflight::unknown(const char* source, std::string explanation) {
  Finding finding{"preflight.unknown",
                  true,
                  std::move(explanation),
                  "The tool failed, or its form is new.",
                  "Run the tool by hand and read what it says.",
                  source,
                  0,
                  "",
                  1};
  add(Status::unknown_output, std::move(finding));
}

// Failures that `text` names, with their lines when it is the whole output; false when it names none.
bool Preflight::classified(std::string_view text, const char* source, bool whole) {
  bool any = false;
  for (Finding& finding : find_failures(text, source)) {
    const std::optional<Status> status = device_status(finding.kind);
    any = true;
    if (!whole) finding.line = 0;
    add(status.value_or(Status::unknown_output), std::move(finding));
  }
  return any;
}

bool Preflight::is_wanted(const ListedDevice& device) const {
  const auto is = [](const std::string& a, const std::string& b) { return !a.empty() && a == b; };
  if (chosen_) {
    const bool comparable = (!device.udid.empty() && !chosen_->udid.empty()) ||
                            (!device.identifier.empty() && !chosen_->identifier.empty());
    if (!comparable) return is(device.name, chosen_->name);  // devicectl's table has no UDID, the others nothing else
    return is(device.udid, chosen_->udid) || is(device.identifier, chosen_->identifier);
  }
  return is(options_.device, device.udid) || is(options_.device, device.identifier) || is(options_.device, device.name);
}

// The device that is meant: the one that is named, or the only one there is.
void Preflight::choose(const char* source, const std::vector<ListedDevice>& devices) {
  if (options_.device.empty()) {
    if (devices.empty()) return add(Status::device_offline, source, "");
    if (devices.size() > 1)
      return unknown(source, fmt::format("{} devices are listed and none was named.", devices.size()));
    chosen_ = devices.front();
    return;
  }
  const auto wanted = [&](const ListedDevice& device) { return is_wanted(device); };
  if (std::count_if(devices.begin(), devices.end(), wanted) > 1) return unknown(source, "The device is listed twice.");
  const auto it = std::find_if(devices.begin(), devices.end(), wanted);
  if (it == devices.end()) return add(Status::device_offline, source, "");
  chosen_ = *it;
}

void Preflight::reach(const char* source, const ListedDevice& device) {
  switch (device.reach) {
    case Reach::reachable: break;
    case Reach::no_support: add(Status::device_support_missing, source, device.said); break;
    case Reach::unpaired: add(Status::not_paired, source, device.said); break;
    case Reach::offline: add(Status::device_offline, source, device.said); break;
    case Reach::unknown:
      if (device.problem.empty()) unknown(source, fmt::format("The device's state is \"{}\".", quote(device.said)));
      break;
  }
}

void Preflight::listed(const char* source, const ListedDevice& device, bool is_placeholder) {
  if (!device.problem.empty() && !classified(device.problem, source, false)) {
    unknown(source, fmt::format("The device cannot be used: {}", quote(device.problem)));
  }
  if (is_placeholder) return;
  reach(source, device);
  if (device.paired && !*device.paired && device.reach != Reach::unpaired) add(Status::not_paired, source, device.said);
  if (device.developer_mode) {
    if (!*device.developer_mode) add(Status::developer_mode_off, source, "");
    developer_mode_ = developer_mode_ || *device.developer_mode;
  }
}

void Preflight::list(const char* source, const std::optional<std::string>& text, Reader read, bool& good) {
  if (!text) return;
  std::vector<ListedDevice> devices;
  try {
    devices = read(*text, source);
  } catch (const Error& error) {
    if (!classified(*text, source) && !classified(error.what(), source, false)) unknown(source, quote(error.what()));
    return;
  }
  std::vector<ListedDevice> real;
  for (const ListedDevice& device : devices) {
    if (device.identifier == "placeholder") {
      listed(source, device, true);
    } else {
      real.push_back(device);
    }
  }
  sources_[source] = real.size();
  if (!chosen_) choose(source, real);
  if (!chosen_) return;
  std::size_t seen = 0;
  for (const ListedDevice& device : real) {
    if (!is_wanted(device)) continue;
    ++seen;
    if (chosen_->udid.empty()) chosen_->udid = device.udid;
    if (chosen_->identifier.empty()) chosen_->identifier = device.identifier;
    listed(source, device, false);
    good = good || device.reach == Reach::reachable;
  }
  if (seen == 0) add(Status::device_offline, source, "");
  if (seen > 1) unknown(source, "The device is listed twice.");
}

void Preflight::lock(const std::optional<std::string>& text) {
  if (!text) return;
  constexpr const char* kSource = "lock_state";
  try {
    const LockState state = read_lock_state(*text, kSource);
    const bool other = chosen_ && !chosen_->identifier.empty() && !state.identifier.empty() &&
                       state.identifier != chosen_->identifier && state.identifier != chosen_->udid;
    if (other) return unknown(kSource, "The lock state is that of another device.");
    if (state.locked) return add(Status::blocked_device_locked, kSource, "");
    unlocked_ = true;
  } catch (const Error& error) {
    if (!classified(*text, kSource) && !classified(error.what(), kSource, false)) unknown(kSource, quote(error.what()));
  }
}

void Preflight::launch(const std::optional<std::string>& text) {
  if (!text) return;
  constexpr const char* kSource = "launch";
  const bool bad = classified(*text, kSource);
  bool error = false;
  std::string_view rest = *text;
  while (!rest.empty()) {
    const std::string_view line = trim(next_line(rest));
    launched_ = launched_ || (line.starts_with("Launched application with ") && line.ends_with(" bundle identifier."));
    error = error || line.starts_with("ERROR:") || line.find("failed to launch") != std::string_view::npos;
  }
  if (bad) return;
  if (error) return unknown(kSource, "The launch probe failed for a reason that is not known.");
  if (!launched_) unknown(kSource, "The launch probe does not say that it launched the application.");
}

void Preflight::disk(const std::optional<std::uint64_t>& free_bytes) {
  if (!free_bytes) return;
  disk_ = *free_bytes >= options_.min_free_bytes;
  if (disk_) return;
  Finding low = finding_of(Status::disk_low);
  low.explanation = fmt::format("{} bytes are free, fewer than {}.", *free_bytes, options_.min_free_bytes);
  low.file = "free_bytes";
  add(Status::disk_low, std::move(low));
}

// Silence is not consent: what no source says is missing.
void Preflight::require_evidence() {
  if (!in_list_) unknown("devices", "No device list shows the device as reachable.");
  if (!unlocked_ && !launched_) unknown("lock_state", "Nothing shows that the device is unlocked.");
  if (!developer_mode_ && !eligible_ && !launched_) unknown("devices", "Nothing shows that Developer Mode is on.");
  if (!disk_) unknown("free_bytes", "There is no figure of the free disk space.");
}

Verdict Preflight::judge(const PreflightOutputs& outputs) {
  list("devices_json", outputs.devices_json, &read_devices_json, in_list_);
  list("devices_text", outputs.devices_text, &read_devices_table, in_list_);
  list("destinations", outputs.destinations, &read_destinations, eligible_);
  list("xctrace", outputs.xctrace, &read_xctrace_devices, online_);
  lock(outputs.lock_state);
  launch(outputs.launch);
  disk(outputs.free_bytes);
  if (problems_.empty()) require_evidence();

  Verdict verdict;
  verdict.analyser = "preflight";
  verdict.facts = {{"devices_listed", std::move(sources_)},
                   {"device_reachable", in_list_},
                   {"unlocked", unlocked_},
                   {"launched", launched_},
                   {"developer_mode", developer_mode_},
                   {"eligible_destination", eligible_},
                   {"online_for_instruments", online_}};
  if (outputs.free_bytes) verdict.facts["free_bytes"] = *outputs.free_bytes;
  verdict.facts["min_free_bytes"] = options_.min_free_bytes;
  const auto rank = [](Status status) { return std::find(kPrecedence.begin(), kPrecedence.end(), status); };
  std::stable_sort(problems_.begin(), problems_.end(),
                   [&](const Problem& a, const Problem& b) { return rank(a.status) < rank(b.status); });
  for (Problem& problem : problems_) verdict.findings.push_back(std::move(problem.finding));
  if (problems_.empty()) {
    verdict.conclude(Status::ready, "The device is listed, paired and unlocked, and there is room on the disk.");
  } else {
    verdict.conclude(problems_.front().status, verdict.findings.front().explanation);
  }
  return verdict;
}

}  // namespace

Verdict analyse_preflight(const PreflightOutputs& outputs, const PreflightOptions& options) {
  return Preflight(options).judge(outputs);
}

Verdict analyse_preflight_files(const PreflightFiles& files, const PreflightOptions& options) {
  const auto read = [](const std::string& path) -> std::optional<std::string> {
    constexpr std::size_t kMostBytes = std::size_t{16} << 20;
    if (path.empty()) return std::nullopt;
    return base::read_text(path, kMostBytes);
  };
  PreflightOutputs outputs{read(files.devices_json), read(files.devices_text), read(files.lock_state),
                           read(files.destinations), read(files.xctrace),      read(files.launch),
                           files.free_bytes};
  return analyse_preflight(outputs, options);
}

}  // namespace seben::evidence
