// SPDX-License-Identifier: Apache-2.0
#include "openai/api_error.h"

#include <nlohmann/json.hpp>
#include <utility>

#include "base/failure.h"

namespace seben::serve {
namespace {

constexpr const char* kRetrySeconds = "2";

}  // namespace

ApiError::ApiError(int status, std::string code, const std::string& message, std::string param)
    : std::runtime_error(message), status_(status), code_(std::move(code)), param_(std::move(param)) {}

ApiError ApiError::with_header(const std::string& name, const std::string& value) const {
  ApiError out = *this;
  out.headers_.emplace_back(name, value);
  return out;
}

std::string ApiError::type() const {
  if (status_ == 401) return "authentication_error";
  if (status_ == 429) return "rate_limit_error";
  return status_ >= 500 ? "server_error" : "invalid_request_error";
}

nlohmann::json ApiError::to_json() const {
  const auto text_or_null = [](const std::string& text) {
    return text.empty() ? nlohmann::json() : nlohmann::json(text);
  };
  return {{"message", what()}, {"type", type()}, {"param", text_or_null(param_)}, {"code", text_or_null(code_)}};
}

Response ApiError::response() const {
  Response out;
  out.status = status_;
  out.headers = headers_;
  out.body = nlohmann::json{{"error", to_json()}}.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
  if (status_ == 401) out.headers.emplace_back("WWW-Authenticate", "Bearer");
  if (status_ == 503) out.headers.emplace_back("Retry-After", kRetrySeconds);
  // Clients try again what fails with 500: what would fail again costs three times as much.
  if (status_ == 500) out.headers.emplace_back("x-should-retry", "false");
  return out;
}

ApiError api_error(const Error& error) {
  switch (error.category()) {
    case ErrorCategory::usage: return {400, "invalid_value", error.what()};
    case ErrorCategory::bad_data: return {400, "invalid_audio", error.what(), "file"};
    case ErrorCategory::memory: return {503, "overloaded", "out of memory"};
    default: break;
  }
  return {500, "", std::string(to_string(error.category())) + " failure of the server"};
}

ApiError transport_error(int status, const std::string& why) {
  switch (status) {
    case 408: return {408, "timeout", why};
    case 413: return {413, "request_too_large", why};
    case 431: return {431, "header_too_large", "the head of the request is too long"};
    default: return {400, "invalid_request", why};
  }
}

ApiError api_error(const std::exception& failure) {
  if (const auto* known = dynamic_cast<const ApiError*>(&failure)) return *known;
  if (const auto* refused = dynamic_cast<const BodyRefused*>(&failure)) {
    return transport_error(refused->status(), refused->what());
  }
  return api_error(base::as_error(failure));
}

}  // namespace seben::serve
