// SPDX-License-Identifier: Apache-2.0
// Everything that a command says: results on standard output, messages on standard error.
#pragma once

#include <string_view>
#include <type_traits>
#include <utility>

#include "base/format.h"
#include "base/printable.h"

namespace seben::cli {

/// Before anything else: puts something unusable in place of standard streams that the caller closed, so that no file
/// is ever opened as number 0, 1 or 2.
void hold_standard_streams();

/// A part of the result, as it is. A write that fails is remembered and what follows is dropped: the work goes on, as
/// it may have files to write, and `flush_out` tells in the end. Only a signal is thrown (base::Interrupted).
void write_out(std::string_view bytes);

/// The same for a format that other programs read: as it is, but fit to be shown when standard output is a terminal.
void write_document(std::string_view document);

/// The same for JSON; characters that turn text around are written as escapes.
void write_json(std::string_view json);

/// Lines for people, made fit to be shown.
void write_lines(std::string_view lines);

/// Texts from files and names must not break a line either.
template <typename T>
[[nodiscard]] decltype(auto) shown(const T& value) {
  if constexpr (std::is_convertible_v<const T&, std::string_view>) {
    return base::printable(value);
  } else {
    return (value);
  }
}

/// The same by a format: each value that is a text is made one printable line.
template <typename... T>
void print_out(fmt::format_string<T...> format, T&&... values) {
  const fmt::string_view words = format;
  write_lines([&](const auto&... parts) {
    return base::format_text(words, fmt::make_format_args(parts...));
  }(shown(values)...));
}

/// Hands over what was written so far. Error(io) when it could not be, now or before; Interrupted(SIGPIPE) when nobody
/// reads it any more. `what` is what had no room.
void flush_out(std::string_view what = "the results");

[[nodiscard]] bool out_failed() noexcept;
/// `flush_out` at the end of the program, unless it has told already.
void finish_out();

/// A message: one line, fit to be shown. Never fails, since there is nobody left to tell.
void write_message(std::string_view line) noexcept;
template <typename... T>
void print_err(fmt::format_string<T...> format, T&&... values) {
  write_message(base::format(format, std::forward<T>(values)...));
}

/// A piece of a line that moves the cursor; for progress. Never fails.
void write_progress(std::string_view piece) noexcept;

}  // namespace seben::cli
