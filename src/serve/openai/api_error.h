// SPDX-License-Identifier: Apache-2.0
// Failures as OpenAI's clients know them: a status, and an object with message, type, param and code.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <stdexcept>
#include <string>

#include "http/message.h"
#include "seben/error.h"

namespace seben::serve {

class ApiError : public std::runtime_error {
 public:
  ApiError(int status, std::string code, const std::string& message, std::string param = {});

  /// The same with a header for its response.
  [[nodiscard]] ApiError with_header(const std::string& name, const std::string& value) const;

  [[nodiscard]] int status() const noexcept { return status_; }
  [[nodiscard]] const std::string& code() const noexcept { return code_; }
  [[nodiscard]] const std::string& param() const noexcept { return param_; }
  /// invalid_request_error, authentication_error, rate_limit_error or server_error, by the status.
  [[nodiscard]] std::string type() const;
  /// {"message", "type", "param", "code"}
  [[nodiscard]] nlohmann::json to_json() const;
  /// The object under "error", and the headers that go with the status.
  [[nodiscard]] Response response() const;

 private:
  int status_;
  std::string code_, param_;
  Fields headers_;
};

/// What a failure of Seben's is to a client. What names files of the server stays in the server's log: the client is
/// told the category.
[[nodiscard]] ApiError api_error(const Error& error);
/// What the transport refuses.
[[nodiscard]] ApiError transport_error(int status, const std::string& why);
/// Any exception but Gone.
[[nodiscard]] ApiError api_error(const std::exception& failure);

}  // namespace seben::serve
