// SPDX-License-Identifier: Apache-2.0
#include "bundle/bundle.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <set>

#include "base/bad_data.h"
#include "base/file.h"
#include "base/format.h"
#include "base/interrupt.h"
#include "base/sha256.h"
#include "formats/safetensors.h"
#include "model/whisper/encoder_tensors.h"
#include "quant/coded_weights.h"
#include "seben/error.h"

namespace seben::bundle {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxManifest = std::size_t{8} << 20;

using base::bad_data;

void require_equal(const std::string& where, const std::string& expected, const std::string& found) {
  if (expected != found) bad_data(where, expected, found);
}

void require_equal(const std::string& where, std::int64_t expected, std::int64_t found) {
  require_equal(where, std::to_string(expected), std::to_string(found));
}

bool is_inside(const fs::path& path, const fs::path& folder) {
  return std::mismatch(folder.begin(), folder.end(), path.begin(), path.end()).first == folder.end();
}

// Exists, is a regular file, lies inside once links are followed, and has its size.
void check_file(const fs::path& folder, const fs::path& real_folder, const FileEntry& entry) {
  const std::string path = (folder / entry.path).string();
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error) throw Error(ErrorCategory::bad_data, path, "a file that bundle.json lists", error.message());
  if (!is_inside(real, real_folder)) bad_data(path, "a file inside the bundle", "a link to " + real.string());
  if (!fs::is_regular_file(real, error)) bad_data(path, "a regular file", "something else");
  const std::uintmax_t size = fs::file_size(real, error);
  if (error) throw Error(ErrorCategory::io, path, "its size", error.message());
  if (size != entry.bytes) bad_data(path, base::format("{} bytes", entry.bytes), base::format("{}", size));
}

// Weights and JSON in the folder that bundle.json does not know would be trusted by a human reader and by nobody else.
void refuse_unlisted(const fs::path& folder, const Manifest& manifest) {
  constexpr std::array critical{".safetensors", ".json", ".ggml", ".gguf", ".bin", ".npy", ".pt"};
  constexpr std::size_t max_entries = 100'000;
  std::set<std::string> listed{std::string(kManifestName)};
  for (const FileEntry& entry : manifest.files) listed.insert(entry.path);
  std::error_code error;
  std::size_t seen = 0;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (++seen > max_entries) bad_data(folder.string(), base::format("at most {} files", max_entries), "more");
    const std::string extension = it->path().extension().string();
    const std::string relative = it->path().lexically_relative(folder).generic_string();
    const bool is_critical = std::find(critical.begin(), critical.end(), extension) != critical.end();
    if (is_critical && !it->is_directory(error) && !listed.contains(relative)) {
      bad_data(it->path().string(), "a file that bundle.json lists", "one that it does not");
    }
  }
  if (error) throw Error(ErrorCategory::io, folder.string(), "to be listed", error.message());
}

std::string name_of(const std::string& codec, kernels::Precision precision) {
  const std::string name(kernels::to_string(precision));
  return codec.empty() ? name : codec + "+" + name;
}

std::vector<std::string> admitted_by(const std::string& codec, const std::vector<PrecisionRecord>& records) {
  std::vector<std::string> admitted;
  if (codec.empty()) admitted.emplace_back("f32");
  for (const PrecisionRecord& record : records) {
    if (record.admitted()) admitted.push_back(record.precision);
  }
  return admitted;
}

std::int64_t divided_up(std::int64_t a, std::int64_t b) { return (a + b - 1) / b; }

}  // namespace

Bundle Bundle::open(const std::string& folder) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) {
    throw Error(ErrorCategory::no_input, folder, "a bundle: a folder with bundle.json",
                fs::exists(folder, error) ? "a file" : "nothing");
  }
  Bundle bundle;
  bundle.folder_ = folder;
  const std::string path = (fs::path(folder) / kManifestName).string();
  const std::string text = base::read_text(path, kMaxManifest);
  bundle.digest_ = base::sha256_hex(text);
  bundle.manifest_ = parse_manifest(text, path);
  bundle.check_files();
  bundle.load_parts();
  if (bundle.has_head()) bundle.check_head();
  if (bundle.manifest_.provides) bundle.check_encoder();
  return bundle;
}

std::string Bundle::path(Role role) const {
  const FileEntry* entry = manifest_.find(role);
  if (entry == nullptr) bad_data(folder_, base::format("a file of role {}", to_string(role)), "none");
  return path(entry->path);
}

std::string Bundle::path(const std::string& relative) const { return (fs::path(folder_) / relative).string(); }

void Bundle::require_head(std::string_view what) const {
  if (has_head()) return;
  throw Error(ErrorCategory::incomplete, folder_, what.empty() ? "a CTC head" : base::format("a CTC head for {}", what),
              "none: a bundle of Whisper's text decoder");
}

const ctc::HeadConfig& Bundle::head_config() const { return require_head(), head_config_; }

const tensor::WeightFile& Bundle::head_weights() const { return require_head(), *head_weights_; }

const nko::Vocabulary& Bundle::vocabulary() const { return require_head(), vocabulary_; }

const frontend::FeatureContract& Bundle::required() const { return require_head(), *manifest_.required; }

const TextDecoder& Bundle::decoder(const std::string& name) const {
  if (decoders_.empty()) {
    throw Error(ErrorCategory::incomplete, folder_, "Whisper's text decoder", "none: a bundle of a CTC head");
  }
  if (name.empty()) return decoders_.front();
  std::string names;
  for (const TextDecoder& decoder : decoders_) {
    if (decoder.entry->name == name) return decoder;
    names += (names.empty() ? "" : ", ") + decoder.entry->name;
  }
  throw Error(ErrorCategory::usage, folder_ + ": decoder", names, name);
}

void Bundle::check_files() const {
  const fs::path folder(folder_);
  std::error_code error;
  const fs::path real_folder = fs::canonical(folder, error);
  if (error) throw Error(ErrorCategory::io, folder_, "to be resolved", error.message());
  for (const FileEntry& entry : manifest_.files) check_file(folder, real_folder, entry);
  refuse_unlisted(folder, manifest_);
}

void Bundle::load_head() {
  head_weights_ = quant::open_stored_weights(path(Role::head));
  head_config_ = ctc::HeadConfig::read(*head_weights_);
  vocabulary_ = nko::Vocabulary::load(path(Role::vocabulary));
  weight_codec_ = quant::weight_codec_of(*head_weights_);
}

void Bundle::load_parts() {
  if (manifest_.head) load_head();
  if (!manifest_.encoder) return;
  encoder_config_ = whisper::EncoderConfig::load(path(Role::encoder_config));
  encoder_weights_ = quant::open_stored_weights(path(Role::encoder));
  encoder_codec_ = quant::weight_codec_of(*encoder_weights_);
  weight_codec_ = quant::joint_codec(weight_codec_, encoder_codec_);
  (void)whisper::find_encoder(*encoder_weights_, *encoder_config_);
  decoders_ = open_decoders(folder_, manifest_, *encoder_config_);
}

void Bundle::check_head() const {
  const std::string source = path(std::string(kManifestName));
  const HeadEntry& head = *manifest_.head;
  const frontend::FeatureContract& required = *manifest_.required;
  require_equal(source + ": head.kind", ctc::to_string(head_config_.kind), head.kind);
  require_equal(source + ": head.stride", head_config_.stride, head.stride);
  require_equal(source + ": head.input_dim", head_config_.input_dim, head.input_dim);
  require_equal(source + ": head.classes", head_config_.classes, head.classes);
  require_equal(source + ": contract.requires.layout.dim", head_config_.input_dim, required.dim);
  require_equal(source + ": contract.requires.downsampling.head", head_config_.stride, required.head_stride);
  // A head's windows come as they are heard, before the recording's maximum is known.
  require_equal(source + ": contract.requires.mel.scope", std::string(to_string(frontend::Scope::window)),
                std::string(to_string(required.framing.scope)));
  const std::string vocabulary = path(Role::vocabulary);
  require_equal(vocabulary + ": classes", head_config_.classes, static_cast<std::int64_t>(vocabulary_.size()));
  require_equal(vocabulary + ": blank", head_config_.blank, vocabulary_.blank());
}

void Bundle::check_encoder() const {
  const std::string source = path(std::string(kManifestName));
  const frontend::FeatureContract& provides = *manifest_.provides;
  const std::string where = source + ": contract.provides.";
  require_equal(where + "layout.dim", encoder_config_->d_model, provides.dim);
  require_equal(where + "mel.n_mels", encoder_config_->n_mels, provides.n_mels);
  require_equal(where + "downsampling.extractor", subsample(), provides.extractor_stride);
  require_equal(where + "layout.frames", divided_up(encoder_config_->positions, subsample()), provides.frames);
  if (has_head()) (void)require_features(provides, source);
}

std::string Bundle::weight_codec(const TextDecoder& decoder) const {
  return quant::joint_codec(encoder_codec_, decoder.weight_codec);
}

std::string Bundle::precision_name(kernels::Precision precision) const { return name_of(weight_codec_, precision); }

std::string Bundle::precision_name(const TextDecoder& decoder, kernels::Precision precision, bool with_head) const {
  return name_of(quant::joint_codec(with_head ? weight_codec_ : encoder_codec_, decoder.weight_codec), precision);
}

std::vector<std::string> Bundle::admitted_precisions() const {
  return admitted_by(weight_codec_, manifest_.precisions);
}

std::vector<std::string> Bundle::admitted_precisions(const TextDecoder& decoder) const {
  return admitted_by(weight_codec(decoder), decoder.entry->precisions);
}

bool Bundle::admits(const std::string& name) const {
  const std::vector<std::string> admitted = admitted_precisions();
  return std::find(admitted.begin(), admitted.end(), name) != admitted.end();
}

bool Bundle::admits(kernels::Precision precision) const { return admits(precision_name(precision)); }

bool Bundle::admits(const TextDecoder& decoder, kernels::Precision precision) const {
  return std::ranges::count(admitted_precisions(decoder), precision_name(decoder, precision)) != 0;
}

kernels::Precision Bundle::fastest_admitted() const {
  for (const kernels::Precision precision : {kernels::Precision::int8, kernels::Precision::bf16}) {
    if (admits(precision)) return precision;
  }
  if (!weight_codec_.empty() && !admits(kernels::Precision::f32)) {
    throw Error(
        ErrorCategory::incomplete, folder_ + ": precision record",
        weight_codec_ + " weights admitted by a gate (seben verify precision --against the bundle they come from)",
        "none");
  }
  return kernels::Precision::f32;
}

frontend::FeatureContract Bundle::provided(kernels::Precision precision) const {
  if (!manifest_.provides) bad_data(folder_, "an encoder", "a bundle whose features come from outside");
  frontend::FeatureContract contract = *manifest_.provides;
  contract.precision = precision_name(precision);
  return contract;
}

bool Bundle::require_features(const frontend::FeatureContract& provided, const std::string& where) const {
  const frontend::FeatureContract& required = this->required();
  for (const SkewRecord& record : manifest_.skew) {
    if (record.covers(provided, required) && !frontend::compare(provided, required).empty()) return true;
  }
  frontend::require_compatible(provided, required, where, admitted_precisions());
  return false;
}

void verify_digests(const Bundle& bundle, const Progress& progress) {
  std::uint64_t total = 0;
  for (const FileEntry& entry : bundle.manifest().files) total += entry.bytes;
  std::uint64_t done = 0;
  for (const FileEntry& entry : bundle.manifest().files) {
    base::throw_if_interrupted();
    const std::string path = (fs::path(bundle.folder()) / entry.path).string();
    const std::string found = base::sha256_file(path);
    if (found != entry.sha256) bad_data(path, "SHA-256 " + entry.sha256, found);
    done += entry.bytes;
    if (progress) progress(done, total);
  }
}

}  // namespace seben::bundle
