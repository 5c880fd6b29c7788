// SPDX-License-Identifier: Apache-2.0
// A proof's folder: nothing is written outside of it, a killed run goes on, one run at a time, nothing is put into it.
#include "proofs/folder.h"

#include <gtest/gtest.h>

#include "cli/program.h"
#include "demo_proof.h"
#include "proofs/attach.h"
#include "proofs/folder_lock.h"
#include "support/errors.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

std::size_t entries(const std::string& folder) {
  return static_cast<std::size_t>(std::distance(fs::recursive_directory_iterator(folder), {}));
}

std::string quoted(const std::string& text) { return "'" + text + "'"; }

TEST(ProofFolder, RunOverLinksWritesNothingOutside) {
  const test::TempDir dir;
  const std::string out = dir / "p", outside = dir / "outside";
  proof::RunOptions options = test::demo_options(out);
  ASSERT_TRUE(proof::run(options).passed);
  fs::create_directory(outside);
  test::write_file(outside + "/file", "mine");
  for (const char* name : {"steps", "modes/f32"}) {
    const std::string path = out + "/" + name;
    fs::rename(path, dir / "away");
    fs::create_directory_symlink(outside, path);
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a link", [&] { (void)proof::run(options); })) << name;
    EXPECT_EQ(entries(outside), 1U) << name;
    fs::remove(path);
    fs::rename(dir / "away", path);
  }
  for (const char* name : {"request.json", "UNFINISHED"}) {
    const std::string path = out + "/" + name;
    const bool is_there = fs::exists(path);
    if (is_there) fs::copy_file(path, outside + "/file", fs::copy_options::overwrite_existing);
    fs::remove(path);
    fs::create_symlink(outside + "/file", path);
    const std::string before = test::read_file(outside + "/file");
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a link", [&] { (void)proof::run(options); })) << name;
    EXPECT_EQ(test::read_file(outside + "/file"), before) << name;
    fs::remove(path);
    if (is_there) fs::copy_file(outside + "/file", path);
  }
  // A link where nothing of a proof lies, and one by which a fresh run would have left its folder.
  const std::string fresh = dir / "fresh";
  fs::create_directory(fresh);
  test::write_file(fresh + "/UNFINISHED", "begun\n");
  fs::create_directory_symlink(outside, fresh + "/steps");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a link", [&] { (void)proof::run(test::demo_options(fresh)); }));
  EXPECT_EQ(entries(outside), 1U);
  EXPECT_TRUE(proof::run(options).passed);
}

TEST(ProofFolder, PlaceForFollowsNoLink) {
  const test::TempDir dir;
  fs::create_directory(dir / "p");
  fs::create_directory(dir / "outside");
  fs::create_directory_symlink(dir / "outside", dir / "p/a");
  fs::create_symlink(dir / "outside/x", dir / "p/b");
  for (const char* path : {"a/file", "a/b/file", "b", "a"}) {
    EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "a link", [&] { (void)proof::place_for(dir / "p", path); }));
  }
  EXPECT_EQ(proof::place_for(dir / "p", "c/d"), dir / "p/c/d");
  EXPECT_EQ(entries(dir / "outside"), 0U);
}

// What a killed process leaves: files that it had not finished, under the names of base::AtomicFile.
TEST(ProofFolder, KilledRunGoesOnOverItsLeftovers) {
  const test::TempDir dir;
  const std::string out = dir / "p";
  proof::RunOptions options = test::demo_options(out);
  fs::create_directory(out);
  test::write_file(out + "/UNFINISHED.partial-31337", "beg");  // killed while it wrote its first file
  ASSERT_TRUE(proof::run(options).passed);
  test::write_file(out + "/UNFINISHED", "begun\n");
  for (const char* name :
       {"bundle/bundle.json.partial-31337", "steps/mode-f32.json.partial-0123456789abcdef", "UNFINISHED.partial-1",
        "modes/f32/stage-02-3.npy.partial-77", "manifest.json.partial-fedcba9876543210"}) {
    test::write_file(out + "/" + name, "half");
  }
  fs::create_directories(out + "/modes/f32/x.partial-12/y");
  EXPECT_TRUE(proof::run(options).passed);
  EXPECT_TRUE(proof::audit(out).passed());
  for (const auto& entry : fs::recursive_directory_iterator(out)) {
    EXPECT_EQ(entry.path().filename().string().find(".partial-"), std::string::npos) << entry.path();
  }
  // Of other folders nothing is removed, whatever it is called.
  const std::string other = dir / "other";
  fs::create_directory(other);
  test::write_file(other + "/notes.partial-1", "mine");
  EXPECT_TRUE(
      test::fails_with(ErrorCategory::usage, "other files", [&] { (void)proof::run(test::demo_options(other)); }));
  EXPECT_EQ(test::read_file(other + "/notes.partial-1"), "mine");
}

TEST(ProofFolder, RunKilledInItsMiddleGoesOn) {
  const test::TempDir dir;
  const std::string out = dir / "p";
  const std::string arguments = "proof run " + quoted(test::demo_bundle()) + " --target native --audio " +
                                quoted(test::demo_sample()) + " --modes f32 --min-free 0 --out " + quoted(out);
  const std::string script = "'" SEBEN_PROGRAM "' " + arguments + " > /dev/null 2>&1 & run=$!\nn=0\n" +
                             "while [ ! -e " + quoted(out + "/steps/fixture.json") +
                             " ] && [ $n -lt 3000 ]; do sleep 0.02; n=$((n + 1)); done\nkill -9 $run\nwait\n";
  test::write_file(dir / "kill.sh", script);
  (void)std::system(("sh " + quoted(dir / "kill.sh") + " 2> /dev/null").c_str());
  ASSERT_TRUE(fs::exists(out + "/steps/fixture.json"));
  const auto again = test::run(arguments);
  EXPECT_EQ(again.exit_code, 0) << again.err;
  EXPECT_TRUE(proof::audit(out).passed());
}

TEST(ProofFolder, IsWrittenByOneRunAtATime) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  fs::create_directory(options.out);
  {
    const proof::FolderLock lock(options.out);
    EXPECT_TRUE(test::fails_with(ErrorCategory::io, "another run", [&] { (void)proof::run(options); }));
    EXPECT_EQ(entries(options.out), 0U);
  }
  EXPECT_TRUE(proof::run(options).passed);
}

TEST(ProofFolder, NothingIsReadFromOrPutIntoTheProofItself) {
  const test::TempDir dir;
  const std::string out = dir / "p";
  proof::RunOptions options = test::demo_options(out);
  options.target = proof::Target::package;
  options.modes = {"fp32"};
  ASSERT_TRUE(proof::run(options).passed);
  fs::create_symlink(out + "/manifest.json", dir / "link.html");
  for (const std::string& page :
       {out + "/page.html", out + "/modes/../page.html", out + "/manifest.json", dir / "link.html", std::string(".")}) {
    const auto outcome = test::run("proof report " + quoted(out) + " -o " + quoted(page), "cd " + quoted(out) + " && ");
    EXPECT_EQ(outcome.exit_code, 64) << page << outcome.err;
    EXPECT_TRUE(outcome.error_is_one_line()) << outcome.err;
    EXPECT_TRUE(proof::audit(out).passed()) << page;
  }
  fs::create_directory(out + "-beside");  // begins like the folder
  EXPECT_EQ(test::run("proof report " + quoted(out) + " -o " + quoted(out + "-beside/p.html")).exit_code, 0);

  proof::RunOptions own = options;
  own.modes.clear();
  own.packages = out + "/packages/fp32";
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "packages outside", [&] { (void)proof::run(own); }));
  fs::create_directories(out + "/device");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "evidence outside", [&] {
    (void)proof::attach({out, out + "/device"});
  }));
  fs::remove(out + "/device");
  EXPECT_TRUE(proof::audit(out).passed()) << "it is as it was";
}

}  // namespace
}  // namespace seben
