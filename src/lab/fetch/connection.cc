// SPDX-License-Identifier: Apache-2.0
// The only file that knows libcurl; no_connection.cc stands in its place without SEBEN_FETCH.
#include "fetch/connection.h"

#include <curl/curl.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <chrono>
#include <cstdint>
#include <exception>
#include <string_view>
#include <utility>

#include "base/interrupt.h"
#include "seben/version.h"

namespace seben::fetch {
namespace {

constexpr std::size_t kMostHeaders = 200, kMostHeaderBytes = 16'384;

// What the callbacks of one request share. No exception may pass through C: it waits in `failure`.
struct Exchange {
  const HttpRequest& request;
  HttpResponse response;
  std::exception_ptr failure;
  bool head_is_told = false, body_is_enough = false;
};

std::string trimmed(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())) != 0) text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())) != 0) text.remove_suffix(1);
  return std::string(text);
}

void take_header_line(Exchange& exchange, CURL* curl, std::string_view line) {
  HttpResponse& response = exchange.response;
  if (line.starts_with("HTTP/")) {  // also after "100 Continue"
    response = {};
    exchange.head_is_told = false;
    return;
  }
  if (exchange.head_is_told) return;  // a trailer
  const std::string whole = trimmed(line);
  if (whole.empty()) {
    curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &response.status);
    if (response.status < 200) return;
    exchange.head_is_told = true;
    if (exchange.request.on_head) exchange.request.on_head(response);
    return;
  }
  const std::size_t colon = whole.find(':');
  if (colon == std::string::npos || whole.size() > kMostHeaderBytes || response.headers.size() >= kMostHeaders) {
    throw NoAnswer("headers that are none, or too many", NoAnswer::Hope::none);
  }
  std::string name = whole.substr(0, colon);
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  response.headers[name] = trimmed(std::string_view(whole).substr(colon + 1));
}

struct Told {
  Exchange* exchange;
  CURL* curl;
};

// Whether at least 100 bytes a second come, over spans of `seconds`. libcurl's own limit looks at a smoothed speed, by
// which a fast beginning hides a long silence.
struct Pace {
  using clock = std::chrono::steady_clock;
  int seconds;
  clock::time_point since = clock::now();
  std::int64_t before = 0;
  bool stalled = false;

  bool is_stalled(std::int64_t done) {
    const clock::time_point now = clock::now();
    if (now - since < std::chrono::seconds(seconds)) return false;
    const bool slow = done - before < std::int64_t{100} * seconds;
    since = now;
    before = done;
    return slow;
  }
};

// A redirect's target, which may be relative; as it is when it is no address.
std::string resolved(const std::string& base, const std::string& location) {
  if (location.empty()) return location;
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), curl_url_cleanup);
  if (!url || curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
      curl_url_set(url.get(), CURLUPART_URL, location.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) {
    return location;
  }
  char* text = nullptr;
  if (curl_url_get(url.get(), CURLUPART_URL, &text, 0) != CURLUE_OK) return location;
  std::string whole = text;
  curl_free(text);
  return whole;
}

template <typename Work>
bool guarded(Exchange& exchange, const Work& work) noexcept {
  try {
    return work();
  } catch (...) {
    exchange.failure = std::current_exception();
    return false;
  }
}

extern "C" {  // static as well: a C name is no namespace's

static std::size_t take_header(char* text, std::size_t, std::size_t size, void* user) {
  const Told told = *static_cast<Told*>(user);
  const bool done = guarded(*told.exchange, [&] {
    take_header_line(*told.exchange, told.curl, {text, size});
    return true;
  });
  return done ? size : 0;
}

static std::size_t take_body(char* bytes, std::size_t, std::size_t size, void* user) {
  Exchange& exchange = *static_cast<Told*>(user)->exchange;
  if (!exchange.request.on_body) return size;
  const bool more = guarded(exchange, [&] {
    exchange.body_is_enough = !exchange.request.on_body(std::as_bytes(std::span(bytes, size)));
    return !exchange.body_is_enough;
  });
  return more ? size : 0;
}

static int look_up(void* user, curl_off_t, curl_off_t done, curl_off_t, curl_off_t) {
  auto& pace = *static_cast<Pace*>(user);
  pace.stalled = pace.stalled || pace.is_stalled(static_cast<std::int64_t>(done));
  return pace.stalled || base::interrupt_requested() ? 1 : 0;
}

}  // extern "C"

NoAnswer::Hope hope_after(CURLcode code) noexcept {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_RESOLVE_PROXY:
    case CURLE_COULDNT_CONNECT: return NoAnswer::Hope::unreachable;
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_NOT_BUILT_IN: return NoAnswer::Hope::none;
    default: return NoAnswer::Hope::good;
  }
}

// libcurl's own start and end, once in a process.
struct CurlLibrary {
  CurlLibrary() { curl_global_init(CURL_GLOBAL_DEFAULT); }
  CurlLibrary(const CurlLibrary&) = delete;
  CurlLibrary& operator=(const CurlLibrary&) = delete;
  ~CurlLibrary() { curl_global_cleanup(); }
};

}  // namespace

struct Connection::Handle {
  explicit Handle(int stall) : stall_seconds(stall), curl(curl_easy_init()) {
    if (curl == nullptr) throw std::bad_alloc();
  }
  Handle(const Handle&) = delete;
  Handle& operator=(const Handle&) = delete;
  ~Handle() { curl_easy_cleanup(curl); }

  int stall_seconds;
  CURL* curl;
  std::array<char, CURL_ERROR_SIZE> words{};
};

Connection::Connection(int stall_seconds) {
  static const CurlLibrary library;
  handle_ = std::make_unique<Handle>(stall_seconds);
}

Connection::~Connection() = default;

HttpResponse Connection::perform(const HttpRequest& request) {
  CURL* curl = handle_->curl;
  Exchange exchange{request, {}, nullptr};
  Told told{&exchange, curl};
  Pace pace{handle_->stall_seconds};
  curl_slist* headers = nullptr;
  const auto drop = [](curl_slist* list) { curl_slist_free_all(list); };
  for (const std::string& header : request.headers) headers = curl_slist_append(headers, header.c_str());
  const std::unique_ptr<curl_slist, decltype(drop)> owner(headers, drop);

  curl_easy_reset(curl);  // open connections stay
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
#if LIBCURL_VERSION_NUM >= 0x075500
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
#else
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS, static_cast<long>(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOBODY, request.head ? 1L : 0L);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_USERAGENT, "seben/" SEBEN_VERSION);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, static_cast<long>(handle_->stall_seconds));
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, take_header);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &told);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take_body);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &told);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, look_up);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &pace);
  handle_->words[0] = '\0';
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, handle_->words.data());

  const CURLcode code = curl_easy_perform(curl);
  base::throw_if_interrupted();
  if (exchange.failure) std::rethrow_exception(exchange.failure);
  if (pace.stalled)
    throw NoAnswer("nothing for " + std::to_string(handle_->stall_seconds) + " s", NoAnswer::Hope::good);
  if (code != CURLE_OK && !exchange.body_is_enough) {
    throw NoAnswer(handle_->words[0] != '\0' ? handle_->words.data() : curl_easy_strerror(code), hope_after(code));
  }
  exchange.response.location = resolved(request.url, exchange.response.header("location"));
  return std::move(exchange.response);
}

}  // namespace seben::fetch
