// SPDX-License-Identifier: Apache-2.0
#include "swift/export.h"

#include <fmt/format.h>

#include <memory>
#include <nlohmann/json.hpp>
#include <span>
#include <string_view>

#include "base/new_folder.h"
#include "base/sha256.h"
#include "correct/generate.h"
#include "seben/error.h"
#include "swift/embedded.h"
#include "text/lm/ngram.h"

namespace seben::swift {
namespace {

constexpr std::string_view kFrozenModel = "Sources/SebenCorrection/FrozenModel.swift";
constexpr std::string_view kLanguageModel = "Sources/SebenCorrection/Resources/language-model.arpa";
constexpr std::string_view kRows = "Tests/SebenCorrectionTests/Fixtures/rows.jsonl";

// A raw literal of lines: JSON never holds three quotes in a row, which alone could end it.
std::string literal(std::string_view name, std::string_view json) {
  return fmt::format("\n    private static let {} = #\"\"\"\n{}{}\"\"\"#\n", name, json,
                     json.ends_with('\n') ? "" : "\n");
}

// Which classes may stand side by side, as Neighbours.swift reads it.
std::string neighbours_json(const nko::Vocabulary& vocabulary) {
  const correction::Neighbours neighbours(vocabulary);
  const auto classes = static_cast<std::int64_t>(vocabulary.size());
  nlohmann::json rows = nlohmann::json::array();
  for (std::int64_t left = -1; left < classes; ++left) {
    std::string row;
    for (std::int64_t right = -1; right < classes; ++right) row += neighbours.allowed(left, right) ? '1' : '0';
    rows.push_back(row);
  }
  return rows.dump(1);
}

std::string frozen_model(const correction::Ranker& ranker, const nko::Vocabulary& vocabulary) {
  return "// SPDX-License-Identifier: Apache-2.0\n// Written by `seben export swift`; not to be edited.\n"
         "import Foundation\n\n/// The model that this package was exported with.\nenum FrozenModel {\n"
         "    static func ranker() throws -> Ranker { try Ranker(json: Data(rankerJSON.utf8)) }\n\n"
         "    static func vocabulary() throws -> Vocabulary { try Vocabulary(json: Data(vocabularyJSON.utf8)) }\n\n"
         "    static func neighbours() throws -> Neighbours {\n"
         "        let rows = try decodeJSON([String].self, from: Data(neighboursJSON.utf8), source: \"neighbours\")\n"
         "        return try Neighbours(rows: rows, vocabulary: try vocabulary())\n    }\n" +
         literal("rankerJSON", ranker.to_text()) + literal("vocabularyJSON", vocabulary.to_json()) +
         literal("neighboursJSON", neighbours_json(vocabulary)) + "}\n";
}

// Nothing without one; Error(bad_data) unless it is the ranker's.
std::shared_ptr<const lm::NgramModel> language_model(const FrozenParts& parts) {
  const std::string digest =
      parts.arpa.empty() ? "none" : base::sha256_hex(std::as_bytes(std::span(parts.arpa.data(), parts.arpa.size())));
  const std::string wanted = parts.ranker.language_model ? parts.ranker.language_model->sha256 : "none";
  if (digest != wanted) throw Error(ErrorCategory::bad_data, "ranker: language_model", wanted, digest);
  if (parts.arpa.empty()) return nullptr;
  return std::make_shared<const lm::NgramModel>(lm::NgramModel::parse(parts.arpa, "language model"));
}

}  // namespace

ExportSummary export_package(const FrozenParts& parts, const std::string& directory, const AgreementOptions& options) {
  const base::NewFolder folder(directory);
  auto model = language_model(parts);
  const AgreementRows rows =
      make_agreement_rows(correction::Corrector(parts.ranker, parts.vocabulary, std::move(model)), options);
  ExportSummary summary{3, rows.rows, rows.candidates, rows.corrected, rows.slow_scores};
  for (const EmbeddedFile& file : package_template()) {
    folder.write(file.path, file.text);
    ++summary.files;
  }
  folder.write(kFrozenModel, frozen_model(parts.ranker, parts.vocabulary));
  folder.write(kLanguageModel, parts.arpa);
  folder.write(kRows, rows.lines);
  folder.commit();
  return summary;
}

}  // namespace seben::swift
