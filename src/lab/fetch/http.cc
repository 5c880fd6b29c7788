// SPDX-License-Identifier: Apache-2.0
#include "fetch/http.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <thread>

#include "base/bad_data.h"
#include "base/format.h"
#include "base/interrupt.h"
#include "fetch/url.h"

namespace seben::fetch {
namespace {

constexpr std::uint64_t kWorthATry = std::uint64_t{1} << 20;  // bytes
constexpr std::size_t kMostOfAComplaint = 200, kLongestShown = 300;

bool is_redirect(long status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}
bool is_body(long status) { return status == 200 || status == 206; }

std::optional<double> seconds(const std::string& text) {
  double value = 0.0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0.0)) return std::nullopt;
  return value;
}

// "404" with what the hub says to it.
std::string said(const HttpResponse& response) {
  const std::string words = response.header("x-error-message").substr(0, kMostOfAComplaint);
  return words.empty() ? base::format("status {}", response.status)
                       : base::format("status {} ({})", response.status, words);
}

void refuse(const HttpResponse& response, const std::string& url, const HttpOptions& options) {
  const long status = response.status;
  if (status == 401 || status == 403) {
    const char* expected = options.token.empty()
                               ? "to be let in (HF_TOKEN holds your token; gated models are asked for on their page)"
                               : "to be let in with this token (gated models are asked for on their page)";
    throw Error(ErrorCategory::no_input, url, expected, said(response));
  }
  if (status == 404 || status == 410) throw Error(ErrorCategory::no_input, url, "to be there", said(response));
  const Error error(kUnavailable, url, "an answer", said(response));
  const bool passing =
      status == 408 || status == 429 || status == 500 || status == 502 || status == 503 || status == 504;
  if (!passing) throw Error(error);
  const std::optional<double> wait = seconds(response.header("retry-after"));
  if (wait && *wait > options.longest_wait) {
    throw Error(kUnavailable, url, "an answer",
                base::format("{}, and a wait of {:.0f} s asked for", said(response), *wait));
  }
  throw Passing(error, wait);
}

void require_plain(const HttpResponse& response, const std::string& url) {
  const std::string coding = response.header("content-encoding");
  if (coding.empty() || coding == "identity") return;
  base::bad_data(url, "the bytes as they are", "Content-Encoding: " + coding);
}

void sleep_for(double pause) {
  using clock = std::chrono::steady_clock;
  const auto end = clock::now() + std::chrono::duration_cast<clock::duration>(std::chrono::duration<double>(pause));
  while (clock::now() < end) {
    base::throw_if_interrupted();
    std::this_thread::sleep_for(std::min<clock::duration>(end - clock::now(), std::chrono::milliseconds(50)));
  }
}

// An address as it is shown: signatures stay where they are.
std::string without_query(const std::string& url) { return url.substr(0, std::min(url.find('?'), kLongestShown)); }

}  // namespace

Url redirect_target(const Url& from, const std::string& location) {
  const std::optional<Url> to = parse_url(location);
  const std::string where = without_query(from.origin() + from.path);
  if (!to) base::bad_data(where, "to be redirected to http or https", without_query(location));
  if (from.scheme == "https" && to->scheme == "http") {
    base::bad_data(where, "to stay on https", "a redirect to " + without_query(location));
  }
  return *to;
}

HttpClient::HttpClient(HttpOptions options) : options_(std::move(options)), connection_(options_.stall_seconds) {}

HttpResponse HttpClient::follow(HttpRequest request, Follow follow) {
  const std::vector<std::string> headers = std::move(request.headers);
  const std::string asked = request.url;  // what redirects lead to may hold signatures, and is no name for people
  std::optional<Url> url = parse_url(request.url);
  if (!url)
    throw Error(ErrorCategory::usage, request.url, "an address of http or https, without a user's name", "another");
  for (int hop = 0;; ++hop) {
    request.headers = headers;
    request.headers.emplace_back("Accept-Encoding: identity");
    if (!options_.token.empty() && url->origin() == options_.token_origin) {
      request.headers.push_back("Authorization: Bearer " + options_.token);
    }
    HttpResponse response;
    try {
      response = connection_.perform(request);
    } catch (const NoAnswer& none) {
      Error error(kUnavailable, asked, "an answer", none.what());
      if (none.hope() != NoAnswer::Hope::none) {
        throw Passing(std::move(error), std::nullopt, none.hope() == NoAnswer::Hope::unreachable);
      }
      throw error;
    }
    if (!is_redirect(response.status) || response.location.empty()) return response;
    const Url next = redirect_target(*url, response.location);
    if (follow == Follow::within_origin && next.origin() != url->origin()) return response;
    if (hop == options_.redirects) {
      base::bad_data(asked, base::format("at most {} redirects", options_.redirects),
                     "one more to " + without_query(response.location));
    }
    request.url = response.location;
    url = next;
  }
}

HttpResponse HttpClient::head(const std::string& url, Follow follow_where) {
  HttpResponse response;
  trying([&] {
    HttpRequest request;
    request.url = url;
    request.head = true;
    response = follow(std::move(request), follow_where);
    const bool has_no_heads = response.status == 405 || response.status == 501;
    if (response.status != 200 && !is_redirect(response.status) && !has_no_heads) refuse(response, url, options_);
  });
  return response;
}

std::string HttpClient::text(const std::string& url, std::size_t most) {
  std::string text;
  trying([&] {
    text.clear();
    const auto take = [&](std::span<const std::byte> bytes) {
      if (bytes.size() > most - text.size()) base::bad_data(url, base::format("at most {} bytes", most), "more");
      for (const std::byte byte : bytes) text += static_cast<char>(byte);
      return true;
    };
    get(url, {}, {}, take);
  });
  return text;
}

void HttpClient::get(const std::string& url, const std::vector<std::string>& headers,
                     const std::function<void(const HttpResponse&)>& on_head,
                     const std::function<bool(std::span<const std::byte>)>& on_body) {
  HttpRequest request;
  request.url = url;
  request.headers = headers;
  bool wanted = false;
  request.on_head = [&](const HttpResponse& response) {
    wanted = is_body(response.status);
    if (wanted) require_plain(response, url);
    if (on_head && (wanted || response.status == 416)) on_head(response);
  };
  request.on_body = [&](std::span<const std::byte> bytes) {
    return wanted && on_body(bytes);  // what a page of an error says is of no interest
  };
  const HttpResponse response = follow(std::move(request), Follow::everywhere);
  if (!is_body(response.status) && response.status != 416) refuse(response, url, options_);
}

void HttpClient::trying(const std::function<void()>& work, const std::function<std::uint64_t()>& done) {
  double pause = options_.pause;
  std::uint64_t before = done ? done() : 0;
  bool reached = false;
  for (int tried = 1;; ++tried) {
    try {
      return work();
    } catch (const Passing& failure) {
      const std::uint64_t now = done ? done() : 0;
      if (now >= before + kWorthATry) {
        tried = 1;
        pause = options_.pause;
      }
      before = std::max(before, now);  // what is brought again is no more
      reached = reached || !failure.is_unreachable();
      if (tried >= options_.tries || !reached)
        throw Error(failure);  // NOLINT(cppcoreguidelines-slicing): for this loop
      sleep_for(std::min(failure.wait().value_or(pause), options_.longest_wait));
      pause *= 2;
    }
  }
}

}  // namespace seben::fetch
