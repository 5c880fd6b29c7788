// SPDX-License-Identifier: Apache-2.0
#include "proofs/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "engine/recogniser.h"
#include "export/export.h"
#include "export/package_subject.h"
#include "export/reference.h"
#include "proofs/fixture.h"
#include "proofs/folder_lock.h"
#include "proofs/mode_run.h"
#include "proofs/prepare.h"
#include "proofs/steps.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostRunText = std::size_t{16} << 20;

class Prover {
 public:
  explicit Prover(const RunOptions& options)
      : options_(options), source_(deploy::Source::open(options.bundle)), folder_(options.out) {
    if (source_.bundle() == nullptr) throw Error(ErrorCategory::usage, options.bundle, "a bundle", "a checkpoint");
    pipeline::require_encoder(*source_.bundle());
  }

  Proof run() {
    Prepared prepared = prepare(source_, options_);
    ready_ = std::move(prepared.ready);
    stages_ = std::move(prepared.stages);
    gates_text_ = std::move(prepared.gates_text);
    request_ = std::move(prepared.request);
    const double parts_of_mode = static_cast<double>(stages_.size()) + 2.0 + static_cast<double>(request_.repetitions);
    total_ = 4.0 + static_cast<double>(request_.modes.size()) * parts_of_mode;
    const base::MustTidyUp until_marked;
    begin();
    try {
      work();
    } catch (const base::Interrupted& interrupted) {
      mark(fmt::format("interrupted by signal {} in step {}", interrupted.signal(), step_));
      throw;
    } catch (const std::exception& error) {
      mark(fmt::format("step {} failed: {}", step_, error.what()));
      throw;
    }
    Proof proof = finish();
    remove_whole(at(kUnfinishedName));
    proof.computed = all_new_;  // what an earlier process left is compared by digests, not computed
    return proof;
  }

 private:
  using Paths = std::vector<std::string>;

  [[nodiscard]] bool native() const { return options_.target == Target::native; }
  [[nodiscard]] std::string at(std::string_view path) const { return (fs::path(folder_) / path).string(); }
  [[nodiscard]] const whisper::EncoderConfig& config() const { return source_.encoder().config; }

  // The folder is new, empty, or of the same request.
  void begin() {
    if (!options_.packages.empty() && lies_within(options_.packages, folder_)) {
      throw Error(ErrorCategory::usage, options_.packages, "packages outside of the proof", "a folder inside of it");
    }
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw Error(ErrorCategory::io, folder_, "a folder that can be made", error.message());
    lock_.emplace(folder_);
    require_own();
    refuse_links(folder_);
    remove_leftovers(folder_);  // of this request, whose earlier run was killed
    mark("begun " + utc_now());
    for (const std::string_view name : {kSummaryName, kManifestName}) remove_whole(at(name));
  }

  void require_own() const {
    remove_leftovers(folder_, kUnfinishedName);  // killed while it wrote its first file
    std::error_code error;
    const std::string existing = at("request.json");
    if (fs::exists(existing, error)) {
      const Request before = parse_request(base::read_text(existing, kMostRunText), existing);
      Request now = request_;
      now.plans = before.plans;
      if (const std::string field = difference(before, now); !field.empty()) {
        throw Error(ErrorCategory::usage, folder_, "a new folder, or the folder of the same request",
                    "the proof of another one: " + field + " differs");
      }
    } else if (!fs::is_empty(folder_, error) && !fs::exists(at(kUnfinishedName), error)) {
      throw Error(ErrorCategory::usage, folder_, "a new or empty folder, or a proof", "other files");
    }
    if (error) throw Error(ErrorCategory::io, folder_, "a folder that can be read", error.message());
  }

  void write(std::string_view name, const std::string& text) const {
    base::write_text(place_for(folder_, std::string(name)), text);
  }
  void mark(const std::string& state) const { write(kUnfinishedName, state + "\n"); }

  Receipt step(const std::string& name, std::map<std::string, std::string> inputs, const std::function<Paths()>& work) {
    step_ = name;
    guard_disk(folder_, request_.min_free);
    inputs.merge(step_inputs(request_, name));
    bool reused = false;
    Receipt receipt = run_step(folder_, name, inputs, work, reused);
    all_new_ = all_new_ && !reused;
    if (options_.on_step) options_.on_step(name, reused);
    base::throw_if_interrupted();
    return receipt;
  }

  void advance(const std::string& what) {
    base::throw_if_interrupted();
    if (options_.progress) options_.progress(what, done_, total_);
    done_ = std::min(done_ + 1.0, total_);
  }

  void work() {
    step_ = "preflight";
    if (!native()) make_packages();
    write("request.json", to_text(request_));
    write("gates.json", gates_text_);
    write("preflight.json", preflight_text(ready_.checks, ready_.free, ready_.least));
    write("environment.json", environment_text(environment()));
    const std::string bundle = digest_of(step("bundle", {}, [&] {
      Paths paths;
      for (const std::string& part : copy_bundle_parts(options_.bundle, folder_, "bundle/")) paths.push_back(part);
      return paths;
    }));
    reader_.emplace(at("bundle"));
    const std::string fixture = digest_of(step("fixture", {}, [&] { return make_fixture(); }));
    const std::string reference =
        digest_of(step("reference", {{"fixture", fixture}}, [&] { return make_reference(); }));
    for (const std::string& mode : request_.modes) {
      std::map<std::string, std::string> inputs{{"bundle", bundle}, {"fixture", fixture}, {"reference", reference}};
      if (!native()) inputs["packages"] = package_digests_.at(mode);
      static_cast<void>(step("mode-" + mode, inputs, [&] { return run_mode(mode); }));
    }
  }

  void make_packages() {
    for (const std::string& mode : request_.modes) {
      const std::string folder = "packages/" + mode;
      package_digests_[mode] = digest_of(step("packages-" + mode, {}, [&] { return make_packages(mode, folder); }));
      request_.plans[mode] = base::sha256_file(at(folder + "/plan.json"));
      if (options_.packages.empty()) continue;
      const std::string given = (fs::path(options_.packages) / "plan.json").string();
      if (base::sha256_file(given) != request_.plans[mode]) {
        throw Error(ErrorCategory::usage, folder_, "a new folder, or the packages of the same request", given);
      }
    }
  }

  // Exported ones, or the plan alone of those that exist.
  Paths make_packages(const std::string& mode, const std::string& folder) {
    remove_whole(place_for(folder_, folder));
    if (options_.packages.empty()) {
      deploy::ExportOptions conversion;
      conversion.parts = {deploy::Part::stages, deploy::Part::head};
      conversion.stages = stages_;
      conversion.conversion.compute = mode == "fp16" ? mil::DType::fp16 : mil::DType::fp32;
      conversion.progress = [](const std::string&, std::uint64_t, std::uint64_t) { base::throw_if_interrupted(); };
      advance("exporting " + mode);
      static_cast<void>(deploy::export_packages(source_, at(folder), conversion));
    } else {
      const std::string plan = (fs::path(options_.packages) / "plan.json").string();
      base::write_text(place_for(folder_, folder + "/plan.json"), base::read_text(plan, kMostRunText));
    }
    Paths paths;
    for (const std::string& path : list_files(at(folder))) paths.push_back(folder + "/" + path);
    return paths;
  }

  Paths make_fixture() {
    advance("audio fixture");
    const std::vector<float> samples = first_window(options_.audio), mel = log_mel(samples, config());
    write_tensor(folder_, std::string(kFixtureAudio), samples, {static_cast<std::int64_t>(samples.size())});
    write_tensor(folder_, std::string(kFixtureMel), mel, {config().n_mels, config().mel_frames()});
    return {std::string(kFixtureAudio), std::string(kFixtureMel)};
  }

  Paths make_reference() {
    advance("reference");
    deploy::Reference reference(source_, options_.threads);
    Paths paths;
    std::vector<float> stream = read_tensor(folder_, std::string(kFixtureMel));
    const std::vector<float> features = reference.features(stream);
    const auto add = [&](std::string path, const std::vector<float>& values, const std::vector<std::int64_t>& shape) {
      write_tensor(folder_, path, values, shape);
      paths.push_back(std::move(path));
    };
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      base::throw_if_interrupted();
      stream = reference.stage(stages_[i], stream);
      add("reference/" + stage_file(i, request_.stages[i]), stream, stream_shape());
    }
    add("reference/features.npy", features, stream_shape());
    const std::vector<float> logits = reference.logits(reference.subsampled(features));
    add("reference/logits.npy", logits, logits_shape(logits, reader_->classes()));
    return paths;
  }

  [[nodiscard]] std::vector<std::int64_t> stream_shape() const { return {config().positions, config().d_model}; }

  [[nodiscard]] std::unique_ptr<parity::Backend> backend(const std::string& mode) {
    if (native()) {
      return parity::native_backend(source_.parts(), stages_, *kernels::parse_precision(mode), options_.threads);
    }
    runner_ = options_.runner.empty() ? deploy::interpreter_runner({options_.threads, true})
                                      : deploy::command_runner(options_.runner);
    const std::string folder = options_.packages.empty() ? at("packages/" + mode) : options_.packages;
    return deploy::package_backend(source_, stages_, folder, *runner_);
  }

  Paths run_mode(const std::string& mode) {
    advance("loading " + mode);
    const std::unique_ptr<parity::Backend> backend = this->backend(mode);
    const ProofGates gates = parse_gates(gates_text_, "gates.json");
    const ModeRun run{folder_,
                      request_,
                      gates,
                      *reader_,
                      config(),
                      source_.subsample(),
                      source_.feature_frames(),
                      [this](const std::string& what) { advance(what); }};
    return proof::run_mode(run, mode, *backend);
  }

  Proof finish() {
    step_ = "conclusions";
    advance("conclusions");
    return conclude(folder_);
  }

  const RunOptions& options_;
  deploy::Source source_;
  std::string folder_;
  std::string gates_text_;
  Ready ready_;
  Request request_;
  std::vector<whisper::Stage> stages_;
  std::optional<Reader> reader_;
  std::unique_ptr<deploy::Runner> runner_;
  std::map<std::string, std::string> package_digests_;
  std::optional<FolderLock> lock_;
  std::string step_ = "preflight";
  bool all_new_ = true;  ///< no step was found done
  double done_ = 0.0, total_ = 1.0;
};

}  // namespace

Proof run(const RunOptions& options) { return Prover(options).run(); }

}  // namespace seben::proof
