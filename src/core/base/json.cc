// SPDX-License-Identifier: Apache-2.0
#include "base/json.h"

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/file.h"
#include "base/flat_json.h"
#include "base/format.h"
#include "seben/error.h"

namespace seben::base {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShownBytes = 80;

// What a hostile text put into a message stays printable ASCII and short.
std::string escaped(std::string_view text, std::size_t limit = kShownBytes) {
  std::string shown;
  for (const char c : text.substr(0, limit)) {
    const auto byte = static_cast<unsigned char>(c);
    shown += byte < 0x20 || byte > 0x7e ? base::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return text.size() > limit ? shown + "..." : shown;
}

// nlohmann's texts start with "[json.exception.parse_error.101] parse error at line 1, column 2: ".
std::string reason_of(const Json::exception& error) {
  std::string_view text = error.what();
  if (const std::size_t end = text.find("] "); end != std::string_view::npos) text.remove_prefix(end + 2);
  return escaped(text, 200);
}

// The object whose members are kept as a list: `name` in `parent`.
struct Flat {
  std::string_view parent, name;
  FlatMembers& members;
};

// A member that is there twice, by a table of hashes at most half full.
const std::string* repeated(const FlatMembers& members) {
  std::size_t size = 16;
  while (size < 2 * members.size()) size *= 2;
  std::vector<std::uint32_t> slots(size, 0);  // one more than the place in the list
  for (std::size_t i = 0; i < members.size(); ++i) {
    const std::string& key = members[i].first;
    std::size_t slot = std::hash<std::string>{}(key) & (size - 1);
    for (; slots[slot] != 0; slot = (slot + 1) & (size - 1)) {
      if (members[slots[slot] - 1].first == key) return &key;
    }
    slots[slot] = static_cast<std::uint32_t>(i) + 1;
  }
  return nullptr;
}

// Builds the value while the parser goes, applies the limits and refuses duplicate keys. (The library's own way to look
// on, a callback, walks all members of the parent after each child: quadratic.)
class Builder {
 public:
  Builder(const std::string& source, const JsonLimits& limits, const Flat* flat = nullptr)
      : source_(source), limits_(limits), flat_(flat) {}

  [[nodiscard]] Json take() { return std::move(root_); }

  // The names are the library's.
  bool null() { return scalar(nullptr); }
  bool boolean(bool value) { return scalar(value); }
  bool number_integer(Json::number_integer_t value) { return scalar(value); }
  bool number_unsigned(Json::number_unsigned_t value) { return scalar(value); }
  bool number_float(Json::number_float_t value, const std::string&) { return scalar(value); }
  bool string(std::string& value) { return scalar(std::move(value)); }
  bool binary(Json::binary_t& value) { return scalar(std::move(value)); }
  bool start_object(std::size_t) { return enter(Json::value_t::object); }
  bool start_array(std::size_t) { return enter(Json::value_t::array); }
  bool end_object() {
    if (open_.back() == flat_object_) {
      if (const std::string* name = repeated(flat_->members)) refuse_twice(*name);
      flat_object_ = nullptr;
    }
    return leave();
  }
  bool end_array() { return leave(); }

  bool key(std::string& name) {
    count();
    if (open_.back() == flat_object_) {
      flat_->members.emplace_back(std::move(name), nullptr);
      member_ = &flat_->members.back().second;
      return true;
    }
    if (flat_ != nullptr) {
      if (open_.size() == 1) in_parent_ = name == flat_->parent;
      at_flat_ = open_.size() == 2 && in_parent_ && name == flat_->name;
    }
    const auto [member, is_new] = open_.back()->get_ref<Json::object_t&>().try_emplace(name);
    if (!is_new) refuse_twice(name);
    member_ = &member->second;
    return true;
  }

  bool parse_error(std::size_t, const std::string&, const Json::exception& error) {
    throw Error(ErrorCategory::bad_data, source_, "well-formed JSON", reason_of(error));
  }

 private:
  template <class Value>
  bool scalar(Value&& value) {
    count();
    at_flat_ = false;
    place(Json(std::forward<Value>(value)));
    return true;
  }

  [[noreturn]] void refuse_twice(const std::string& name) const {
    throw Error(ErrorCategory::bad_data, source_, "every key once", base::format("\"{}\" twice", escaped(name)));
  }

  bool enter(Json::value_t kind) {
    count();
    if (open_.size() >= limits_.max_depth) {
      throw Error(ErrorCategory::bad_data, source_, base::format("JSON nested at most {} deep", limits_.max_depth),
                  "deeper nesting");
    }
    open_.push_back(place(Json(kind)));
    if (std::exchange(at_flat_, false) && kind == Json::value_t::object) flat_object_ = open_.back();
    return true;
  }

  bool leave() {
    open_.pop_back();
    return true;
  }

  // Where the value stands then; valid until its container grows, which it does only after the value is complete.
  Json* place(Json value) {
    if (open_.empty()) return &(root_ = std::move(value));
    if (open_.back()->is_array()) return &open_.back()->get_ref<Json::array_t&>().emplace_back(std::move(value));
    return &(*member_ = std::move(value));
  }

  void count() {
    if (++values_ > limits_.max_values) {
      throw Error(ErrorCategory::bad_data, source_, base::format("at most {} JSON values", limits_.max_values), "more");
    }
  }

  const std::string& source_;
  const JsonLimits& limits_;
  std::size_t values_ = 0;
  Json root_;
  std::vector<Json*> open_;  // objects and arrays that have not ended
  Json* member_ = nullptr;   // the one that the last key made
  const Flat* flat_;
  bool in_parent_ = false, at_flat_ = false;  // whether the last keys lead there
  const Json* flat_object_ = nullptr;         // while it is open
};

Json parse(std::string_view text, const std::string& source, const JsonLimits& limits, const Flat* flat) {
  if (text.size() > limits.max_bytes) {
    throw Error(ErrorCategory::bad_data, source, base::format("at most {} bytes of JSON", limits.max_bytes),
                std::to_string(text.size()));
  }
  Builder builder(source, limits, flat);
  Json::sax_parse(text.begin(), text.end(), &builder);  // refuses by exceptions only
  return builder.take();
}

std::string shown(const Json& value) {
  if (value.is_string()) return '"' + escaped(value.get_ref<const std::string&>()) + '"';
  if (value.is_object()) return "an object";
  if (value.is_array()) return "an array";
  return escaped(value.dump());
}

bool is_plain_key(std::string_view key) {
  return !key.empty() && key.size() <= kShownBytes && key.find_first_of(". []\"\n") == std::string_view::npos;
}

}  // namespace

Json parse_json(std::string_view text, const std::string& source, const JsonLimits& limits) {
  return parse(text, source, limits, nullptr);
}

Json parse_json_flat(std::string_view text, const std::string& source, const JsonLimits& limits,
                     std::string_view parent, std::string_view name, FlatMembers& members) {
  const Flat flat{parent, name, members};
  return parse(text, source, limits, &flat);
}

Json read_json(const std::string& path, const JsonLimits& limits) {
  return parse_json(read_text(path, limits.max_bytes), path, limits);
}

JsonReader::JsonReader(const Json& value, std::string source) : JsonReader(value, std::move(source), "") {}

JsonReader::JsonReader(const Json& value, std::string source, std::string path)
    : value_(&value), source_(std::move(source)), path_(std::move(path)) {}

std::string JsonReader::where() const { return path_.empty() ? source_ : source_ + ": " + path_; }

std::string JsonReader::where(std::string_view key) const {
  std::string path = path_;
  if (is_plain_key(key)) {
    path.append(path.empty() ? "" : ".").append(key);
  } else {
    path += "[\"" + escaped(key) + "\"]";
  }
  return source_ + ": " + path;
}

void JsonReader::fail(std::string_view key, std::string expected, std::string found) const {
  throw Error(ErrorCategory::bad_data, where(key), std::move(expected), std::move(found));
}

void JsonReader::fail_type(std::string expected) const {
  throw Error(ErrorCategory::bad_data, where(), std::move(expected), shown(*value_));
}

JsonReader JsonReader::member(std::string_view key) const {
  const auto found = as_object().value_->find(key);
  if (found == value_->end()) fail(key, "a value", "nothing");
  return {*found, source_, where(key).substr(source_.size() + 2)};
}

std::string JsonReader::string(std::string_view key) const { return member(key).as_string(); }
std::int64_t JsonReader::integer(std::string_view key, std::int64_t min, std::int64_t max) const {
  return member(key).as_integer(min, max);
}
double JsonReader::number(std::string_view key) const { return member(key).as_number(); }
bool JsonReader::boolean(std::string_view key) const { return member(key).as_boolean(); }
JsonReader JsonReader::object(std::string_view key) const { return member(key).as_object(); }
std::vector<JsonReader> JsonReader::array(std::string_view key, std::size_t max_size) const {
  return member(key).as_array(max_size);
}

std::vector<std::string> JsonReader::strings(std::string_view key, std::size_t max_size) const {
  std::vector<std::string> texts;
  for (const JsonReader& element : array(key, max_size)) texts.push_back(element.as_string());
  return texts;
}

bool JsonReader::has(std::string_view key) const {
  const auto found = as_object().value_->find(key);
  return found != value_->end() && !found->is_null();
}

std::string JsonReader::string_or(std::string_view key, std::string fallback) const {
  return has(key) ? string(key) : std::move(fallback);
}
std::int64_t JsonReader::integer_or(std::string_view key, std::int64_t fallback, std::int64_t min,
                                    std::int64_t max) const {
  return has(key) ? integer(key, min, max) : fallback;
}
double JsonReader::number_or(std::string_view key, double fallback) const { return has(key) ? number(key) : fallback; }
bool JsonReader::boolean_or(std::string_view key, bool fallback) const { return has(key) ? boolean(key) : fallback; }

std::string JsonReader::as_string() const {
  if (!value_->is_string()) fail_type("a string");
  return value_->get<std::string>();
}

std::int64_t JsonReader::as_integer(std::int64_t min, std::int64_t max) const {
  const auto expected = [&] { return base::format("a whole number from {} to {}", min, max); };
  if (!value_->is_number_integer()) fail_type(expected());
  const auto top = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());
  if (value_->is_number_unsigned() && value_->get<std::uint64_t>() > top) fail_type(expected());
  const auto number = value_->get<std::int64_t>();
  if (number < min || number > max) fail_type(expected());
  return number;
}

double JsonReader::as_number() const {
  if (!value_->is_number()) fail_type("a number");
  const auto number = value_->get<double>();
  if (!std::isfinite(number)) fail_type("a finite number");
  return number;
}

bool JsonReader::as_boolean() const {
  if (!value_->is_boolean()) fail_type("true or false");
  return value_->get<bool>();
}

const JsonReader& JsonReader::as_object() const {
  if (!value_->is_object()) fail_type("an object");
  return *this;
}

std::vector<JsonReader> JsonReader::as_array(std::size_t max_size) const {
  if (!value_->is_array()) fail_type("an array");
  if (value_->size() > max_size) {
    throw Error(ErrorCategory::bad_data, where(), base::format("at most {} elements", max_size),
                std::to_string(value_->size()));
  }
  std::vector<JsonReader> elements;
  elements.reserve(value_->size());
  for (std::size_t i = 0; i < value_->size(); ++i) {
    elements.push_back({(*value_)[i], source_, base::format("{}[{}]", path_, i)});
  }
  return elements;
}

std::vector<std::string> JsonReader::keys() const {
  std::vector<std::string> names;
  for (const auto& item : as_object().value_->items()) names.push_back(item.key());
  return names;
}

void JsonReader::refuse_unknown_keys(std::initializer_list<std::string_view> known) const {
  for (const std::string& key : keys()) {
    bool is_known = false;
    for (const std::string_view name : known) is_known = is_known || name == key;
    if (!is_known) fail(key, "no such key in this version", "it");
  }
}

}  // namespace seben::base
