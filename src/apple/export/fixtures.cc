// SPDX-License-Identifier: Apache-2.0
#include "export/fixtures.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>

#include "audio/windows.h"
#include "base/inner_path.h"
#include "base/interrupt.h"
#include "base/new_folder.h"
#include "base/sha256.h"
#include "export/reference.h"
#include "formats/npy.h"
#include "seben/error.h"
#include "seben/version.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;

class FixtureWriter {
 public:
  FixtureWriter(const Source& source, const std::string& folder, const FixtureOptions& options)
      : source_(source),
        options_(options),
        folder_(checked(folder, options), {false, true, "a folder that can be made", "a name that can be given"}),
        reference_(source, options.threads) {}

  std::size_t run() {
    nlohmann::ordered_json clips = nlohmann::ordered_json::array();
    for (const std::string& path : options_.audio) clips.push_back(clip(path));
    const nlohmann::ordered_json manifest{{"schema", "seben.fixtures"},
                                          {"version", 1},
                                          {"tool", "seben " SEBEN_VERSION},
                                          {"model", source_.name()},
                                          {"encoder_sha256", source_.encoder_digest()},
                                          {"clips", clips}};
    folder_.write("manifest.json", manifest.dump(2) + "\n");
    folder_.commit();
    return files_ + 1;
  }

 private:
  static const std::string& checked(const std::string& folder, const FixtureOptions& options) {
    if (options.audio.empty()) throw Error(ErrorCategory::usage, "--audio", "at least one recording", "none");
    std::error_code error;
    if (fs::exists(folder, error)) throw Error(ErrorCategory::usage, folder, "a new folder", "an existing one");
    return folder;
  }

  nlohmann::ordered_json clip(const std::string& audio) {
    const Clip clip = reference_.clip(audio);
    const std::string name = fs::path(audio).stem().string();
    if (!base::is_inner_path(name, 255) || !names_.insert(name).second) {
      throw Error(ErrorCategory::usage, audio, "recordings of different names", name);
    }
    nlohmann::ordered_json files = nlohmann::ordered_json::array();
    const auto add = [&](const std::string& file, const std::vector<float>& values, const tensor::Shape& shape) {
      files.push_back(write(name + "/" + file, values, shape));
    };
    std::vector<float> samples = audio::first_window(audio);
    if (options_.whole_window) samples.resize(audio::kWindowSamples, 0.0F);
    const auto count = static_cast<std::int64_t>(samples.size());
    add("audio.npy", samples, {count});
    const whisper::EncoderConfig& c = reference_.config();
    add("mel.npy", clip.mel, {1, c.n_mels, c.mel_frames()});
    std::vector<float> stream = clip.mel;
    for (std::size_t i = 0; i < options_.stages.size(); ++i) {
      base::throw_if_interrupted();
      stream = reference_.stage(options_.stages[i], stream);
      add(fmt::format("stage-{:02}-{}.npy", i, whisper::to_string(options_.stages[i])), stream,
          {1, c.positions, c.d_model});
    }
    nlohmann::ordered_json json{{"name", name}};
    if (reference_.has_head()) {
      const std::vector<float> logits = reference_.logits(reference_.subsampled(stream));
      const std::int64_t classes = reference_.classes(), frames = static_cast<std::int64_t>(logits.size()) / classes;
      add("logits.npy", logits, {1, frames, classes});
      std::vector<float> best;
      for (std::int64_t t = 0; t < frames; ++t) {
        const auto row = logits.begin() + t * classes;
        best.push_back(static_cast<float>(std::max_element(row, row + classes) - row));
      }
      add("argmax.npy", best, {frames});
      json["text"] = reference_.text(logits);
    }
    json["files"] = files;
    return json;
  }

  nlohmann::ordered_json write(const std::string& file, const std::vector<float>& values, const tensor::Shape& shape) {
    const std::string path = folder_.place(file);
    tensor::write_npy(path, {file, path, tensor::DType::f32, shape, reinterpret_cast<const std::byte*>(values.data())});
    ++files_;
    return {{"file", file}, {"shape", shape}, {"sha256", base::sha256_file(path)}};
  }

  const Source& source_;
  const FixtureOptions& options_;
  base::NewFolder folder_;
  Reference reference_;
  std::set<std::string> names_;
  std::size_t files_ = 0;
};

}  // namespace

std::size_t export_fixtures(const Source& source, const std::string& folder, const FixtureOptions& options) {
  return FixtureWriter(source, folder, options).run();
}

}  // namespace seben::deploy
