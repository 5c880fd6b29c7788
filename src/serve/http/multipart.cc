// SPDX-License-Identifier: Apache-2.0
#include "http/multipart.h"

#include <algorithm>
#include <utility>

#include "base/format.h"
#include "http/header_value.h"
#include "seben/error.h"

namespace seben::serve {
namespace {

[[noreturn]] void refuse_form(const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::bad_data, "multipart body", expected, found);
}

bool is_boundary_character(char c) {
  const auto b = static_cast<unsigned char>(c);
  return (b >= '0' && b <= '9') || (b >= 'A' && b <= 'Z') || (b >= 'a' && b <= 'z') ||
         std::string_view("'()+_,-./:=? ").find(c) != std::string_view::npos;
}

// The lines of a part's head: what is needed of them.
FormPart parse_head(std::string_view head) {
  FormPart out;
  bool disposition = false;
  while (!head.empty()) {
    const std::size_t to = std::min(head.find("\r\n"), head.size());
    const std::string_view line = head.substr(0, to);
    head.remove_prefix(std::min(head.size(), to + 2));
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos || colon == 0) refuse_form("NAME: VALUE in the head of a part", "another line");
    const std::string name = lower_case(line.substr(0, colon));
    if (name == "content-type") out.type = std::string(trimmed(line.substr(colon + 1)));
    if (name != "content-disposition") continue;
    const auto value = parse_header_value(line.substr(colon + 1));
    if (!value || value->word != "form-data" || disposition) {
      refuse_form("one Content-Disposition: form-data for a part", "another");
    }
    disposition = true;
    if (const std::string* field = value->parameter("name")) out.name = *field;
    if (const std::string* file = value->parameter("filename")) out.filename = *file;
  }
  if (!disposition || out.name.empty()) refuse_form("a name for each part", "none");
  return out;
}

}  // namespace

std::optional<std::string> MultipartReader::boundary_of(std::string_view content_type) {
  const auto value = parse_header_value(content_type);
  if (!value || value->word != "multipart/form-data") return std::nullopt;
  const std::string* boundary = value->parameter("boundary");
  if (boundary == nullptr || boundary->empty() || boundary->size() > kLongestBoundary || boundary->ends_with(' ') ||
      !std::ranges::all_of(*boundary, is_boundary_character)) {
    return std::nullopt;
  }
  return *boundary;
}

// The first delimiter stands at the beginning of the body, without the line end that belongs to all others: it is lent.
MultipartReader::MultipartReader(const std::string& boundary, Sink sink)
    : delimiter_("\r\n--" + boundary), sink_(std::move(sink)), held_("\r\n") {}

void MultipartReader::push(std::string_view bytes) {
  if (state_ == State::epilogue) return;
  held_ += bytes;
  while (step()) {
  }
}

void MultipartReader::finish() const {
  if (state_ != State::epilogue) refuse_form("its last delimiter", "the end of the body before it");
}

// Whether something was decided, so that more may be.
bool MultipartReader::step() {
  switch (state_) {
    case State::preamble:
    case State::data: return find_delimiter();
    case State::boundary: return after_delimiter();
    case State::head: return read_head();
    case State::epilogue: held_.clear(); return false;
  }
  return false;
}

void MultipartReader::give(std::size_t count) {
  if (count != 0 && state_ == State::data) sink_.data(std::string_view(held_).substr(0, count));
  held_.erase(0, count);
}

bool MultipartReader::find_delimiter() {
  const std::size_t at = held_.find(delimiter_);
  if (at == std::string::npos) {  // all but what may be the beginning of one
    const std::size_t kept = std::min(held_.size(), delimiter_.size() - 1);
    give(held_.size() - kept);
    return false;
  }
  give(at);
  held_.erase(0, delimiter_.size());
  if (state_ == State::data) sink_.end();
  state_ = State::boundary;
  return true;
}

// Two hyphens end the form; else the rest of the line is white space.
bool MultipartReader::after_delimiter() {
  if (held_.size() < 2) return false;
  if (held_.starts_with("--")) {
    state_ = State::epilogue;
    return true;
  }
  const std::size_t end = held_.find("\r\n");
  const std::string_view padding = std::string_view(held_).substr(0, end);
  const std::size_t other = padding.find_first_not_of(" \t");
  const bool cut = end == std::string::npos && other == padding.size() - 1 && padding[other] == '\r';
  if ((other != std::string_view::npos && !cut) || padding.size() > kLongestHead) {
    refuse_form("the end of the line after a delimiter", "more");
  }
  if (end == std::string::npos) return false;
  held_.erase(0, end);  // the line end stays: a head without lines is found by it
  state_ = State::head;
  return true;
}

bool MultipartReader::read_head() {
  const std::size_t end = held_.find("\r\n\r\n");
  if (std::min(end, held_.size()) > kLongestHead) {
    refuse_form(base::format("at most {} bytes for the head of a part", kLongestHead), "more");
  }
  if (end == std::string::npos) return false;
  if (++parts_ > kMostParts) refuse_form(base::format("at most {} parts", kMostParts), "more");
  const FormPart part = parse_head(end == 0 ? std::string_view() : std::string_view(held_).substr(2, end - 2));
  held_.erase(0, end + 4);
  sink_.begin(part);
  state_ = State::data;
  return true;
}

}  // namespace seben::serve
