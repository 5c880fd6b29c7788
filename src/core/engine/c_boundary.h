// SPDX-License-Identifier: Apache-2.0
// What all functions of the C interface share: errors as a status and a line, structs of older and newer callers.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <initializer_list>
#include <memory>
#include <string>
#include <vector>

#include "base/failure.h"
#include "seben/seben.h"
#include "seben/transcriber.h"
#include "seben/version.h"

struct seben_transcriber {
  std::shared_ptr<const seben::Transcriber> transcriber;  // streams keep it beyond seben_destroy
};

namespace seben::c_api {

inline constexpr std::size_t kLargestStruct = 4096;  // a larger size is one that nobody set

class Cancelled : public std::exception {};

inline void set_error(char** error, const char* message) noexcept {
  if (error == nullptr) return;
  const std::size_t bytes = std::strlen(message) + 1;
  *error = static_cast<char*>(std::malloc(bytes));
  if (*error != nullptr) std::memcpy(*error, message, bytes);
}

inline seben_status answer(const std::exception& failure, char** error) noexcept {
  try {
    const Error said = base::as_error(failure);
    set_error(error, said.what());
    return static_cast<seben_status>(said.category());
  } catch (const std::exception&) {  // not even room for the line
    set_error(error, "memory: expected enough of it, found no more");
    return SEBEN_MEMORY;
  }
}

// No exception crosses the boundary.
template <typename Work>
seben_status guarded(char** error, Work&& work) noexcept {
  if (error != nullptr) *error = nullptr;
  try {
    work();
    return SEBEN_OK;
  } catch (const Cancelled&) {
    set_error(error, "cancelled by a callback");
    return SEBEN_CANCELLED;
  } catch (const std::exception& failure) {
    return answer(failure, error);
  } catch (...) {
    set_error(error, "unknown exception");
    return SEBEN_INTERNAL;
  }
}

inline void require(bool condition, const char* where) {
  if (!condition) throw Error(ErrorCategory::usage, where, "a pointer", "NULL");
}

// How much of a caller's struct is read or written. Its size is this header's, one of the `past` headers', or a newer
// one's whose further fields are zero.
template <typename Struct>
std::size_t known_size(const char* where, std::initializer_list<std::size_t> past, const Struct* given) {
  const bool is_past = std::find(past.begin(), past.end(), given->size) != past.end();
  if (!is_past && (given->size < sizeof(Struct) || given->size > kLargestStruct)) {
    throw Error(ErrorCategory::usage, std::string(where) + ": size",
                "sizeof(" + std::string(where) + ") of a header, here " + std::to_string(sizeof(Struct)),
                std::to_string(given->size));
  }
  const auto* bytes = reinterpret_cast<const unsigned char*>(given);
  for (std::size_t i = sizeof(Struct); i < given->size; ++i) {
    if (bytes[i] == 0) continue;
    throw Error(ErrorCategory::usage, where,
                "fields of seben " SEBEN_VERSION ", its first " + std::to_string(sizeof(Struct)) + " bytes",
                "a newer field that is set, at byte " + std::to_string(i));
  }
  return std::min(given->size, sizeof(Struct));
}

// `out` has the size of the caller's header.
inline seben_status fill_span(const seben_span& known, seben_span* out) noexcept {
  if (out == nullptr || out->size > kLargestStruct) return SEBEN_USAGE;
  if (out->size < sizeof(seben_span) && out->size != offsetof(seben_span, channel)) return SEBEN_USAGE;
  const std::size_t size = out->size;
  std::memset(out, 0, size);
  std::memcpy(out, &known, std::min(size, sizeof known));
  out->size = size;
  return SEBEN_OK;
}

template <typename Part>
seben_status span_at(const std::vector<Part>& parts, std::size_t index, seben_span* out) noexcept {
  if (index >= parts.size()) return SEBEN_USAGE;
  const Part& part = parts[index];
  return fill_span({sizeof(seben_span), part.text.c_str(), part.start, part.end, part.confidence, part.channel}, out);
}

}  // namespace seben::c_api
