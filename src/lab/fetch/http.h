// SPDX-License-Identifier: Apache-2.0
// Requests as Seben makes them: redirects that stay safe, tokens for one origin only, tries with pauses between.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "fetch/connection.h"
#include "fetch/unavailable.h"
#include "fetch/url.h"
#include "seben/error.h"

namespace seben::fetch {

struct HttpOptions {
  int stall_seconds = 30;    ///< how long a connection may bring nothing
  int tries = 5;             ///< of one thing, as long as none brings anything
  double pause = 1.0;        ///< seconds before the second try, doubled each time
  double longest_wait = 60;  ///< what a server may ask for by Retry-After
  int redirects = 5;
  std::string token;         ///< sent as "Authorization: Bearer", to `token_origin` only
  std::string token_origin;  ///< Url::origin
};

/// Something that another try may mend.
class Passing : public Error {
 public:
  /// `wait` is what the server asked for; `unreachable`: there was no server.
  Passing(Error error, std::optional<double> wait, bool unreachable = false)
      : Error(std::move(error)), wait_(wait), unreachable_(unreachable) {}
  [[nodiscard]] std::optional<double> wait() const noexcept { return wait_; }
  [[nodiscard]] bool is_unreachable() const noexcept { return unreachable_; }

 private:
  std::optional<double> wait_;
  bool unreachable_;
};

/// Where a redirect leads. Error(bad_data) for other schemes and for the way from https to http.
[[nodiscard]] Url redirect_target(const Url& from, const std::string& location);

enum class Follow { everywhere, within_origin };

class HttpClient {
 public:
  explicit HttpClient(HttpOptions options);

  /// The headers of an address. With Follow::within_origin a redirect to elsewhere is the answer itself, as hubs put
  /// what they know of a file beside it. Error(no_input) for what is not there or not for us, Error(kUnavailable) for
  /// no answer, Error(bad_data) for redirects to other schemes, from https to http, or too many. Status 405 and 501 are
  /// given back: some servers know no HEAD.
  [[nodiscard]] HttpResponse head(const std::string& url, Follow follow);
  /// A text of at most `most` bytes.
  [[nodiscard]] std::string text(const std::string& url, std::size_t most);
  /// One try at a body: `on_head` is told status 200, 206 or 416, `on_body` gets that of the first two and says whether
  /// it wants more.
  void get(const std::string& url, const std::vector<std::string>& headers,
           const std::function<void(const HttpResponse&)>& on_head,
           const std::function<bool(std::span<const std::byte>)>& on_body);
  /// Does `work` until it does not throw Passing; `done` says how much there is, and more of it makes the count of
  /// tries begin anew. Where nobody is there from the beginning, one try is enough.
  void trying(const std::function<void()>& work, const std::function<std::uint64_t()>& done = {});

 private:
  HttpResponse follow(HttpRequest request, Follow follow);

  HttpOptions options_;
  Connection connection_;
};

}  // namespace seben::fetch
