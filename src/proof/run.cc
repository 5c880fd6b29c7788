// SPDX-License-Identifier: Apache-2.0
#include "proof/run.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>

#include "audio/decoder.h"
#include "audio/windows.h"
#include "base/file.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "bundle/ranker.h"
#include "convert/encoder.h"
#include "deploy/export.h"
#include "deploy/reference.h"
#include "frontend/log_mel.h"
#include "pipeline/recogniser.h"
#include "pipeline/stopwatch.h"
#include "proof/steps.h"
#include "proof/subject.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
constexpr std::size_t kMostText = std::size_t{16} << 20;
constexpr std::string_view kFixtureMel = "reference/mel.npy", kFixtureAudio = "reference/audio.npy";

std::vector<float> first_window(const std::string& path) {
  audio::AudioDecoder decoder = audio::AudioDecoder::open(path);
  std::vector<float> samples(audio::kWindowSamples);
  if (decoder.read(samples) == 0) throw Error(ErrorCategory::bad_data, path, "sound", "none");
  return samples;  // zeros after the end of the recording
}

std::vector<float> log_mel(const std::vector<float>& samples, const whisper::EncoderConfig& config) {
  const frontend::LogMel mel(static_cast<int>(config.n_mels));
  std::vector<float> whole(static_cast<std::size_t>(config.n_mels * frontend::kFrames));
  mel.compute(samples, whole);
  const std::int64_t frames = std::min<std::int64_t>(config.mel_frames(), frontend::kFrames);
  if (frames == frontend::kFrames) return whole;
  std::vector<float> cut;  // encoders for shorter windows
  for (std::int64_t m = 0; m < config.n_mels; ++m) {
    const auto row = whole.begin() + m * frontend::kFrames;
    cut.insert(cut.end(), row, row + frames);
  }
  return cut;
}

class Prover {
 public:
  explicit Prover(const RunOptions& options)
      : options_(options), source_(deploy::Source::open(options.bundle)), folder_(options.out) {
    if (source_.bundle() == nullptr) throw Error(ErrorCategory::usage, options.bundle, "a bundle", "a checkpoint");
    pipeline::require_encoder(*source_.bundle());
    source_.bundle()->require_head("a proof");
  }

  Proof run() {
    choose();
    Ready ready = preflight();
    begin();
    try {
      work(ready);
    } catch (const base::Interrupted& interrupted) {
      mark(fmt::format("interrupted by signal {} in step {}", interrupted.signal(), step_));
      throw;
    } catch (const std::exception& error) {
      mark(fmt::format("step {} failed: {}", step_, error.what()));
      throw;
    }
    Proof proof = finish();
    std::error_code ignored;
    fs::remove(fs::path(folder_) / kUnfinishedName, ignored);
    return proof;
  }

 private:
  using Paths = std::vector<std::string>;

  [[nodiscard]] bool native() const { return options_.target == Target::native; }
  [[nodiscard]] std::string at(std::string_view path) const { return (fs::path(folder_) / path).string(); }
  [[nodiscard]] const whisper::EncoderConfig& config() const { return source_.encoder().config; }

  void choose() {
    const bundle::Bundle& bundle = *source_.bundle();
    gates_text_ = options_.gates.empty() ? std::string(builtin_gates_text())
                                         : base::read_text(options_.gates, std::size_t{1} << 18);
    const ProofGates gates = parse_gates(gates_text_, options_.gates.empty() ? "built-in gates" : options_.gates);
    least_free_ = options_.min_free.value_or(static_cast<std::uint64_t>(gates.min_free_bytes.value));
    request_.target = options_.target;
    request_.modes = options_.modes;
    if (native()) {
      if (!options_.packages.empty() || !options_.runner.empty()) {
        throw Error(ErrorCategory::usage, "--packages, --runner", "--target package", "--target native");
      }
      for (const kernels::Precision p : {kernels::Precision::f32, kernels::Precision::bf16, kernels::Precision::int8}) {
        if (options_.modes.empty() && bundle.admits(p)) request_.modes.emplace_back(kernels::to_string(p));
      }
    } else if (!options_.packages.empty()) {
      request_.modes = {precision_of_plan(options_.packages)};
    } else if (options_.modes.empty()) {
      request_.modes = {"fp32", "fp16"};
    }
    for (const std::string& mode : request_.modes) {
      if (native()) static_cast<void>(pipeline::choose_precision(bundle, {mode == "auto" ? "?" : mode}));
      if (!native() && options_.packages.empty() && mode != "fp32" && mode != "fp16") {
        throw Error(ErrorCategory::usage, "--modes", "fp32 or fp16 for packages that are exported", mode);
      }
      static_cast<void>(gates.at(mode));
    }
    const std::string words = !options_.packages.empty() ? stages_of_plan(options_.packages)
                              : options_.stages.empty()  ? (native() ? "single" : "device-safe")
                                                         : options_.stages;
    stages_ = words == "single"        ? whisper::single_stages(config())
              : words == "device-safe" ? convert::device_safe_stages(config())
                                       : whisper::parse_stages(words, config());
    for (const whisper::Stage& stage : stages_) request_.stages.push_back(whisper::to_string(stage));
    request_.model = bundle.manifest().name;
    request_.bundle_digest = bundle.digest();
    request_.audio = fs::path(options_.audio).filename().string();
    request_.runner = native() ? "" : options_.runner.empty() ? "interpreter" : options_.runner;
    request_.threads = options_.threads;
    request_.repetitions = options_.repetitions;
    request_.gates_digest = base::sha256_hex(gates_text_);
    request_.tool = "seben " SEBEN_VERSION;
    request_.program_digest = program_digest();
    total_ = 4.0 + static_cast<double>(request_.modes.size()) *
                       static_cast<double>(stages_.size() + 3 + static_cast<std::size_t>(request_.repetitions));
  }

  // Before anything is written.
  Ready preflight() {
    guard_disk(folder_, least_free_);
    const bundle::Bundle& bundle = *source_.bundle();
    Ready ready{{}, free_bytes(folder_), least_free_};
    const auto add = [&](const char* name, std::string needed, std::string found) {
      ready.checks.push_back({name, std::move(needed), std::move(found)});
    };
    add("disk", fmt::format("{} bytes free", least_free_), fmt::format("{} bytes", ready.free));
    bundle::verify_digests(bundle, [this](std::uint64_t, std::uint64_t) { base::throw_if_interrupted(); });
    if (!bundle::load_ranker(bundle)) {
      throw Error(ErrorCategory::incomplete, bundle.folder() + ": ranker", "one: its decision is part of the proof",
                  "none (seben rank fit makes one)");
    }
    add("bundle", "every listed file with its digest, a ranker of this head",
        fmt::format("{} files, bundle {}", bundle.manifest().files.size(), bundle.digest()));
    const bool skewed = bundle.require_features(bundle.provided(kernels::Precision::f32), bundle.folder());
    add("contract", "features that the head requires", skewed ? "held by a skew record" : "equal, field by field");
    const std::vector<float> samples = first_window(options_.audio);
    request_.audio_digest = base::sha256_file(options_.audio);
    add("recording", fmt::format("sound, to be {} samples", audio::kWindowSamples), request_.audio_digest);
    add("modes", "admitted by the bundle's record", fmt::format("{}", fmt::join(request_.modes, ", ")));
    return ready;
  }

  // The folder is new, empty, or of the same request.
  void begin() {
    std::error_code error;
    fs::create_directories(folder_, error);
    if (error) throw Error(ErrorCategory::io, folder_, "a folder that can be made", error.message());
    const std::string existing = at("request.json");
    if (fs::exists(existing)) {
      const Request before = parse_request(base::read_text(existing, kMostText), existing);
      Request now = request_;
      now.plans = before.plans;
      if (to_text(before) != to_text(now)) {
        throw Error(ErrorCategory::usage, folder_, "a new folder, or the folder of the same request",
                    "the proof of another one");
      }
    } else if (!fs::is_empty(folder_) && !fs::exists(at(kUnfinishedName))) {
      throw Error(ErrorCategory::usage, folder_, "a new or empty folder, or a proof", "other files");
    }
    mark("begun " + utc_now());
    for (const std::string_view name : {kSummaryName, kManifestName}) fs::remove(at(name), error);
  }

  void mark(const std::string& state) const { base::write_text(at(kUnfinishedName), state + "\n"); }

  Receipt step(const std::string& name, std::map<std::string, std::string> inputs, const std::function<Paths()>& work) {
    step_ = name;
    guard_disk(folder_, least_free_);
    inputs.merge(step_inputs(request_, name));
    bool reused = false;
    Receipt receipt = run_step(folder_, name, inputs, work, reused);
    if (options_.on_step) options_.on_step(name, reused);
    base::throw_if_interrupted();
    return receipt;
  }

  void advance(const std::string& what) {
    base::throw_if_interrupted();
    if (options_.progress) options_.progress(what, done_, total_);
    done_ = std::min(done_ + 1.0, total_);
  }

  void work(const Ready& ready) {
    step_ = "preflight";
    if (!native()) make_packages();
    base::write_text(at("request.json"), to_text(request_));
    base::write_text(at("gates.json"), gates_text_);
    base::write_text(at("preflight.json"), preflight_text(ready.checks, ready.free, ready.least));
    base::write_text(at("environment.json"), environment_text(environment()));
    const std::string bundle = digest_of(step("bundle", {}, [&] {
      Paths paths;
      for (const std::string& part : copy_bundle_parts(options_.bundle, at("bundle")))
        paths.push_back("bundle/" + part);
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
      const Receipt receipt = step("packages-" + mode, {}, [&] {
        std::error_code error;
        fs::remove_all(at(folder), error);
        if (options_.packages.empty()) {
          deploy::ExportOptions style;
          style.parts = {deploy::Part::stages, deploy::Part::head};
          style.stages = stages_;
          style.style.compute = mode == "fp16" ? mil::DType::fp16 : mil::DType::fp32;
          style.progress = [this](const std::string&, std::uint64_t, std::uint64_t) { base::throw_if_interrupted(); };
          advance("exporting " + mode);
          static_cast<void>(deploy::export_packages(source_, at(folder), style));
        } else {
          const std::string plan = (fs::path(options_.packages) / "plan.json").string();
          base::write_text(place_for(folder_, folder + "/plan.json"), base::read_text(plan, kMostText));
        }
        Paths paths;
        for (const std::string& path : list_files(at(folder))) paths.push_back(folder + "/" + path);
        return paths;
      });
      package_digests_[mode] = digest_of(receipt);
      request_.plans[mode] = base::sha256_file(at(folder + "/plan.json"));
      if (options_.packages.empty()) continue;
      const std::string given = (fs::path(options_.packages) / "plan.json").string();
      if (base::sha256_file(given) != request_.plans[mode]) {
        throw Error(ErrorCategory::usage, folder_, "a new folder, or the packages of the same request", given);
      }
    }
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
    add("reference/logits.npy", logits, logits_shape(logits));
    return paths;
  }

  [[nodiscard]] std::vector<std::int64_t> stream_shape() const { return {config().positions, config().d_model}; }
  [[nodiscard]] std::vector<std::int64_t> logits_shape(const std::vector<float>& logits) const {
    return {static_cast<std::int64_t>(logits.size()) / reader_->classes(), reader_->classes()};
  }

  [[nodiscard]] std::vector<float> subsampled(const std::vector<float>& features) const {
    const std::int64_t n = source_.subsample(), width = config().d_model;
    if (n == 1) return features;
    std::vector<float> kept;
    for (std::int64_t t = 0; t < source_.feature_frames(); ++t) {
      const auto row = features.begin() + t * n * width;
      kept.insert(kept.end(), row, row + width);
    }
    return kept;
  }

  [[nodiscard]] std::unique_ptr<Subject> subject(const std::string& mode) {
    if (native()) {
      return native_subject(source_, stages_, *kernels::parse_precision(mode), options_.threads);
    }
    runner_ = options_.runner.empty() ? deploy::interpreter_runner({options_.threads, true})
                                      : deploy::command_runner(options_.runner);
    const std::string folder = options_.packages.empty() ? at("packages/" + mode) : options_.packages;
    return package_subject(source_, stages_, folder, *runner_);
  }

  Paths run_mode(const std::string& mode) {
    advance("loading " + mode);
    const std::unique_ptr<Subject> subject = this->subject(mode);
    Paths paths;
    const auto place = [&](const std::string& name) { return paths.emplace_back(mode_file(mode, name)); };
    std::vector<float> in = read_tensor(folder_, std::string(kFixtureMel));
    const std::vector<float> mel = in;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      advance(fmt::format("{} stage {}", mode, request_.stages[i]));
      const std::string file = stage_file(i, request_.stages[i]);
      write_tensor(folder_, place(file), subject->stage(i, in), stream_shape());
      in = read_tensor(folder_, "reference/" + file);  // each stage is given the reference's input
    }
    advance(mode + " chain");
    const std::vector<float> features = subject->encoder(mel);
    write_tensor(folder_, place("features.npy"), features, stream_shape());
    const std::vector<float> head = subject->head(subsampled(read_tensor(folder_, "reference/features.npy")));
    write_tensor(folder_, place("head.npy"), head, logits_shape(head));
    std::vector<float> logits = subject->head(subsampled(features));
    write_tensor(folder_, place("logits.npy"), logits, logits_shape(logits));
    const Reading reading = reader_->read(logits);
    base::write_text(place_for(folder_, place("result.json")), to_text(reading));
    base::write_text(place_for(folder_, place("timings.json")), to_text(time(mode, *subject)));
    write_log(mode, reading, place("run.log"));
    return paths;
  }

  void write_log(const std::string& mode, const Reading& reading, const std::string& path) const {
    const ModeFigures figures = measure_mode(folder_, request_, mode);
    const ProofGates gates = parse_gates(gates_text_, "gates.json");
    const std::vector<GateResult> results = judge_mode(mode, figures, reading, gates);
    base::write_text(at(path), compose_log(request_, mode, figures, reading, results, utc_now()));
  }

  Timings time(const std::string& mode, Subject& subject) {
    const std::vector<float> samples = read_tensor(folder_, std::string(kFixtureAudio));
    Timings timings;
    for (const char* name : {"mel", "encoder", "head", "decode", "correct", "total"})
      timings.phases.push_back({name, {}});
    for (std::int64_t i = 0; i < request_.repetitions; ++i) {
      advance(fmt::format("{} timing {} of {}", mode, i + 1, request_.repetitions));
      std::vector<float> mel, features, logits;
      Reading reading;
      std::size_t phase = 0;
      double total = 0.0;
      const auto timed = [&](const auto& work) {
        double seconds = 0.0;
        {
          const pipeline::Stopwatch watch(seconds);
          work();
        }
        timings.phases[phase++].seconds.push_back(seconds);
        total += seconds;
      };
      timed([&] { mel = log_mel(samples, config()); });
      timed([&] { features = subject.encoder(mel); });
      timed([&] { logits = subject.head(subsampled(features)); });
      timed([&] { reading = reader_->decode(logits); });
      timed([&] { reader_->correct(logits, reading); });
      timings.phases[phase].seconds.push_back(total);
    }
    return timings;
  }

  Proof finish() {
    step_ = "conclusions";
    advance("conclusions");
    std::vector<ProofFile> files;
    for (const std::string& path : list_files(folder_)) files.push_back(measure(folder_, path));
    Proof proof = derive(folder_, files);
    base::write_text(at(kManifestName), manifest_text(files));
    base::write_text(at(kSummaryName), to_text(proof));
    return proof;
  }

  const RunOptions& options_;
  deploy::Source source_;
  std::string folder_;
  std::string gates_text_;
  std::uint64_t least_free_ = 0;
  Request request_;
  std::vector<whisper::Stage> stages_;
  std::optional<Reader> reader_;
  std::unique_ptr<deploy::Runner> runner_;
  std::map<std::string, std::string> package_digests_;
  std::string step_ = "preflight";
  double done_ = 0.0, total_ = 1.0;
};

}  // namespace

Proof run(const RunOptions& options) { return Prover(options).run(); }

}  // namespace seben::proof
