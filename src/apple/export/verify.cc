// SPDX-License-Identifier: Apache-2.0
#include "export/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <map>

#include "base/file.h"
#include "export/decoder_run.h"
#include "export/hidden_layout.h"
#include "export/plan_file.h"
#include "mil/label.h"
#include "mil/operators.h"
#include "package/package.h"
#include "parity/gate.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;
using interpreter::Arrays;

using mil::PackageKind;

// Recognises packages of other tools by their interface.
PackageKind kind_of(const mil::Model& model, const mil::PackageLabel& label, const Source& against) {
  if (!label.kind_word.empty()) return label.kind;
  if (model.interface.inputs.size() == 1 && model.interface.outputs.size() == 1 && against.has_encoder()) {
    const whisper::EncoderConfig& c = against.encoder().config;
    const mil::Shape &in = model.interface.inputs[0].shape, &out = model.interface.outputs[0].shape;
    const bool gives_features = out.empty() || out == mil::Shape{1, c.positions, c.d_model};
    if (in == mil::Shape{1, c.n_mels, c.mel_frames()} && gives_features) return PackageKind::encoder;
  }
  return PackageKind::unknown;
}

struct Loaded {
  std::string path, file;
  PackageKind kind = PackageKind::unknown;
  std::string stage, precision;
  std::string input, output;
  mil::Shape input_shape;
};

Loaded look_at(const std::string& path, const Source& against) {
  const coreml::Package package = coreml::read_package(path);
  const mil::Model& model = package.model;
  static_cast<void>(coreml::verify_weights(package));
  Loaded l;
  l.path = path;
  l.file = fs::path(path).filename().string();
  const mil::PackageLabel label = mil::read_label(model.metadata);
  l.kind = kind_of(model, label, against);
  l.stage = label.stage;
  l.precision = precision_of(model);
  const std::string& digest = label.encoder_digest;
  if (!digest.empty() && against.has_encoder() && digest != against.encoder_digest()) {
    throw Error(ErrorCategory::bad_data, path + ": encoder",
                "the encoder of " + against.folder() + ", " + against.encoder_digest(), digest);
  }
  if (mil::is_decoder(l.kind)) return l;
  if (l.kind == PackageKind::unknown || model.interface.inputs.size() != 1 || model.interface.outputs.size() != 1) {
    throw Error(ErrorCategory::usage, path, "an encoder, a stage of one, a head, or both in one",
                label.kind_word.empty() ? "a package of unknown kind" : label.kind_word);
  }
  l.input = model.interface.inputs[0].name;
  l.output = model.interface.outputs[0].name;
  if (mil::has_head(l.kind)) static_cast<void>(against.head());
  // Of a flexible input's lengths the reference's own is run.
  const mil::Feature& in = model.interface.inputs[0];
  l.input_shape = in.shape;
  if (l.kind == PackageKind::head) l.input_shape = {1, against.feature_frames(), against.head().config.input_dim};
  if (l.kind == PackageKind::encoder)
    l.input_shape = {1, against.encoder().config.n_mels, against.encoder().config.mel_frames()};
  if (in.enumerated.empty() && in.ranges.empty() && in.shape != l.input_shape) {
    throw Error(ErrorCategory::bad_data, path + ": input " + in.name, mil::to_string(l.input_shape),
                mil::to_string(in.shape));
  }
  return l;
}

class Verifier {
 public:
  Verifier(const Source& against, Runner& runner, const VerifyOptions& options)
      : against_(against), runner_(runner), options_(options), reference_(against, options.threads) {
    if (options.audio.empty()) throw Error(ErrorCategory::usage, "--audio", "at least one recording", "none");
    for (const std::string& path : options.audio) clips_.push_back(reference_.clip(path));
  }

  Verification run(const std::string& path) {
    Verification v;
    v.gates = options_.gates.name;
    v.gates_digest = options_.gates.digest;
    v.runner = runner_.name();
    v.interpreted = runner_.interprets();
    v.against = against_.name();
    for (const Clip& clip : clips_) v.clips.push_back(clip.name);
    if (fs::path(path).extension() == ".mlpackage") {
      const Loaded l = look_at(path, against_);
      if (mil::is_decoder(l.kind)) {
        throw Error(ErrorCategory::usage, path, "the folder of a decoder's packages, which belong together",
                    "one of them");
      }
      v.parts.push_back(check(l));
      return v;
    }
    const std::string plan = (fs::path(path) / "plan.json").string();
    std::vector<Loaded> stages, decoder;
    for (const ExportedPackage& p : parse_plan(base::read_text(plan, std::size_t{1} << 20), plan)) {
      Loaded l = look_at((fs::path(path) / p.file).string(), against_);
      if (mil::is_decoder(l.kind)) {
        decoder.push_back(std::move(l));
        continue;
      }
      v.parts.push_back(check(l));
      if (l.kind == PackageKind::encoder_stage) stages.push_back(std::move(l));
    }
    if (!stages.empty()) chain(stages, v);
    if (!decoder.empty()) check_decoder(decoder, v);
    return v;
  }

 private:
  // Reference inputs and outputs of a package, clip by clip.
  std::pair<std::vector<std::vector<float>>, std::vector<std::vector<float>>> expectations(const Loaded& l) {
    std::vector<std::vector<float>> in, out;
    for (const Clip& clip : clips_) {
      if (l.kind == PackageKind::encoder) {
        in.push_back(clip.mel);
        out.push_back(reference_.features(clip.mel));
      } else if (l.kind == PackageKind::encoder_stage) {
        in.push_back(before(l, clip));
        out.push_back(reference_.stage(stage_of(l), in.back()));
      } else {
        const std::vector<float> features = reference_.subsampled(reference_.features(clip.mel));
        in.push_back(l.kind == PackageKind::head ? features : clip.mel);
        out.push_back(reference_.logits(features));
      }
    }
    return {std::move(in), std::move(out)};
  }

  [[nodiscard]] whisper::Stage stage_of(const Loaded& l) const {
    if (const auto stage = whisper::parse_stage(l.stage, reference_.config())) return *stage;
    throw Error(ErrorCategory::bad_data, l.path + ": seben.stage", "a stage of this encoder", l.stage);
  }

  // The reference's own stream before a stage; the last one is remembered, as plans go front to back.
  std::vector<float> before(const Loaded& l, const Clip& clip) {
    const whisper::Stage stage = stage_of(l);
    if (stage.kind == whisper::StageKind::convpos) return clip.mel;
    const std::int64_t layers = stage.kind == whisper::StageKind::finalnorm ? reference_.config().layers : stage.first;
    Stream& s = streams_[clip.name];
    if (s.values.empty() || s.layers > layers) s = {0, reference_.stage({whisper::StageKind::convpos, 0, 0}, clip.mel)};
    if (layers > s.layers) s = {layers, reference_.stage({whisper::StageKind::layers, s.layers, layers - 1}, s.values)};
    return s.values;
  }

  std::vector<std::vector<float>> execute(const Loaded& l, const std::vector<std::vector<float>>& in) {
    if (options_.progress) options_.progress(l.file);
    std::vector<Arrays> inputs;
    inputs.reserve(in.size());
    for (const std::vector<float>& values : in) {
      inputs.push_back(
          {{l.input, to_package(values, l.input_shape, reference_.config().d_model, l.path + ": input " + l.input)}});
    }
    std::vector<std::vector<float>> out;
    for (const Arrays& outputs : runner_.run(l.path, inputs)) {
      out.push_back(from_package(output_of(outputs, l.output, l.path), reference_.config().d_model));
    }
    return out;
  }

  CheckedPart check(const Loaded& l) {
    const auto [in, expected] = expectations(l);
    const auto found = execute(l, in);
    const bool scores = mil::has_head(l.kind);
    CheckedPart part{
        l.stage.empty() ? std::string(mil::to_string(l.kind)) : "stage " + l.stage, l.file, l.precision, {}, {}};
    judge(part, found, expected, scores, l.kind == PackageKind::encoder_stage);
    return part;
  }

  // Twenty steps on the first clip; scores of every step are compared, and which token they would choose.
  void check_decoder(const std::vector<Loaded>& packages, Verification& v) {
    std::string cross;
    for (const Loaded& l : packages) {
      if (l.kind == PackageKind::decoder_cross) cross = l.path;
    }
    if (cross.empty()) throw Error(ErrorCategory::usage, "plan.json", "decoder-cross.mlpackage", "none");
    const DecoderRun reference = decode_reference(against_, reference_.features(clips_.front().mel), options_.threads);
    for (const Loaded& l : packages) {
      if (options_.progress) options_.progress(l.file);
      CheckedPart part{std::string(mil::to_string(l.kind)), l.file, l.precision, {}, {}};
      const std::vector<std::vector<float>> found =
          l.kind == PackageKind::decoder_cross ? decoder_cross(l.path, reference, runner_)
                                               : decoder_steps(l.path, cross, reference, against_, options_.threads);
      const auto& expected = l.kind == PackageKind::decoder_cross ? reference.cross : reference.logits;
      const bool scores = l.kind != PackageKind::decoder_cross;
      judge(part, found, expected, scores, true);
      if (scores && part.figures.frames > 0) require_tokens(part);
      v.parts.push_back(std::move(part));
    }
  }

  void chain(const std::vector<Loaded>& stages, Verification& v) {
    std::vector<std::vector<float>> streams, expected;
    for (const Clip& clip : clips_) {
      streams.push_back(clip.mel);
      expected.push_back(reference_.features(clip.mel));
    }
    std::string precision = "fp32";
    for (const Loaded& stage : stages) {
      streams = execute(stage, streams);
      if (stage.precision == "compressed" || precision == "fp32") precision = stage.precision;
    }
    v.parts.push_back({"chain", "", precision, {}, {}});
    judge(v.parts.back(), streams, expected, false, false);
  }

  void judge(CheckedPart& part, const std::vector<std::vector<float>>& found,
             const std::vector<std::vector<float>>& expected, bool scores, bool stage) {
    const Gate& gate = options_.gates.at(part.precision);
    for (std::size_t i = 0; i < expected.size(); ++i) {
      if (i >= found.size() || found[i].size() != expected[i].size()) {
        part.failures.push_back(
            fmt::format("{} values instead of {}", i < found.size() ? found[i].size() : 0, expected[i].size()));
        return;
      }
      part.figures.add(found[i], expected[i]);
      if (!stage && reference_.has_head()) decode(part.figures, found[i], expected[i], scores);
      if (stage && scores) {  // a step of a text decoder
        part.figures.add(parity::changed_classes(found[i], expected[i], static_cast<std::int64_t>(expected[i].size())));
      }
    }
    const parity::Place place = scores ? parity::Place::head : stage ? parity::Place::stage : parity::Place::encoder;
    const parity::Figures& f = part.figures;
    const auto results = parity::judge(part.precision, part.name, place, f, gate);
    const parity::GateResult &mse = results.at(0), &cosine = results.at(1);
    require(part, mse.holds(),
            fmt::format("mse {:.3e} above {:.0e}{}", mse.value, mse.limit,
                        gate.measure == parity::Measure::share ? " of a mean square of 1" : ""));
    require(part, cosine.holds(), fmt::format("cosine {:.9f} below {}", cosine.value, cosine.limit));
    if (stage) return;
    require(part, parity::judge_classes(part.precision, part.name, {f.frames, f.argmax_changes}, gate).holds(),
            fmt::format("{} of {} frames change class, at most {}", f.argmax_changes, f.frames,
                        gate.max_argmax_share.value));
    require(part, parity::judge_texts(part.precision, part.name, f, gate).holds(),
            fmt::format("{} of {} texts change, at most {}", f.text_changes, f.texts, gate.max_text_share.value));
  }

  // The frames of a text decoder are its steps.
  void require_tokens(CheckedPart& part) const {
    const parity::Classes steps{part.figures.frames, part.figures.argmax_changes};
    require(part, parity::judge_classes(part.precision, part.name, steps, options_.gates.at(part.precision)).holds(),
            fmt::format("{} of {} steps choose another token", steps.changes, steps.frames));
  }

  static void require(CheckedPart& part, bool holds, std::string failure) {
    if (!holds) part.failures.push_back(std::move(failure));
  }

  // What the difference does to classes and text; features go through the reference's own head first.
  void decode(parity::Figures& f, const std::vector<float>& found, const std::vector<float>& expected, bool scores) {
    const std::vector<float> a = scores ? found : reference_.logits(reference_.subsampled(found));
    const std::vector<float> b = scores ? expected : reference_.logits(reference_.subsampled(expected));
    f.add(parity::changed_classes(a, b, reference_.classes()));
    ++f.texts;
    if (reference_.text(a) != reference_.text(b)) ++f.text_changes;
  }

  struct Stream {
    std::int64_t layers = 0;  ///< already done
    std::vector<float> values;
  };

  const Source& against_;
  Runner& runner_;
  const VerifyOptions& options_;
  Reference reference_;
  std::vector<Clip> clips_;
  std::map<std::string, Stream> streams_;
};

}  // namespace

std::string precision_of(const mil::Model& model) {
  bool half = false;
  for (const mil::Operation& op : model.program.main().operations) {
    if (op.type.starts_with("constexpr_")) return "compressed";
    if (op.type == "const" || op.type == "cast") continue;
    for (const mil::NamedType& out : op.outputs) half = half || out.type.dtype == mil::DType::fp16;
  }
  return half ? "fp16" : "fp32";
}

bool Verification::passed() const noexcept {
  return !parts.empty() && !clips.empty() &&
         std::ranges::all_of(parts, [](const CheckedPart& part) { return part.failures.empty(); });
}

Verification verify_packages(const std::string& path, const Source& against, Runner& runner,
                             const VerifyOptions& options) {
  if (!fs::exists(path)) throw Error(ErrorCategory::no_input, path, "a package or a folder of packages", "nothing");
  return Verifier(against, runner, options).run(path);
}

}  // namespace seben::deploy
