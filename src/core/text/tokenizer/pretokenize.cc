// SPDX-License-Identifier: Apache-2.0
#include "text/tokenizer/pretokenize.h"

#include "base/utf8.h"
#include "text/tokenizer/char_class.h"

namespace seben::tokenizer {
namespace {

struct Look {
  CharClass kind;
  std::size_t end;
};

Look look(std::string_view text, std::size_t at) noexcept {
  const base::Utf8Step step = base::read_utf8(text, at);
  return {classify(step.code), at + step.size};
}

std::size_t run_end(std::string_view text, Look first) noexcept {
  std::size_t end = first.end;
  while (end < text.size()) {
    const Look next = look(text, end);
    if (next.kind != first.kind) break;
    end = next.end;
  }
  return end;
}

// Bytes of 's 't 're 've 'm 'll 'd at `at`, or 0.
std::size_t contraction(std::string_view text, std::size_t at) noexcept {
  if (text[at] != '\'' || at + 1 == text.size()) return 0;
  const char c = text[at + 1];
  if (c == 's' || c == 't' || c == 'm' || c == 'd') return 2;
  const std::string_view two = text.substr(at + 1, 2);
  return two == "re" || two == "ve" || two == "ll" ? 3 : 0;
}

// \s+(?!\S)|\s+ : all spaces at the end of the text, otherwise all but the last, which may begin the next piece.
std::size_t space_end(std::string_view text, Look first) noexcept {
  std::size_t end = first.end, last = first.end;  // `last`: the beginning of the last space, if there are several
  while (end < text.size()) {
    const Look next = look(text, end);
    if (next.kind != CharClass::space) return last;
    last = end;
    end = next.end;
  }
  return end;
}

}  // namespace

std::size_t piece_end(std::string_view text, std::size_t at) noexcept {
  if (const std::size_t size = contraction(text, at); size != 0) return at + size;
  const Look first = look(text, at);
  if (first.kind != CharClass::space) return run_end(text, first);
  if (text[at] == ' ' && first.end < text.size()) {
    const Look next = look(text, first.end);
    if (next.kind != CharClass::space) return run_end(text, next);
  }
  return space_end(text, first);
}

}  // namespace seben::tokenizer
