// SPDX-License-Identifier: Apache-2.0
#include "evidence/device_folder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <filesystem>
#include <tuple>
#include <utility>

#include "base/file.h"
#include "base/sha256.h"
#include "evidence/compute_plan.h"
#include "evidence/device_listing.h"
#include "evidence/preflight.h"
#include "evidence/text.h"
#include "evidence/trace.h"
#include "seben/error.h"

namespace seben::evidence {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostText = std::size_t{16} << 20;
constexpr std::string_view kChain = "proof/chain.json", kPlan = "proof/plan.json", kFixtures = "proof/fixtures.json",
                           kLog = "run.log", kFree = "free-bytes.txt";

bool close(double a, double b) { return std::abs(a - b) <= 1e-6 * std::max(std::abs(a), std::abs(b)); }

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

class DeviceFolder {
 public:
  DeviceFolder(const std::string& folder, const DeviceOptions& options)
      : folder_(folder), options_(options), listing_(list_device_files(folder)) {
    out_.whole.analyser = "evidence";
    out_.whole.findings = std::move(listing_.findings);
  }

  DeviceEvidence run() {
    read();
    if (out_.run) out_.preflight = preflight();
    if (listing_.has(std::string(kLog))) out_.log = log();
    if (out_.run && out_.run->traced) out_.trace = trace();
    plans();
    agree();
    settle();
    return std::move(out_);
  }

 private:
  [[nodiscard]] std::string at(const std::string& path) const { return (fs::path(folder_) / path).string(); }
  void add(const char* kind, std::string_view file, std::string explanation) {
    out_.whole.findings.push_back(device_finding(kind, std::string(file), std::move(explanation)));
  }

  // A text of the folder, handed to `work`; what is missing or refused becomes a finding.
  template <class Work>
  void use(std::string_view path, Work work) {
    const std::string file(path);
    if (!listing_.has(file)) {
      if (file != kRunName) add("evidence.missing", path, fmt::format("{} is missing.", path));
      return;
    }
    try {
      work(base::read_text(at(file), kMostText));
    } catch (const Error& error) {
      add("evidence.invalid", path, quote(error.what()));
    }
  }

  void read() {
    use(kRunName, [&](const std::string& text) { out_.run = parse_device_run(text, std::string(kRunName)); });
    use(kPlan, [&](const std::string& text) { out_.plan_digest = base::sha256_hex(text); });
    use(kChain, [&](const std::string& text) {
      out_.chain = parse_device_chain(text, "chain.json");
      chain_digest_ = base::sha256_hex(text);
    });
    use(kFixtures, [&](const std::string& text) { out_.encoder_digest = fixtures_encoder(text, "fixtures.json"); });
    use(kFree, [&](const std::string& text) { free_ = free_bytes(text); });
    if (!listing_.has(std::string(kLog))) add("evidence.missing", kLog, "run.log is missing.");
    const std::vector<std::string> details = below("device/", "details.json");
    if (details.size() != 1) {
      const char* kind = details.empty() ? "evidence.missing" : "evidence.contradiction";
      return add(kind, "details.json", fmt::format("There are {} files details.json, not one.", details.size()));
    }
    use(details.front(), [&](const std::string& text) { out_.details = parse_device_details(text, "details.json"); });
  }

  static std::uint64_t free_bytes(std::string_view text) {
    const std::string_view digits = trim(text);
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error == std::errc() && end == digits.data() + digits.size()) return value;
    throw Error(ErrorCategory::bad_data, std::string(kFree), "a number of bytes", quote(text));
  }

  /// Files of that name in a folder or below it.
  [[nodiscard]] std::vector<std::string> below(std::string_view folder, std::string_view name) const {
    std::vector<std::string> found;
    for (const std::string& path : listing_.files) {
      if (path.starts_with(folder) && base_name(path) == name) found.push_back(path);
    }
    return found;
  }

  // An empty table says nothing, since the tool writes it to another place as well.
  void take(std::optional<std::string>& into, const std::string& path, bool may_be_empty = false) {
    if (!listing_.has(path)) return;
    use(path, [&](std::string text) {
      if (!may_be_empty || !trim(text).empty()) into = std::move(text);
    });
  }

  std::optional<Verdict> preflight() {
    if (out_.run->on_mac()) return std::nullopt;
    PreflightOutputs outputs;
    take(outputs.devices_json, "preflight/devices.json");
    take(outputs.devices_text, "preflight/devices.txt", true);
    take(outputs.lock_state, "preflight/lock-state.json");
    take(outputs.xctrace, "preflight/xctrace.txt");
    take(outputs.destinations, "preflight/destinations.txt");
    outputs.free_bytes = free_;
    return analyse_preflight(outputs, {out_.run->device, options_.min_free_bytes});
  }

  Verdict log() {
    RuntimeLogOptions options = options_.log;
    options.marker.run.clear();
    if (out_.run) {
      options.marker.run = out_.run->run;
      options.marker.min_modes = out_.run->compute_units.size();
    }
    options.marker.model_digest = out_.plan_digest;
    options.marker.fixture_digest = chain_digest_;
    options.marker.stages.clear();
    if (out_.chain) apply(*out_.chain, options.marker);
    const base::MappedFile file = base::MappedFile::open(at(std::string(kLog)));
    read_marker(file.text());
    return analyse_runtime_log(file.text(), std::string(kLog), options);
  }

  // Rounding is a share of what is rounded: bounds of a mean square of 1 grow with that of the expected output.
  void apply(const DeviceChain& chain, MarkerThresholds& bounds) const {
    double largest = 1.0;
    for (const ChainPart& part : chain.stages) {
      bounds.stages.push_back(part.name);
      largest = std::max(largest, part.mean_square.value_or(1.0));
    }
    if (!options_.bounds_of_mean_square_1) return;
    bounds.max_stage_mse *= largest;
    bounds.max_encoder_mse *= std::max(1.0, chain.stages.back().mean_square.value_or(1.0));
    bounds.max_head_mse *= std::max(1.0, chain.head.mean_square.value_or(1.0));
  }

  // What the analyser then judges; here for its figures, and the number of the process.
  void read_marker(std::string_view log) {
    while (!log.empty()) {
      std::string_view line = trim(next_line(log));
      if (take_word(line, kMarkerWord)) {
        try {
          out_.marker = parse_marker(line, "marker");
          marker_line_ = line;
        } catch (const Error&) {  // a finding of the log
          continue;
        }
      } else if (take_word(line, "SEBEN_PROCESS")) {
        if (const auto pid = take_number(line)) pid_ = static_cast<std::int64_t>(*pid);
      }
    }
  }

  static bool take_word(std::string_view& line, std::string_view word) {
    return line.starts_with(word) && evidence::take(line, word) && evidence::take(line, " ");
  }

  Verdict trace() {
    std::vector<std::string> paths;
    for (const std::string& path : listing_.files) {
      if (!path.starts_with("trace/") || !path.ends_with(".xml")) continue;
      out_.traces.push_back(path);
      paths.push_back(at(path));
    }
    TraceOptions options;
    options.process = out_.run->process;
    options.pid = pid_;
    return analyse_trace_files(paths, options);
  }

  // plan.<units>.<package>.json; a harness writes one for every package and request, or, on old systems, none at all.
  void plans() {
    for (const std::string& path : listing_.files) {
      const std::string name = base_name(path);
      if (!path.starts_with("device/") || !name.starts_with("plan.") || !name.ends_with(".json")) continue;
      const std::size_t dot = name.find('.', 5);
      const std::string units = name.substr(5, dot - 5);
      const std::size_t begin = std::min(dot + 1, name.size() - 5);
      const std::string package = name.substr(begin, name.size() - 5 - begin) + ".mlpackage";
      out_.plans.push_back({path, package, units, analyse_compute_plan_file(at(path))});
      const nlohmann::ordered_json& facts = out_.plans.back().verdict.facts;
      const bool same = !out_.plans.back().verdict.passed || facts.value("compute_units", "") == units;
      if (!same || !is_of_chain(package) || !is_asked_for(units)) {
        add("evidence.contradiction", name, fmt::format("{} is of another package or request.", quote(name)));
      }
    }
    if (out_.plans.empty() || !out_.chain || !out_.run) return;
    const std::size_t all = (out_.chain->stages.size() + 1) * out_.run->compute_units.size();
    if (out_.plans.size() != all) {
      add("evidence.missing", "plan.json", fmt::format("{} of {} compute plans are there.", out_.plans.size(), all));
    }
  }

  [[nodiscard]] bool is_of_chain(const std::string& package) const {
    return !out_.chain || out_.chain->head.package == package ||
           std::ranges::find(out_.chain->stages, package, &ChainPart::package) != out_.chain->stages.end();
  }
  [[nodiscard]] bool is_asked_for(const std::string& units) const {
    return !out_.run || std::ranges::find(out_.run->compute_units, units) != out_.run->compute_units.end();
  }

  // The files were written by one run of one harness.
  void agree() {
    const auto same = [&](bool holds, std::string_view file, const char* explanation) {
      if (!holds) add("evidence.contradiction", file, explanation);
    };
    const auto& [run, chain, details, marker] = std::tie(out_.run, out_.chain, out_.details, out_.marker);
    if (run && run->xcodebuild_exit != 0) {
      add("evidence.run_failed", kRunName, fmt::format("xcodebuild ended with {}.", run->xcodebuild_exit));
    }
    if (run) same(run->plan_digest == out_.plan_digest, kRunName, "run.json names another plan than proof/plan.json.");
    const auto is_table = [](const std::string& path) { return path.starts_with("trace/"); };
    if (run) {
      same(run->traced || std::ranges::none_of(listing_.files, is_table), kRunName,
           "run.json says that nothing was recorded, and a trace is there.");
    }
    if (chain) same(chain->plan_digest == out_.plan_digest, kChain, "chain.json names another plan than plan.json.");
    if (chain && details) {
      same(details->model == chain->model && details->precision == chain->precision &&
               details->expected_text == chain->text,
           "details.json", "details.json is about other fixtures than chain.json.");
    }
    if (run && details) {
      same(details->run == run->run, "details.json", "details.json is of another run.");
      same(std::ranges::equal(details->modes, run->compute_units, {}, &DeviceMode::compute_units), "details.json",
           "details.json has other compute units than were asked for.");
    }
    if (run && marker) {
      same(std::ranges::equal(marker->modes, run->compute_units, {}, &ModeParity::compute_units), kLog,
           "The marker has other compute units than were asked for.");
    }
    if (details && marker) agree(*details, *marker);
    for (const std::string& path : below("device/", "marker.txt")) {
      use(path, [&](const std::string& text) {
        same(trim(text) == std::string(kMarkerWord) + " " + marker_line_, path, "marker.txt is not the log's marker.");
      });
    }
  }

  void agree(const DeviceDetails& details, const ProofMarker& marker) {
    double encoder = 0.0, head = 0.0;
    bool text = false;
    for (const DeviceMode& mode : details.modes) {
      encoder = std::max(encoder, mode.encoder_mse);
      head = std::max(head, mode.head_mse);
      text = text || mode.text == marker.text;
    }
    if (!text || !close(encoder, marker.encoder_mse) || !close(head, marker.head_mse)) {
      add("evidence.contradiction", "details.json", "details.json has other figures or texts than the marker.");
    }
  }

  void settle() {
    Verdict& whole = out_.whole;
    whole.facts = {{"files", listing_.files.size()}, {"listed", listing_.listed}, {"left_out", listing_.left_out}};
    if (out_.run) {
      whole.facts["run"] = quote(out_.run->run);
      whole.facts["device"] = out_.run->on_mac() ? "mac" : "device";  // its number is nobody's business
      whole.facts["process"] = quote(out_.run->process);
      whole.facts["compute_units"] = out_.run->compute_units;
      whole.facts["started"] = quote(out_.run->started);
      whole.facts["ended"] = quote(out_.run->ended);
      whole.facts["xcodebuild_exit"] = out_.run->xcodebuild_exit;
    }
    whole.facts["plan_sha256"] = out_.plan_digest;
    whole.facts["fixtures_sha256"] = chain_digest_;
    conclude_whole();
  }

  // The first in this order is the status, and its finding the reason.
  void conclude_whole() {
    constexpr std::pair<std::string_view, Status> kOrder[] = {
        {"evidence.interrupted", Status::run_interrupted}, {"evidence.missing", Status::evidence_incomplete},
        {"evidence.altered", Status::evidence_altered},    {"evidence.invalid", Status::evidence_incomplete},
        {"evidence.run_failed", Status::run_failed},       {"evidence.contradiction", Status::evidence_contradicts}};
    for (const auto& [kind, status] : kOrder) {
      const std::vector<Finding>& all = out_.whole.findings;
      const auto first = std::ranges::find(all, kind, &Finding::kind);
      if (first == all.end()) continue;
      return out_.whole.conclude(status, all.size() == 1
                                             ? first->explanation
                                             : fmt::format("{} (and {} more)", first->explanation, all.size() - 1));
    }
    out_.whole.conclude(Status::evidence_whole, "Every file is there as it was collected, and none contradicts.");
  }

  const std::string& folder_;
  const DeviceOptions& options_;
  DeviceListing listing_;
  DeviceEvidence out_;
  std::string chain_digest_, marker_line_;
  std::optional<std::uint64_t> free_;
  std::int64_t pid_ = 0;
};

// In the order in which they are looked at.
std::vector<const Verdict*> verdicts(const DeviceEvidence& evidence) {
  std::vector<const Verdict*> all{&evidence.whole};
  for (const auto* one : {&evidence.preflight, &evidence.log, &evidence.trace}) {
    if (*one) all.push_back(&**one);
  }
  for (const JudgedPlan& plan : evidence.plans) all.push_back(&plan.verdict);
  return all;
}

}  // namespace

bool DeviceEvidence::passed() const {
  const bool needed =
      run && chain && details && marker && log && (preflight || run->on_mac()) && (trace || !run->traced);
  return needed && std::ranges::all_of(verdicts(*this), [](const Verdict* v) { return v->passed; });
}

DeviceEvidence read_device_evidence(const std::string& folder, const DeviceOptions& options) {
  return DeviceFolder(folder, options).run();
}

Verdict conclude(const DeviceEvidence& evidence) {
  Verdict all = evidence.whole;
  const auto put = [&](const char* key, const std::optional<Verdict>& verdict) {
    if (verdict) all.facts[key] = to_json(*verdict);
  };
  put("preflight", evidence.preflight);
  put("runtime_log", evidence.log);
  put("trace", evidence.trace);
  for (const JudgedPlan& plan : evidence.plans)
    all.facts["compute_plans"][base_name(plan.file)] = to_json(plan.verdict);
  for (const Verdict* verdict : verdicts(evidence)) {
    if (verdict->passed) continue;
    all.conclude(verdict->status, verdict == &evidence.whole
                                      ? verdict->reason
                                      : fmt::format("{}: {}", verdict->analyser, verdict->reason));
    return all;
  }
  if (!evidence.passed()) {
    all.conclude(Status::evidence_incomplete, "A part of the evidence is missing.");
  } else {
    all.conclude(Status::evidence_whole, "The evidence is whole, and every analyser passes it.");
  }
  return all;
}

}  // namespace seben::evidence
