// SPDX-License-Identifier: Apache-2.0
#include "fetch/places.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>

#include "base/byte_order_mark.h"
#include "base/file.h"
#include "fetch/url.h"
#include "seben/error.h"

namespace seben::fetch {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kLongestToken = 4096;

std::string variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string first_of(std::initializer_list<const char*> names) {
  for (const char* name : names) {
    if (std::string value = variable(name); !value.empty()) return value;
  }
  return "";
}

std::string home() {
  std::string folder = variable("HOME");
  if (folder.empty()) {
    throw Error(ErrorCategory::usage, "HOME", "a home folder, or SEBEN_MODELS, XDG_CACHE_HOME and XDG_DATA_HOME",
                "none");
  }
  return folder;
}

// "~/models" as Hugging Face's programs read it.
std::string expanded(std::string path) {
  if (path == "~" || path.starts_with("~/")) path.replace(0, 1, home());
  return path;
}

std::string under(const char* root, const std::string& otherwise, const std::string& rest) {
  const std::string folder = variable(root);
  return (folder.empty() ? home() + otherwise : expanded(folder)) + rest;
}

std::string hub_home() {
  const std::string given = variable("HF_HOME");
  return given.empty() ? under("XDG_CACHE_HOME", "/.cache", "/huggingface") : expanded(given);
}

std::string trimmed_token(std::string text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
  text = base::without_byte_order_mark(text);
  text.erase(std::ranges::find_if_not(text.rbegin(), text.rend(), is_space).base(), text.end());
  text.erase(text.begin(), std::ranges::find_if_not(text, is_space));
  return text;
}

std::string stored_token() {
  const std::string given = variable("HF_TOKEN_PATH");
  const std::string path = given.empty() ? hub_home() + "/token" : expanded(given);
  std::error_code ignored;
  return fs::is_regular_file(path, ignored) ? base::read_text(path, kLongestToken) : "";
}

bool is_true(std::string value) {
  std::ranges::transform(value, value.begin(),
                         [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c; });
  return value == "1" || value == "ON" || value == "YES" || value == "TRUE";
}

void check_token(const Places& places) {
  const auto is_fit = [](char c) { return c > 0x20 && c < 0x7F; };
  if (places.token.size() > kLongestToken || !std::ranges::all_of(places.token, is_fit)) {
    throw Error(ErrorCategory::usage, "HF_TOKEN", "a word of letters, digits and signs", "something else");
  }
  const Url url = *parse_url(places.endpoint);
  if (!places.token.empty() && url.scheme == "http" && !url.is_loopback()) {
    throw Error(ErrorCategory::usage, "HF_ENDPOINT", "https, as there is a token to send (HF_TOKEN)", places.endpoint);
  }
}

}  // namespace

std::string models_of_environment() {
  const std::string given = variable("SEBEN_MODELS");
  return given.empty() ? under("XDG_DATA_HOME", "/.local/share", "/seben/models") : given;
}

Places Places::of_environment() {
  Places places;
  places.models = models_of_environment();
  places.hub_cache = expanded(first_of({"HF_HUB_CACHE", "HUGGINGFACE_HUB_CACHE"}));
  if (places.hub_cache.empty()) places.hub_cache = hub_home() + "/hub";
  places.downloads = under("XDG_CACHE_HOME", "/.cache", "/seben/downloads");
  if (std::string endpoint = variable("HF_ENDPOINT"); !endpoint.empty()) {
    while (endpoint.ends_with('/')) endpoint.pop_back();
    if (!parse_url(endpoint)) {
      throw Error(ErrorCategory::usage, "HF_ENDPOINT", "an address of http or https, without a user's name", endpoint);
    }
    places.endpoint = endpoint;
  }
  places.token = trimmed_token(first_of({"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}));
  if (places.token.empty() && !is_true(variable("HF_HUB_DISABLE_IMPLICIT_TOKEN")))
    places.token = trimmed_token(stored_token());
  check_token(places);
  places.offline = is_true(variable("HF_HUB_OFFLINE"));
  return places;
}

}  // namespace seben::fetch
