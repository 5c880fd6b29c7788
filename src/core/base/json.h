// SPDX-License-Identifier: Apache-2.0
// Strict JSON: a parser that bounds what it accepts, and typed reading whose errors name the field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>
#include <vector>

namespace seben::base {

struct JsonLimits {
  std::size_t max_bytes = std::size_t{16} << 20;  ///< of the text
  std::size_t max_depth = 32;                     ///< nested objects and arrays
  std::size_t max_values = 2'000'000;             ///< keys and values together
};

/// Parses `text`; `source` (a path) starts every error. Refused as Error(bad_data): everything RFC 8259 refuses,
/// duplicate keys, ill-formed UTF-8, numbers outside a double, text after the value, and whatever exceeds `limits`.
[[nodiscard]] nlohmann::json parse_json(std::string_view text, const std::string& source,
                                        const JsonLimits& limits = {});

/// read_text and parse_json.
[[nodiscard]] nlohmann::json read_json(const std::string& path, const JsonLimits& limits = {});

/// One JSON value being read, with the way to it: "bundle.json: files[3].bytes". It refers to the value, which must
/// outlive it. Every mismatch is Error(bad_data).
class JsonReader {
 public:
  JsonReader(const nlohmann::json& value, std::string source);

  /// Members of an object: a missing one and one of another type are errors.
  [[nodiscard]] std::string string(std::string_view key) const;
  [[nodiscard]] std::int64_t integer(std::string_view key, std::int64_t min, std::int64_t max) const;
  [[nodiscard]] double number(std::string_view key) const;
  [[nodiscard]] bool boolean(std::string_view key) const;
  [[nodiscard]] JsonReader object(std::string_view key) const;
  [[nodiscard]] std::vector<JsonReader> array(std::string_view key, std::size_t max_size = 1'000'000) const;
  [[nodiscard]] std::vector<std::string> strings(std::string_view key, std::size_t max_size = 1'000'000) const;

  /// Whether the member is there and not null.
  [[nodiscard]] bool has(std::string_view key) const;
  [[nodiscard]] std::string string_or(std::string_view key, std::string fallback) const;
  [[nodiscard]] std::int64_t integer_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                                        std::int64_t max) const;
  [[nodiscard]] double number_or(std::string_view key, double fallback) const;
  [[nodiscard]] bool boolean_or(std::string_view key, bool fallback) const;

  /// The value itself.
  [[nodiscard]] std::string as_string() const;
  [[nodiscard]] std::int64_t as_integer(std::int64_t min, std::int64_t max) const;
  [[nodiscard]] double as_number() const;
  [[nodiscard]] bool as_boolean() const;
  [[nodiscard]] const JsonReader& as_object() const;  ///< checks that it is one
  [[nodiscard]] std::vector<JsonReader> as_array(std::size_t max_size = 1'000'000) const;
  [[nodiscard]] const nlohmann::json& value() const noexcept { return *value_; }

  [[nodiscard]] std::vector<std::string> keys() const;
  void refuse_unknown_keys(std::initializer_list<std::string_view> known) const;

  /// "bundle.json: files[3]" or, with a key, "bundle.json: files[3].bytes".
  [[nodiscard]] std::string where() const;
  [[nodiscard]] std::string where(std::string_view key) const;
  /// Throws Error(bad_data) at the member `key`.
  [[noreturn]] void fail(std::string_view key, std::string expected, std::string found) const;

 private:
  JsonReader(const nlohmann::json& value, std::string source, std::string path);
  [[nodiscard]] JsonReader member(std::string_view key) const;
  [[noreturn]] void fail_type(std::string expected) const;

  const nlohmann::json* value_;
  std::string source_;
  std::string path_;
};

}  // namespace seben::base
