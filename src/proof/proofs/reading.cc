// SPDX-License-Identifier: Apache-2.0
#include "proofs/reading.h"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <vector>

#include "base/file.h"
#include "base/json.h"
#include "base/sha256.h"
#include "bundle/manifest.h"
#include "decode/ctc/greedy.h"
#include "engine/load_corrector.h"
#include "proofs/folder.h"
#include "seben/error.h"

namespace seben::proof {
namespace {

namespace fs = std::filesystem;
using bundle::Role;
constexpr std::size_t kMostReadText = std::size_t{1} << 26;
constexpr std::string_view kProofSchema = "seben.proof-result";

bundle::Manifest read_manifest(const std::string& folder, std::string& text) {
  const std::string path = (fs::path(folder) / bundle::kManifestName).string();
  text = base::read_text(path, kMostReadText);
  return bundle::parse_manifest(text, path);
}

// The path of a part whose digest is the listed one.
std::string part(const bundle::Manifest& manifest, Role role, const std::string& folder) {
  const bundle::FileEntry* entry = manifest.find(role);
  if (entry == nullptr) {
    throw Error(ErrorCategory::incomplete, folder + ": " + std::string(bundle::to_string(role)), "one in the bundle",
                "none");
  }
  std::string path = (fs::path(folder) / entry->path).string();
  const std::string found = base::sha256_file(path);
  if (found != entry->sha256) throw Error(ErrorCategory::bad_data, path + ": SHA-256", entry->sha256, found);
  return path;
}

}  // namespace

bool Reading::agrees(const Reading& other) const noexcept {
  return frames == other.frames && nonblank_frames == other.nonblank_frames && text == other.text &&
         candidates == other.candidates && accepted == other.accepted && corrected == other.corrected &&
         std::abs(score - other.score) <= 1e-6;
}

Reader::Reader(const std::string& folder) {
  std::string text;
  const bundle::Manifest manifest = read_manifest(folder, text);
  bundle_digest_ = base::sha256_hex(text);
  if (manifest.provides) encoder_digest_ = manifest.provides->weights;
  vocabulary_ = nko::Vocabulary::load(part(manifest, Role::vocabulary, folder));
  correction::Ranker ranker = correction::Ranker::load(part(manifest, Role::ranker, folder));
  std::shared_ptr<const lm::NgramModel> model;
  if (ranker.language_model) {
    const std::string path = part(manifest, Role::language_model, folder);
    const std::string found = manifest.find(Role::language_model)->sha256;
    if (found != ranker.language_model->sha256) {
      throw Error(ErrorCategory::bad_data, path, "the one that the ranker was fitted with", found);
    }
    model = pipeline::load_language_model(path);
  }
  auto corrector = std::make_shared<const correction::Corrector>(std::move(ranker), vocabulary_, std::move(model));
  correction_.emplace(std::move(corrector),
                      correction::CorrectorOptions{*correction::parse_mode(mode()), std::nullopt, 0});
}

Reading Reader::decode(std::span<float> logits) const {
  if (logits.empty() || logits.size() % static_cast<std::size_t>(classes()) != 0 ||
      !std::ranges::all_of(logits, [](float v) { return std::isfinite(v); })) {
    throw Error(ErrorCategory::bad_data, "logits", "finite rows of " + std::to_string(classes()) + " classes",
                "something else");
  }
  Reading reading;
  reading.frames = static_cast<std::int64_t>(logits.size()) / classes();
  ctc::log_softmax_masked(logits, reading.frames, vocabulary_);
  for (std::int64_t t = 0; t < reading.frames; ++t) {
    const auto row = logits.begin() + t * classes();
    if (std::max_element(row, row + classes()) - row != vocabulary_.blank()) ++reading.nonblank_frames;
  }
  const ctc::LogProbsView view{logits.data(), reading.frames, classes()};
  reading.text = ctc::to_text(ctc::greedy(view, vocabulary_.blank()).symbols, vocabulary_);
  return reading;
}

void Reader::correct(std::span<const float> log_probs, Reading& reading) const {
  const ctc::LogProbsView view{log_probs.data(), reading.frames, classes()};
  correction::Proposals memory;
  std::vector<pipeline::PlacedEdit> edits;
  pipeline::Considered considered;
  const auto symbols =
      correction_->apply(view, ctc::greedy(view, vocabulary_.blank()).symbols, 0, memory, edits, &considered);
  reading.corrected = ctc::to_text(symbols, vocabulary_);
  reading.candidates = considered.candidates;
  reading.score = considered.best_probability;
  reading.accepted = !edits.empty();
}

Reading Reader::read(std::span<float> logits) const {
  Reading reading = decode(logits);
  correct(logits, reading);
  return reading;
}

std::vector<std::string> copy_bundle_parts(const std::string& bundle, const std::string& folder,
                                           const std::string& prefix) {
  std::string text;
  const bundle::Manifest manifest = read_manifest(bundle, text);
  std::vector<std::string> copies{prefix + std::string(bundle::kManifestName)};
  base::write_text(place_for(folder, copies.front()), text);
  for (const Role role : {Role::vocabulary, Role::ranker, Role::language_model}) {
    const bundle::FileEntry* entry = manifest.find(role);
    if (entry == nullptr) continue;
    const base::MappedFile file = base::MappedFile::open(part(manifest, role, bundle));
    copies.push_back(prefix + entry->path);
    base::write_text(place_for(folder, copies.back()), file.text());
  }
  return copies;
}

std::string to_text(const Reading& r) {
  const nlohmann::ordered_json json{{"schema", kProofSchema},  {"version", 1},
                                    {"frames", r.frames},      {"nonblank_frames", r.nonblank_frames},
                                    {"text", r.text},          {"candidates", r.candidates},
                                    {"accepted", r.accepted},  {"score", r.score},
                                    {"corrected", r.corrected}};
  return json.dump(2) + "\n";
}

Reading parse_reading(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 20, 3, 100});
  const base::JsonReader reader(json, source);
  if (reader.string("schema") != kProofSchema)
    reader.fail("schema", std::string(kProofSchema), reader.string("schema"));
  static_cast<void>(reader.integer("version", 1, 1));
  constexpr std::int64_t kMost = std::int64_t{1} << 40;
  Reading r{reader.integer("frames", 0, kMost),
            reader.integer("nonblank_frames", 0, kMost),
            reader.string("text"),
            reader.integer("candidates", 0, kMost),
            reader.boolean("accepted"),
            reader.number("score"),
            reader.string("corrected")};
  if (to_text(r) != text) reader.fail("schema", "the form that Seben writes", "another one");
  return r;
}

}  // namespace seben::proof
