// SPDX-License-Identifier: Apache-2.0
// Expecting a seben::Error of a category whose one line holds some text.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "seben/error.h"

namespace seben::test {

template <class Action>
::testing::AssertionResult fails_with(ErrorCategory category, std::string_view text, Action action) {
  try {
    action();
  } catch (const Error& error) {
    const std::string line = error.what();
    if (line.find('\n') != std::string::npos) return ::testing::AssertionFailure() << "several lines: " << line;
    if (error.category() != category) {
      return ::testing::AssertionFailure() << "category " << to_string(error.category()) << ": " << line;
    }
    if (line.find(text) == std::string::npos) {
      return ::testing::AssertionFailure() << "\"" << line << "\" does not hold \"" << text << "\"";
    }
    return ::testing::AssertionSuccess();
  }
  return ::testing::AssertionFailure() << "no error";
}

template <class Action>
::testing::AssertionResult is_bad_data(std::string_view text, Action action) {
  return fails_with(ErrorCategory::bad_data, text, action);
}

}  // namespace seben::test
