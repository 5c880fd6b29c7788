// SPDX-License-Identifier: Apache-2.0
// A strict reader of markup: what it accepts is well-formed XML (without a prologue beyond <!DOCTYPE html>), so no
// browser has to guess. It knows nothing of the writer that it checks.
#pragma once

#include <map>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace seben::report::test {

struct Element {
  std::string name;
  std::map<std::string, std::string> attributes;
  std::string text;  ///< of its own, without its children's; references resolved
  std::string path;  ///< "html/body/p"
};

class MarkupReader {
 public:
  explicit MarkupReader(std::string_view text) : text_(text) {}

  /// Every element in order of its end; throws std::runtime_error where the markup is not well formed.
  std::vector<Element> read() {
    constexpr std::string_view kDoctype = "<!DOCTYPE html>\n";
    if (text_.starts_with(kDoctype)) at_ = kDoctype.size();
    while (at_ < text_.size()) {
      if (text_[at_] == '<') {
        tag();
      } else {
        const std::string content = characters("<");
        if (!open_.empty()) {
          open_.back().text += content;
        } else if (content.find_first_not_of("\n ") != std::string::npos) {
          fail("text outside the document");
        }
      }
    }
    if (!open_.empty()) fail("<" + open_.back().name + "> is never closed");
    return done_;
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw std::runtime_error("byte " + std::to_string(at_) + ": " + what + " near '" +
                             std::string(text_.substr(at_ > 30 ? at_ - 30 : 0, 60)) + "'");
  }
  char take() {
    if (at_ >= text_.size()) fail("unexpected end");
    return text_[at_++];
  }
  void expect(char c) {
    if (take() != c) fail(std::string("expected '") + c + "'");
  }
  std::string name() {
    const std::size_t from = at_;
    const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
    while (at_ < text_.size() &&
           (letter(text_[at_]) || (at_ > from && (text_[at_] == '-' || (text_[at_] >= '0' && text_[at_] <= '9'))))) {
      ++at_;
    }
    if (at_ == from) fail("expected a name");
    return std::string(text_.substr(from, at_ - from));
  }
  // Up to one of `ends`, with references resolved; '<' and unknown references are errors.
  std::string characters(std::string_view ends) {
    static const std::map<std::string, std::string> kKnown{
        {"amp", "&"}, {"lt", "<"}, {"gt", ">"}, {"quot", "\""}, {"#39", "'"}};
    std::string out;
    while (at_ < text_.size() && ends.find(text_[at_]) == std::string_view::npos) {
      const char c = text_[at_++];
      if (c == '<') fail("'<' in text");
      if (static_cast<unsigned char>(c) < 0x20 && c != '\n' && c != '\t') fail("control character");
      if (c != '&') {
        out += c;
        continue;
      }
      const std::size_t end = text_.find(';', at_);
      const auto found = kKnown.find(std::string(text_.substr(at_, end == text_.npos ? 0 : end - at_)));
      if (found == kKnown.end()) fail("unknown reference");
      out += found->second;
      at_ = end + 1;
    }
    return out;
  }
  void tag() {
    expect('<');
    if (at_ < text_.size() && text_[at_] == '/') {
      ++at_;
      const std::string closing = name();
      expect('>');
      if (open_.empty() || open_.back().name != closing) fail("</" + closing + "> closes nothing");
      done_.push_back(open_.back());
      open_.pop_back();
      return;
    }
    Element element;
    element.name = name();
    element.path = (open_.empty() ? "" : open_.back().path + "/") + element.name;
    while (at_ < text_.size() && text_[at_] == ' ') attribute(element);
    if (at_ < text_.size() && text_[at_] == '/') {
      ++at_;
      expect('>');
      done_.push_back(element);
      return;
    }
    expect('>');
    open_.push_back(element);
  }
  void attribute(Element& element) {
    expect(' ');
    const std::string key = name();
    expect('=');
    expect('"');
    if (!element.attributes.emplace(key, characters("\"")).second) fail(key + " twice");
    expect('"');
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Element> open_, done_;
};

inline std::vector<Element> read_markup(std::string_view text) { return MarkupReader(text).read(); }

}  // namespace seben::report::test
