// SPDX-License-Identifier: Apache-2.0
// The check that keeps paths from files and archives inside their folder.
#include "base/inner_path.h"

#include <gtest/gtest.h>

#include <string>

namespace seben::base {
namespace {

TEST(InnerPath, StaysInside) {
  for (const char* path : {"a", "a/b", "a.b/c..d", "...", ".hidden/x", "a b/\u07CA", "..a/b.."}) {
    EXPECT_TRUE(is_inner_path(path, 100)) << path;
  }
}

TEST(InnerPath, LeavesOrIsNoPath) {
  for (const char* path : {"", "/", "/a", "a/", "a//b", ".", "..", "./a", "a/.", "a/..", "../a", "a/../b", "a\\b",
                           "a\nb", "a\x7F", "\x01"}) {
    EXPECT_FALSE(is_inner_path(path, 100)) << path;
  }
  EXPECT_FALSE(is_inner_path(std::string("a\0b", 3), 100));
}

TEST(InnerPath, HasALimit) {
  EXPECT_TRUE(is_inner_path("abcde", 5));
  EXPECT_FALSE(is_inner_path("abcdef", 5));
}

}  // namespace
}  // namespace seben::base
