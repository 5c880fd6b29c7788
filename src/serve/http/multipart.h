// SPDX-License-Identifier: Apache-2.0
// multipart/form-data (RFC 7578) as it comes, in pieces of any size: nothing but the piece and a delimiter is held.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace seben::serve {

struct FormPart {
  std::string name;
  std::optional<std::string> filename;  ///< what the client calls its file; never a path to open
  std::string type;                     ///< its Content-Type, as it is; may be empty
};

/// Error(bad_data) from every member for what is no such form. Not for several threads.
class MultipartReader {
 public:
  static constexpr std::size_t kMostParts = 64;
  static constexpr std::size_t kLongestHead = 8192;  ///< of one part
  static constexpr std::size_t kLongestBoundary = 70;

  struct Sink {
    std::function<void(const FormPart&)> begin;
    std::function<void(std::string_view)> data;
    std::function<void()> end;
  };

  /// The boundary that a Content-Type names; nothing when it is not multipart/form-data or names none that can be.
  [[nodiscard]] static std::optional<std::string> boundary_of(std::string_view content_type);

  MultipartReader(const std::string& boundary, Sink sink);

  void push(std::string_view bytes);
  /// The body has ended.
  void finish() const;

 private:
  enum class State : std::uint8_t { preamble, boundary, head, data, epilogue };
  [[nodiscard]] bool step();
  [[nodiscard]] bool find_delimiter();
  [[nodiscard]] bool after_delimiter();
  [[nodiscard]] bool read_head();
  void give(std::size_t count);

  std::string delimiter_;  // CR LF and two hyphens before the boundary
  Sink sink_;
  std::string held_;  // not yet decided on
  State state_ = State::preamble;
  std::size_t parts_ = 0;
};

}  // namespace seben::serve
