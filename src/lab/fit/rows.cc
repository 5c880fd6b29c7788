// SPDX-License-Identifier: Apache-2.0
#include "fit/rows.h"

#include <fmt/format.h>

#include <cstring>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "base/file.h"
#include "base/json.h"
#include "formats/npy.h"
#include "seben/error.h"
#include "text/nko/utf8.h"

namespace seben::correction {
namespace {

constexpr std::size_t kMaxLine = std::size_t{1} << 20;
constexpr std::size_t kMaxFile = std::size_t{1} << 30;
constexpr std::int64_t kMaxFrames = 1'000'000;

// [frames, classes] of an array that may have a leading 1.
std::pair<std::int64_t, std::int64_t> dimensions(const tensor::TensorView& array, std::int64_t classes) {
  const auto& shape = array.shape;
  const bool batched = shape.size() == 3 && shape[0] == 1;
  const std::size_t first = batched ? 1 : 0;
  if (shape.size() != first + 2 || shape[first + 1] != classes || shape[first] < 1 || shape[first] > kMaxFrames) {
    throw Error(ErrorCategory::bad_data, array.source + ": shape", fmt::format("[1..{}, {}]", kMaxFrames, classes),
                fmt::format("[{}]", fmt::join(shape, ", ")));
  }
  return {shape[first], shape[first + 1]};
}

}  // namespace

Row parse_row(std::string_view line, const std::string& where, const std::string& folder) {
  const nlohmann::json json = base::parse_json(line, where, {kMaxLine, 8, 10'000});
  const base::JsonReader reader(json, where);
  (void)reader.as_object();
  Row row;
  row.where = where;
  row.id = reader.string("id");
  row.hypothesis = nko::normalise(reader.string("hypothesis"), reader.where("hypothesis"));
  if (reader.has("reference")) {
    row.reference = nko::normalise(reader.string("reference"), reader.where("reference"));
  }
  row.condition = reader.string_or("condition", "all");
  row.logits = reader.has("logits");
  if (row.logits && reader.has("log_probs")) reader.fail("logits", "either logits or log_probs", "both");
  const std::string path = reader.string_or(row.logits ? "logits" : "log_probs", "");
  if (!path.empty()) row.frames = (std::filesystem::path(folder) / path).string();
  if (row.id.empty()) reader.fail("id", "a name", "an empty one");
  return row;
}

std::vector<Row> read_rows(const std::string& path) {
  const std::string text = base::read_text(path, kMaxFile);
  const std::string folder = std::filesystem::path(path).parent_path().string();
  std::vector<Row> rows;
  std::set<std::string> ids;
  std::size_t number = 0;
  for (std::size_t from = 0; from < text.size();) {
    const std::size_t to = std::min(text.find('\n', from), text.size());
    const std::string_view line(text.data() + from, to - from);
    from = to + 1;
    ++number;
    if (line.empty() || line == "\r") continue;
    Row row = parse_row(line, fmt::format("{}: line {}", path, number), folder);
    if (!ids.insert(row.id).second) {
      throw Error(ErrorCategory::bad_data, row.where + ": id", "one that no other row has", row.id);
    }
    rows.push_back(std::move(row));
  }
  if (rows.empty()) throw Error(ErrorCategory::bad_data, path, "at least one row", "none");
  return rows;
}

ctc::LogProbs read_log_probs(const std::string& path, bool logits, const nko::Vocabulary& vocabulary) {
  const tensor::NpyFile file = tensor::NpyFile::open(path);
  const auto [frames, classes] = dimensions(file.array(), static_cast<std::int64_t>(vocabulary.size()));
  ctc::LogProbs out;
  out.frames = frames;
  out.classes = classes;
  out.values.resize(static_cast<std::size_t>(frames * classes));
  if (file.array().dtype == tensor::DType::f32) {
    // As it is: log-probabilities may be -infinity, and whatever else is not finite cannot be normalised.
    std::memcpy(out.values.data(), file.array().data, file.array().bytes());
  } else {
    tensor::to_float(file.array(), out.values);
  }
  if (logits) ctc::log_softmax_masked(out.values, frames, vocabulary);
  ctc::require_normalised(out.view(), path.c_str());
  return out;
}

ctc::LogProbs read_log_probs(const Row& row, const nko::Vocabulary& vocabulary) {
  if (row.frames.empty()) {
    throw Error(ErrorCategory::bad_data, row.where + ": log_probs", "the path of a .npy file", "none");
  }
  return read_log_probs(row.frames, row.logits, vocabulary);
}

std::string to_line(const Row& row) {
  nlohmann::json json = {{"id", row.id}, {"hypothesis", row.hypothesis}, {"condition", row.condition}};
  if (row.reference) json["reference"] = *row.reference;
  if (!row.frames.empty()) json[row.logits ? "logits" : "log_probs"] = row.frames;
  return json.dump() + "\n";
}

}  // namespace seben::correction
