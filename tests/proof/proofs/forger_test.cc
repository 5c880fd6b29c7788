// SPDX-License-Identifier: Apache-2.0
// A proof that was forged without running anything: its files fit each other, and that is all that is ever said of it.
#include "forger.h"

#include <gtest/gtest.h>

#include "cli/program.h"
#include "proofs/report.h"
#include "support/errors.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using proof::Standing;

proof::Origin origin() { return {test::demo_bundle(), test::demo_sample(), "", "", 2, {}}; }

std::string quoted(const std::string& text) { return "'" + text + "'"; }
const std::string kFrom = " --bundle " + quoted(test::demo_bundle()) + " --audio " + quoted(test::demo_sample());

TEST(ProofForged, WithoutRunningAnythingIsConsistentAndNeverProved) {
  const test::TempDir dir;
  const proof::Proof forged = test::Forger(dir / "p").run();
  ASSERT_TRUE(forged.holds) << forged.reason << ": the forger must be good at it";
  EXPECT_EQ(forged.standing(), Standing::consistent);
  const proof::Audit alone = proof::audit(dir / "p");
  ASSERT_TRUE(alone.passed()) << alone.problems.front();
  EXPECT_EQ(alone.proof->standing(), Standing::consistent);

  const proof::Audit again = proof::audit(dir / "p", origin());
  EXPECT_FALSE(again.passed());
  const auto names = [&](const std::string& file) {
    return std::ranges::any_of(again.problems, [&](const std::string& line) { return line.starts_with(file); });
  };
  for (const char* file : {"reference/audio.npy", "reference/mel.npy", "reference/stage-02-1.npy",
                           "reference/features.npy", "modes/f32/logits.npy", "modes/f32/result.json"}) {
    EXPECT_TRUE(names(file)) << file;
  }
}

TEST(ProofForged, WithFewerStagesDoesNotCoverTheEncoder) {
  const test::TempDir dir;
  test::Forger forger(dir / "p");
  forger.request().stages = {"convpos"};
  ASSERT_TRUE(forger.run().holds);
  EXPECT_TRUE(proof::audit(dir / "p").passed());
  const proof::Audit again = proof::audit(dir / "p", origin());
  ASSERT_FALSE(again.problems.empty());
  EXPECT_NE(again.problems.front().find("finalnorm last"), std::string::npos) << again.problems.front();
}

TEST(ProofForged, IsNotProvedByRunningOverIt) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  test::Forger forger(dir / "p");
  proof::Request& request = forger.request();
  const proof::Proof honest = proof::run(test::demo_options(dir / "honest"));
  request = honest.request;  // the very request that somebody will make
  forger.run();
  const proof::Proof found = proof::run(options);  // takes the steps for those of a run that was interrupted
  EXPECT_NE(found.standing(), Standing::proved);
  EXPECT_EQ(honest.standing(), Standing::proved);
}

TEST(ProofForged, TheProgramNeverCallsItProved) {
  const test::TempDir dir;
  const std::string folder = dir / "p";
  test::Forger(folder).run();
  const auto alone = test::run("proof audit " + quoted(folder));
  EXPECT_EQ(alone.exit_code, 0) << alone.err;
  EXPECT_EQ(alone.out.find("\nproved"), std::string::npos) << alone.out;
  EXPECT_NE(alone.out.find("\nconsistent, not computed from bundle and recording: "), std::string::npos) << alone.out;
  EXPECT_EQ(test::run("proof report " + quoted(folder)).exit_code, 0);
  EXPECT_EQ(test::read_file(folder + ".html").find("Proved."), std::string::npos);
  const auto again = test::run("proof audit " + quoted(folder) + kFrom);
  EXPECT_EQ(again.exit_code, 78);
  EXPECT_NE(again.err.find("reference/mel.npy"), std::string::npos) << again.err;
  EXPECT_EQ(test::run("proof report " + quoted(folder) + kFrom).exit_code, 78);
  EXPECT_NE(test::read_file(folder + ".html").find("The audit failed"), std::string::npos);
}

TEST(ProofForged, AuditDoesNotSayWhatAForgerNeeds) {
  const test::TempDir dir;
  test::Forger(dir / "p").run();
  const std::string path = dir / "p/proof-summary.json", before = test::read_file(path);
  std::string text = before;
  const std::string right = "\"passed\": true";
  text.replace(text.find(right), right.size(), "\"passed\": false");
  test::write_file(path, text);
  const proof::Audit audit = proof::audit(dir / "p");
  ASSERT_EQ(audit.problems.size(), 1U);
  EXPECT_EQ(audit.problems.front(), "proof-summary.json: line 4 is not what the evidence gives");
}

TEST(ProofAuditFromTheOrigin, ProvesWhatWasComputed) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.modes = {"f32", "int8"};
  EXPECT_EQ(proof::run(options).standing(), Standing::proved);
  const proof::Audit audit = proof::audit(dir / "p", origin());
  ASSERT_TRUE(audit.passed()) << audit.problems.front();
  EXPECT_EQ(audit.proof->standing(), Standing::proved);
  const auto outcome = test::run("proof audit " + quoted(dir / "p") + kFrom);
  EXPECT_EQ(outcome.exit_code, 0) << outcome.err;
  EXPECT_NE(outcome.out.find("\nproved: "), std::string::npos) << outcome.out;
  EXPECT_EQ(test::run("proof report " + quoted(dir / "p") + kFrom).exit_code, 0);
  EXPECT_NE(test::read_file(dir / "p.html").find("Proved."), std::string::npos);
}

TEST(ProofAuditFromTheOrigin, ProvesPackages) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.target = proof::Target::package;
  options.modes = {"fp16"};
  EXPECT_EQ(proof::run(options).standing(), Standing::proved);
  const proof::Audit audit = proof::audit(dir / "p", origin());
  ASSERT_TRUE(audit.passed()) << audit.problems.front();
  EXPECT_EQ(audit.proof->standing(), Standing::proved);

  proof::RunOptions given = options;
  given.out = dir / "q";
  given.modes.clear();
  given.packages = dir / "p/packages/fp16";
  ASSERT_TRUE(proof::run(given).passed);
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--packages", [&] { (void)proof::audit(dir / "q", origin()); }));
  proof::Origin from = origin();
  from.packages = given.packages;
  EXPECT_TRUE(proof::audit(dir / "q", from).passed());
  from.runner = "true";
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "--runner", [&] { (void)proof::audit(dir / "q", from); }));
}

TEST(ProofAuditFromTheOrigin, RefusesOtherBundlesRecordingsAndHalfAnOrigin) {
  const test::TempDir dir;
  ASSERT_TRUE(proof::run(test::demo_options(dir / "p")).passed);
  proof::Origin other = origin();
  other.audio = test::demo_bundle() + "/samples/unseen.wav";
  const proof::Audit audit = proof::audit(dir / "p", other);
  ASSERT_EQ(audit.problems.size(), 1U);
  EXPECT_NE(audit.problems.front().find("another recording"), std::string::npos);
  other.audio = dir / "none.wav";
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "none.wav", [&] { (void)proof::audit(dir / "p", other); }));
  const auto half = test::run("proof audit " + quoted(dir / "p") + " --bundle " + quoted(test::demo_bundle()));
  EXPECT_EQ(half.exit_code, 64);
  EXPECT_TRUE(half.error_is_one_line()) << half.err;
}

}  // namespace
}  // namespace seben
