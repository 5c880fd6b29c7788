// SPDX-License-Identifier: Apache-2.0
#include "bundle/contract.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/format.h"
#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"

namespace seben::frontend {
namespace {

constexpr std::string_view kContractSchema = "seben.contract";
constexpr std::int64_t kContractVersion = 1;
constexpr std::size_t kMaxWord = 128;
constexpr std::int64_t kMaxSize = 1'000'000'000;

std::int64_t ceil_divide(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

std::string describe_downsampling(const FeatureContract& contract) {
  std::string text;
  if (contract.extractor_stride > 1) text += base::format("by {} in the extractor", contract.extractor_stride);
  if (contract.head_stride > 1) {
    text += base::format("{}by {} in the head", text.empty() ? "" : " and ", contract.head_stride);
  }
  return text.empty() ? "none" : text;
}

// Shown to people and compared as it stands, so it must be short and printable.
std::string read_word(const base::JsonReader& json, std::string_view key) {
  std::string word = json.string(key);
  const bool printable = std::all_of(word.begin(), word.end(), [](char c) { return c >= 0x20 && c <= 0x7e; });
  if (word.empty() || word.size() > kMaxWord || !printable) {
    json.fail(key, base::format("1 to {} printable ASCII characters", kMaxWord), "something else");
  }
  return word;
}

double read_positive(const base::JsonReader& json, std::string_view key) {
  const double value = json.number(key);
  if (!(value > 0.0)) json.fail(key, "a number above 0", base::format("{}", value));
  return value;
}

void read_extractor(const base::JsonReader& json, FeatureContract& contract) {
  json.refuse_unknown_keys({"kind", "variant", "weights", "precision"});
  contract.extractor = read_word(json, "kind");
  contract.variant = read_word(json, "variant");
  contract.weights = json.string("weights");
  if (!base::is_sha256_hex(contract.weights)) {
    json.fail("weights", "64 lowercase hexadecimal digits", "something else");
  }
  contract.precision = read_word(json, "precision");
}

void read_mel(const base::JsonReader& json, FeatureContract& contract) {
  json.refuse_unknown_keys({"sample_rate", "window_samples", "n_fft", "hop", "window", "n_mels", "filter_bank",
                            "log_floor", "log_range", "scaling", "padding", "scope"});
  contract.sample_rate = json.integer("sample_rate", 1, kMaxSize);
  contract.window_samples = json.integer("window_samples", 1, kMaxSize);
  contract.n_fft = json.integer("n_fft", 1, kMaxSize);
  contract.hop = json.integer("hop", 1, kMaxSize);
  contract.window = read_word(json, "window");
  contract.n_mels = json.integer("n_mels", 1, kMaxSize);
  contract.filter_bank = read_word(json, "filter_bank");
  contract.log_floor = read_positive(json, "log_floor");
  contract.log_range = read_positive(json, "log_range");
  contract.scaling = read_word(json, "scaling");
  if (json.has("padding") || json.has("scope")) contract.framing = framing_from_json(json);
}

void read_downsampling(const base::JsonReader& json, FeatureContract& contract) {
  json.refuse_unknown_keys({"extractor", "head"});
  contract.extractor_stride = json.integer("extractor", 1, 1000);
  contract.head_stride = json.integer_or("head", 0, 1, 1000);
}

void read_layout(const base::JsonReader& json, FeatureContract& contract) {
  json.refuse_unknown_keys({"frames", "dim", "frames_per_second"});
  contract.frames = json.integer("frames", 1, kMaxSize);
  contract.dim = json.integer("dim", 1, kMaxSize);
  contract.frames_per_second = read_positive(json, "frames_per_second");
  const double seconds = static_cast<double>(contract.window_samples) / static_cast<double>(contract.sample_rate);
  const double expected = static_cast<double>(contract.frames) / seconds;
  if (std::abs(contract.frames_per_second - expected) > 1e-6 * expected) {
    json.fail("frames_per_second", base::format("{}, from frames and window", expected),
              base::format("{}", contract.frames_per_second));
  }
}

void read_output(const base::JsonReader& json, FeatureContract& contract) {
  contract.output_frames = json.integer_or("output_frames", 0, 1, kMaxSize);
  if (contract.output_frames == 0) return;
  if (contract.head_stride == 0) json.fail("output_frames", "downsampling.head beside it", "none");
  const std::int64_t expected = ceil_divide(contract.frames, contract.head_stride);
  if (contract.output_frames != expected) {
    json.fail("output_frames", base::format("{}, from frames and downsampling", expected),
              std::to_string(contract.output_frames));
  }
}

using Field = std::pair<std::string_view, std::string>;

// What is compared as it stands, in the order of messages: layout first, since it explains the rest.
std::vector<Field> plain_fields(const FeatureContract& c) {
  return {{"layout.frames", std::to_string(c.frames)},
          {"layout.dim", std::to_string(c.dim)},
          {"layout.frames_per_second", base::format("{}", c.frames_per_second)},
          {"downsampling.extractor", std::to_string(c.extractor_stride)},
          {"mel.sample_rate", std::to_string(c.sample_rate)},
          {"mel.window_samples", std::to_string(c.window_samples)},
          {"mel.n_fft", std::to_string(c.n_fft)},
          {"mel.hop", std::to_string(c.hop)},
          {"mel.window", c.window},
          {"mel.n_mels", std::to_string(c.n_mels)},
          {"mel.filter_bank", c.filter_bank},
          {"mel.log_floor", base::format("{}", c.log_floor)},
          {"mel.log_range", base::format("{}", c.log_range)},
          {"mel.scaling", c.scaling},
          {"mel.padding", std::string(to_string(c.framing.padding))},
          {"mel.scope", std::string(to_string(c.framing.scope))},
          {"extractor.kind", c.extractor},
          {"extractor.weights", c.weights},
          {"extractor.precision", c.precision}};
}

bool differ_when_stated(std::int64_t provided, std::int64_t required) {
  return provided != 0 && required != 0 && provided != required;
}

std::string_view whisper_size(std::int64_t dim) {
  switch (dim) {
    case 384: return "tiny";
    case 512: return "base";
    case 768: return "small";
    case 1024: return "medium";
    case 1280: return "large";
    default: return "another";
  }
}

// Frames and width alone; empty when they are as required.
std::string layout_cause(std::int64_t frames, std::int64_t dim, const FeatureContract& required) {
  if (frames == required.frames && dim == required.dim) return "";
  if (frames == required.dim && dim == required.frames) return "frames and dimensions are swapped";
  if (dim != required.dim) {
    return base::format("features of width {} offered, {} required: {} Whisper size instead of {}", dim, required.dim,
                        whisper_size(dim), whisper_size(required.dim));
  }
  if (required.head_stride > 1 && frames == ceil_divide(required.frames, required.head_stride)) {
    return base::format("{} frames offered, head downsamples {} itself: features were downsampled before", frames,
                        required.frames);
  }
  if (required.extractor_stride > 1 && ceil_divide(frames, required.extractor_stride) == required.frames) {
    return base::format(
        "{} frames offered, head expects {} that the extractor took 1 in {} of: features were not "
        "downsampled before",
        frames, required.frames, required.extractor_stride);
  }
  if (frames > 0 && frames < required.frames && required.frames % frames == 0) {
    return base::format("{} frames offered, {} required: features were downsampled by {} before", frames,
                        required.frames, required.frames / frames);
  }
  return base::format("{} frames offered, {} required: features were cut, joined or not padded to the whole window",
                      frames, required.frames);
}

std::string join(const std::vector<Difference>& differences, std::string Difference::*side) {
  std::string text;
  for (const Difference& difference : differences) {
    text += base::format("{}{} {}", text.empty() ? "" : ", ", difference.field, difference.*side);
  }
  return text;
}

}  // namespace

Framing framing_from_json(const base::JsonReader& json) {
  const std::string padding = json.string("padding"), scope = json.string("scope");
  const auto known_padding = parse_padding(padding);
  if (!known_padding) json.fail("padding", "samples or log_mel", padding);
  const auto known_scope = parse_scope(scope);
  if (!known_scope) json.fail("scope", "window or recording", scope);
  return {*known_padding, *known_scope};
}

nlohmann::json to_json(const Framing& framing) {
  return {{"padding", std::string(to_string(framing.padding))}, {"scope", std::string(to_string(framing.scope))}};
}

FeatureContract contract_from_json(const base::JsonReader& json) {
  json.refuse_unknown_keys({"schema", "version", "extractor", "mel", "layout", "downsampling", "output_frames"});
  if (const std::string schema = json.string("schema"); schema != kContractSchema) {
    json.fail("schema", std::string(kContractSchema), schema);
  }
  const std::int64_t version = json.integer("version", 0, std::numeric_limits<std::int64_t>::max());
  if (version != kContractVersion) json.fail("version", std::to_string(kContractVersion), std::to_string(version));
  FeatureContract contract;
  read_extractor(json.object("extractor"), contract);
  read_mel(json.object("mel"), contract);
  read_downsampling(json.object("downsampling"), contract);
  read_layout(json.object("layout"), contract);
  read_output(json, contract);
  return contract;
}

nlohmann::json to_json(const FeatureContract& c) {
  nlohmann::json json{
      {"schema", std::string(kContractSchema)},
      {"version", kContractVersion},
      {"extractor",
       {{"kind", c.extractor}, {"variant", c.variant}, {"weights", c.weights}, {"precision", c.precision}}},
      {"mel",
       {{"sample_rate", c.sample_rate},
        {"window_samples", c.window_samples},
        {"n_fft", c.n_fft},
        {"hop", c.hop},
        {"window", c.window},
        {"n_mels", c.n_mels},
        {"filter_bank", c.filter_bank},
        {"log_floor", c.log_floor},
        {"log_range", c.log_range},
        {"scaling", c.scaling}}},
      {"layout", {{"frames", c.frames}, {"dim", c.dim}, {"frames_per_second", c.frames_per_second}}},
      {"downsampling", {{"extractor", c.extractor_stride}}}};
  if (c.framing != Framing{}) json["mel"].update(to_json(c.framing));
  if (c.head_stride != 0) json["downsampling"]["head"] = c.head_stride;
  if (c.output_frames != 0) json["output_frames"] = c.output_frames;
  return json;
}

FeatureContract contract_from_text(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {.max_bytes = 65'536, .max_depth = 4, .max_values = 1000});
  return contract_from_json(base::JsonReader(json, source));
}

std::string to_text(const FeatureContract& contract) { return to_json(contract).dump(); }

std::vector<Difference> compare(const FeatureContract& provided, const FeatureContract& required) {
  std::vector<Difference> differences;
  const std::vector<Field> left = plain_fields(provided);
  const std::vector<Field> right = plain_fields(required);
  for (std::size_t i = 0; i < left.size(); ++i) {
    if (left[i].second == right[i].second) continue;
    differences.push_back({std::string(left[i].first), left[i].second, right[i].second});
  }
  const auto compare_stated = [&](const char* field, std::int64_t left_value, std::int64_t right_value) {
    if (!differ_when_stated(left_value, right_value)) return;
    differences.push_back({field, std::to_string(left_value), std::to_string(right_value)});
  };
  compare_stated("downsampling.head", provided.head_stride, required.head_stride);
  compare_stated("output_frames", provided.output_frames, required.output_frames);
  return differences;
}

std::string likely_cause(const FeatureContract& provided, const FeatureContract& required) {
  if (std::string cause = layout_cause(provided.frames, provided.dim, required); !cause.empty()) return cause;
  if (provided.n_mels != required.n_mels) {
    return base::format("{} mel bins offered, {} required: large-v3 and turbo use 128, every other Whisper 80",
                        provided.n_mels, required.n_mels);
  }
  if (provided.extractor_stride != required.extractor_stride ||
      differ_when_stated(provided.head_stride, required.head_stride)) {
    return base::format("downsampling {} offered, {} required: the features were made for another head",
                        describe_downsampling(provided), describe_downsampling(required));
  }
  for (const Difference& difference : compare(provided, required)) {
    if (difference.field == "mel.padding" || difference.field == "mel.scope")
      return "short windows were padded in another way: silence before the log-mel, or zeros behind it";
    if (difference.field.starts_with("mel."))
      return "the audio was prepared in another way: another frontend or window";
    if (difference.field == "extractor.kind") return "another kind of extractor";
  }
  if (provided.weights != required.weights) {
    return "weights digest differs: another checkpoint, or an encoder that was tuned further";
  }
  if (provided.precision != required.precision) {
    return base::format("precision {} has passed no gate of this bundle's precision record", provided.precision);
  }
  return "";
}

void require_compatible(const FeatureContract& provided, const FeatureContract& required, const std::string& where,
                        std::span<const std::string> admitted_precisions) {
  FeatureContract admitted = provided;
  const bool is_admitted = std::find(admitted_precisions.begin(), admitted_precisions.end(), provided.precision) !=
                           admitted_precisions.end();
  if (is_admitted) admitted.precision = required.precision;
  const std::vector<Difference> differences = compare(admitted, required);
  if (differences.empty()) return;
  throw Error(ErrorCategory::bad_data, where + ": feature contract", join(differences, &Difference::required),
              base::format("{} ({})", join(differences, &Difference::provided), likely_cause(admitted, required)));
}

std::string require_bare_layout(std::int64_t frames, std::int64_t dim, const FeatureContract& required,
                                const std::string& where) {
  if (const std::string cause = layout_cause(frames, dim, required); !cause.empty()) {
    throw Error(ErrorCategory::bad_data, where + ": feature contract",
                base::format("layout [{}, {}], downsampling {}", required.frames, required.dim,
                             describe_downsampling(required)),
                base::format("layout [{}, {}] without a contract ({})", frames, dim, cause));
  }
  return base::format(
      "{}: features without a contract: layout [{}, {}] is as required, but which encoder made them is unverified",
      where, frames, dim);
}

}  // namespace seben::frontend
