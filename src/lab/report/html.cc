// SPDX-License-Identifier: Apache-2.0
#include "report/html.h"

#include <fmt/format.h>

#include "base/file.h"
#include "report/style.h"
#include "report/text.h"
#include "seben/error.h"

namespace seben::report {
namespace {

std::string_view attributes(ColumnKind kind) {
  switch (kind) {
    case ColumnKind::number: return " class=\"num\"";
    case ColumnKind::nko: return " class=\"nko\" lang=\"nqo\" dir=\"rtl\"";
    case ColumnKind::text: break;
  }
  return "";
}

std::string_view name_of(Outcome verdict) {
  switch (verdict) {
    case Outcome::good: return "good";
    case Outcome::bad: return "bad";
    case Outcome::unclear: break;
  }
  return "unclear";
}

// The mark is read aloud as a word.
std::string mark_of(Outcome verdict) {
  constexpr std::string_view kTick = "\u2713", kCross = "\u2717";
  const std::string_view mark = verdict == Outcome::good ? kTick : verdict == Outcome::bad ? kCross : "?";
  return fmt::format("<span class=\"mark\" role=\"img\" aria-label=\"{}\">{}</span>", name_of(verdict), mark);
}

std::string cell_markup(const Cell& cell, ColumnKind kind) {
  std::string out;
  if (cell.verdict) out += fmt::format("<span class=\"{}\">{} ", name_of(*cell.verdict), mark_of(*cell.verdict));
  for (const Run& run : cell.runs) {
    // The whole cell is N'Ko already; inside other cells each stretch is marked by itself.
    const std::string text = kind == ColumnKind::nko ? escape(run.text) : inline_markup(run.text);
    switch (run.mark) {
      case Run::Mark::none: out += text; break;
      case Run::Mark::removed: out += "<del>" + text + "</del>"; break;
      case Run::Mark::added: out += "<ins>" + text + "</ins>"; break;
    }
  }
  if (cell.verdict) out += "</span>";
  return out;
}

std::string header_markup(const Column& column) {
  // Titles are in the reader's language, whatever the cells below hold.
  const std::string_view css = column.kind == ColumnKind::number ? " class=\"num\""
                               : column.kind == ColumnKind::nko  ? " class=\"nko\""
                                                                 : "";
  return fmt::format("<th scope=\"col\"{}>{}</th>", css, inline_markup(column.title));
}

}  // namespace

Page::Page(std::string title) : title_(std::move(title)) {}

Page& Page::block(std::string_view name, std::string_view css_class, std::string_view text) {
  const std::string css = css_class.empty() ? "" : fmt::format(" class=\"{}\"", css_class);
  fmt::format_to(std::back_inserter(body_), "<{0}{1}>{2}</{0}>\n", name, css, inline_markup(text));
  return *this;
}

Page& Page::heading(std::string_view text, int level) { return block(level <= 2 ? "h2" : "h3", "", text); }

Page& Page::paragraph(std::string_view text) { return block("p", "", text); }

Page& Page::note(std::string_view text) { return block("p", "note", text); }

Page& Page::warning(std::string_view text) { return block("p", "warning", text); }

Page& Page::verdict(Outcome judged, std::string_view text) {
  fmt::format_to(std::back_inserter(body_), "<p class=\"verdict {}\">{} {}</p>\n", name_of(judged), mark_of(judged),
                 inline_markup(text));
  return *this;
}

Page& Page::list(const std::vector<std::string>& items) {
  if (items.empty()) return *this;
  body_ += "<ul>\n";
  for (const std::string& item : items) block("li", "", item);
  body_ += "</ul>\n";
  return *this;
}

Page& Page::table(const Table& table) {
  body_ += "<figure class=\"table\">\n";  // the caption does not scroll with a wide table
  if (!table.caption.empty()) block("figcaption", "", table.caption);
  body_ += "<div class=\"scroll\"><table>\n";
  body_ += "<thead><tr>";
  for (const Column& column : table.columns) body_ += header_markup(column);
  body_ += "</tr></thead>\n<tbody>\n";
  for (const auto& row : table.rows) {
    if (row.size() != table.columns.size()) {
      throw Error(ErrorCategory::internal, "report: table " + table.caption,
                  fmt::format("{} cells a row", table.columns.size()), fmt::format("{}", row.size()));
    }
    body_ += "<tr>";
    for (std::size_t c = 0; c < row.size(); ++c) {
      const ColumnKind kind = table.columns[c].kind;
      fmt::format_to(std::back_inserter(body_), "<td{}>{}</td>", attributes(kind), cell_markup(row[c], kind));
    }
    body_ += "</tr>\n";
  }
  body_ += "</tbody>\n</table></div>\n</figure>\n";
  return *this;
}

Page& Page::figure(const Svg& picture, std::string_view caption) {
  fmt::format_to(std::back_inserter(body_), "<figure class=\"plot{}\">\n{}\n", picture.wide() ? " wide" : "",
                 picture.markup());
  if (!caption.empty()) block("figcaption", "", caption);
  body_ += "</figure>\n";
  return *this;
}

Page& Page::open_details(std::string_view summary) {
  body_ += "<details>";
  ++open_;
  return block("summary", "", summary);
}

Page& Page::close_details() {
  if (open_ == 0) throw Error(ErrorCategory::internal, "report", "details that are open", "none");
  --open_;
  body_ += "</details>\n";
  return *this;
}

std::string Page::str() const {
  std::string out = fmt::format(
      "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\"/>\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n<h1>{}</h1>\n",
      escape(title_), style_sheet(), inline_markup(title_));
  out += body_;
  for (int i = 0; i < open_; ++i) out += "</details>\n";
  return out + "</body>\n</html>\n";
}

void Page::write(const std::string& path) const { base::write_text(path, str()); }

}  // namespace seben::report
