// SPDX-License-Identifier: Apache-2.0
// Reports as one HTML file: no network, no scripts, light and dark, on paper and on a phone. Every text that is passed
// in is escaped, and N'Ko inside it is marked as such (language, direction, font), so texts of any origin may be shown.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "report/plots.h"

namespace seben::report {

/// A piece of a text: as it is, taken away, or added.
struct Run {
  enum class Mark : std::uint8_t { none, removed, added };
  std::string text;
  Mark mark = Mark::none;
};

/// Shown by a mark and a colour, so that either alone is enough.
enum class Outcome : std::uint8_t {
  good,     ///< a tick
  bad,      ///< a cross
  unclear,  ///< a question mark: the figures do not decide it
};

/// One cell of a table, from a text or from runs.
struct Cell {
  std::vector<Run> runs;
  std::optional<Outcome> verdict = std::nullopt;

  Cell(std::string text) { runs.push_back({std::move(text), Run::Mark::none}); }  // NOLINT: meant to be implicit
  Cell(const char* text) : Cell(std::string(text)) {}                             // NOLINT
  Cell(std::vector<Run> pieces) : runs(std::move(pieces)) {}                      // NOLINT
  Cell(Outcome judged, std::string text) : Cell(std::move(text)) { verdict = judged; }
};

enum class ColumnKind : std::uint8_t {
  text,    ///< left-aligned
  number,  ///< right-aligned, digits of equal width
  nko,     ///< right-to-left, in a N'Ko font
};

struct Column {
  std::string title;
  ColumnKind kind = ColumnKind::text;
};

struct Table {
  std::vector<Column> columns;
  std::vector<std::vector<Cell>> rows;  ///< each as long as `columns`
  std::string caption;                  ///< may be empty
};

/// Equal calls make equal bytes.
class Page {
 public:
  /// The title is also the first heading.
  explicit Page(std::string title);

  /// `level` 2 or 3.
  Page& heading(std::string_view text, int level = 2);
  Page& paragraph(std::string_view text);
  Page& note(std::string_view text);
  Page& warning(std::string_view text);
  /// What the page comes to, in one sentence, under its title.
  Page& verdict(Outcome judged, std::string_view text);
  Page& list(const std::vector<std::string>& items);
  /// Error(internal) for a row of another length than `columns`.
  Page& table(const Table& table);
  Page& figure(const Svg& picture, std::string_view caption);
  /// Folded away until it is opened; may be nested. Error(internal) for a close without an open.
  Page& open_details(std::string_view summary);
  Page& close_details();

  /// The whole document; details that are still open are closed.
  [[nodiscard]] std::string str() const;
  /// Writes it whole or not at all. Error(io).
  void write(const std::string& path) const;

 private:
  Page& block(std::string_view name, std::string_view css_class, std::string_view text);

  std::string title_;
  std::string body_;
  int open_ = 0;
};

}  // namespace seben::report
