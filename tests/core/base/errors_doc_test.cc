// SPDX-License-Identifier: Apache-2.0
// docs/errors.md promises codes to scripts: it must list the ones that the code has.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "seben/error.h"
#include "support/temp_dir.h"

namespace seben {
namespace {

TEST(ErrorsDocument, ListsEveryCategoryWithItsCode) {
  const std::string text = test::read_file(std::string(SEBEN_SOURCE_DIR) + "/docs/errors.md");
  for (const ErrorCategory category :
       {ErrorCategory::usage, ErrorCategory::bad_data, ErrorCategory::no_input, ErrorCategory::internal,
        ErrorCategory::memory, ErrorCategory::io, ErrorCategory::device_blocked, ErrorCategory::incomplete}) {
    const std::string row =
        "| " + std::to_string(static_cast<int>(category)) + " | " + std::string(to_string(category)) + " |";
    EXPECT_THAT(text, ::testing::HasSubstr(row));
  }
}

}  // namespace
}  // namespace seben
