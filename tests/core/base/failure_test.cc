// SPDX-License-Identifier: Apache-2.0
#include "base/failure.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <new>
#include <system_error>

namespace seben::base {
namespace {

TEST(Failure, AnErrorStaysWhatItIs) {
  const Error error = as_error(Error(ErrorCategory::no_input, "a", "b", "c"));
  EXPECT_EQ(error.category(), ErrorCategory::no_input);
  EXPECT_STREQ(error.what(), "a: expected b, found c");
}

TEST(Failure, TheFileSystemIsInputOutput) {
  try {
    std::filesystem::create_directory("/no/such/folder/new");
    FAIL();
  } catch (const std::exception& failure) {
    const Error error = as_error(failure);
    EXPECT_EQ(error.category(), ErrorCategory::io);
    EXPECT_STREQ(
        error.what(),
        "/no/such/folder/new: expected a file system that does as it is asked, found No such file or directory");
  }
  EXPECT_EQ(as_error(std::system_error(EAGAIN, std::generic_category())).category(), ErrorCategory::io);
}

TEST(Failure, OutOfMemoryIsNoDefect) {
  const Error error = as_error(std::bad_alloc());
  EXPECT_EQ(error.category(), ErrorCategory::memory);
  EXPECT_EQ(static_cast<int>(error.category()), 71);
}

TEST(Failure, WhateverElseIsADefect) {
  const Error error = as_error(std::logic_error("never"));
  EXPECT_EQ(error.category(), ErrorCategory::internal);
  EXPECT_STREQ(error.what(), "internal: expected no defect, found never");
}

}  // namespace
}  // namespace seben::base
