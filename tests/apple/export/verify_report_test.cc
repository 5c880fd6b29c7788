// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <cmath>

#include "export/verify.h"
#include "support/temp_dir.h"

namespace seben::deploy {
namespace {

// Fault 25: parts that differ by nothing had a bar of 16.0, the longest of all.
TEST(VerifyReport, NoDifferenceIsNoBar) {
  Verification v;
  v.clips = {"a.wav"};
  v.parts = {{"stage 0", "a", "fp32", {}, {}}, {"stage 1", "b", "fp32", {}, {}}, {"head", "c", "fp16", {}, {"mse"}}};
  v.parts[1].figures.mse = 1e-9;
  v.parts[2].figures.mse = std::nan("");
  const test::TempDir dir;
  write_html(v, dir / "page.html");
  const std::string html = test::read_file(dir / "page.html");
  for (const char* text : {">no difference<", ">no figure<", ">9.0<", "verdict bad"}) {
    EXPECT_NE(html.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(html.find(">16.0<"), std::string::npos);
}

}  // namespace
}  // namespace seben::deploy
