// SPDX-License-Identifier: Apache-2.0
// Evidence of a device in a proof: what it supports, what makes it fail, and that nothing of it can be changed. The
// evidence was never on a device: the harness' own scripts made it with stand-ins of Apple's tools.
#include <gtest/gtest.h>

#include <functional>
#include <memory>

#include "cli/program.h"
#include "demo_proof.h"
#include "device_evidence.h"
#include "mutations.h"
#include "proofs/attach.h"
#include "support/errors.h"

namespace seben {
namespace {

namespace fs = std::filesystem;
using test::Json;

const proof::Claim& claim(const proof::Proof& p, const std::string& id) {
  for (const proof::Claim& c : p.claims) {
    if (c.id == id) return c;
  }
  throw std::out_of_range(id);
}

bool holds(const proof::Proof& p, const std::string& gate) {
  bool any = false;
  for (const proof::GateResult& g : p.device->gates) {
    if (g.gate != gate) continue;
    any = true;
    if (!g.holds()) return false;
  }
  return any;
}

// One proof of packages and one run of the scripts for all tests; each takes copies.
class DeviceProof : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    base_ = std::make_unique<test::TempDir>();
    proof::RunOptions options = test::demo_options(*base_ / "proof");
    options.target = proof::Target::package;
    options.modes = {"fp32"};
    proof_ = std::make_unique<proof::Proof>(proof::run(options));
    const test::DeviceStory story(*proof_, options.out);
    EXPECT_EQ(story.run(*base_ / "evidence"), 0);
    EXPECT_EQ(story.run(*base_ / "untraced", false), 0);
  }
  static void TearDownTestSuite() {
    proof_.reset();
    base_.reset();
  }

  void SetUp() override {
    fs::copy(*base_ / "proof", proof(), fs::copy_options::recursive);
    fs::copy(*base_ / "evidence", evidence(), fs::copy_options::recursive);
  }

  [[nodiscard]] std::string proof() const { return dir_ / "proof"; }
  [[nodiscard]] std::string evidence() const { return dir_ / "evidence"; }
  [[nodiscard]] proof::Proof attach() const { return proof::attach({proof(), evidence()}); }

  void edit(const std::string& file, const std::string& from, const std::string& to) const {
    const std::string path = evidence() + "/" + file, before = test::read_file(path);
    const std::string after = test::replaced(before, from, to);
    ASSERT_FALSE(after.starts_with("sample without")) << file << ": " << from;
    test::write_file(path, after);
  }

  test::TempDir dir_;
  static std::unique_ptr<test::TempDir> base_;
  static std::unique_ptr<proof::Proof> proof_;
};
std::unique_ptr<test::TempDir> DeviceProof::base_;
std::unique_ptr<proof::Proof> DeviceProof::proof_;

TEST_F(DeviceProof, SupportsPlacementWithItsDigests) {
  const proof::Proof p = attach();
  EXPECT_TRUE(p.passed) << p.reason;
  ASSERT_TRUE(p.device);
  EXPECT_EQ(p.device->mode, "fp32");
  for (const char* id : {"device", "device-text", "placement:cpu-gpu", "placement:ane"}) {
    EXPECT_TRUE(claim(p, id).supported) << id << ": " << claim(p, id).because;
    ASSERT_FALSE(claim(p, id).evidence.empty()) << id;
    for (const proof::ProofFile& file : claim(p, id).evidence) {
      EXPECT_TRUE(file.path.starts_with("device/")) << file.path;
      EXPECT_EQ(proof::measure(proof(), file.path), file);
    }
  }
  // Six packages, of three operators each: one constant, one that prefers the Neural Engine.
  EXPECT_EQ(claim(p, "placement:ane").sentence, "Neural Engine placement for 6 of 12 operators.");
  EXPECT_EQ(claim(p, "placement:cpu-gpu").sentence, "On-device Core ML recognition with placement on CPU and GPU.");
  EXPECT_FALSE(claim(p, "requested").supported);
  EXPECT_FALSE(fs::exists(proof() + "/device/recording.trace"));
  EXPECT_TRUE(fs::exists(proof() + "/device/trace/coreml-os-signpost.xml"));
  EXPECT_FALSE(fs::exists(proof() + "/UNFINISHED"));
  const proof::Audit audit = proof::audit(proof());
  EXPECT_TRUE(audit.passed()) << (audit.problems.empty() ? "" : audit.problems.front());
}

TEST_F(DeviceProof, WithoutATraceOnlyTheRequestIsKnown) {
  const proof::Proof p = proof::attach({proof(), *base_ / "untraced"});
  EXPECT_TRUE(p.passed) << p.reason;
  EXPECT_TRUE(claim(p, "device").supported);
  EXPECT_TRUE(claim(p, "requested").supported);
  EXPECT_NE(claim(p, "requested").because.find("cpu_only, cpu_and_ne, all"), std::string::npos);
  for (const char* id : {"placement:cpu-gpu", "placement:ane"}) {
    EXPECT_FALSE(claim(p, id).supported) << id;
    EXPECT_NE(claim(p, id).because.find("no trace"), std::string::npos) << claim(p, id).because;
  }
  EXPECT_TRUE(proof::audit(proof()).passed());
}

TEST_F(DeviceProof, WithoutIntervalsOrPlansThereIsNoNeuralEngine) {
  fs::remove(evidence() + "/trace/ane-hw-intervals-internal.xml");
  test::seal_evidence(evidence());
  const proof::Proof p = attach();
  EXPECT_TRUE(p.passed) << p.reason;
  EXPECT_TRUE(claim(p, "placement:cpu-gpu").supported);
  EXPECT_FALSE(claim(p, "placement:ane").supported) << "a plan is an intention";
  EXPECT_NE(claim(p, "placement:ane").because.find("0 intervals"), std::string::npos);

  fs::remove_all(evidence());
  fs::copy(*base_ / "evidence", evidence(), fs::copy_options::recursive);
  std::vector<fs::path> plans;
  for (const auto& entry : fs::directory_iterator(evidence() + "/device")) {
    if (entry.path().filename().string().starts_with("plan.")) plans.push_back(entry.path());
  }
  EXPECT_EQ(plans.size(), 18U);
  for (const fs::path& plan : plans) fs::remove(plan);
  test::seal_evidence(evidence());
  const proof::Proof q = proof::attach({proof(), evidence(), true});
  EXPECT_TRUE(q.passed) << q.reason;
  EXPECT_FALSE(claim(q, "placement:ane").supported) << "intervals say of no operator";
}

// Every way in which a run on a device goes wrong ends in a proof that says so, and that audits as honest.
TEST_F(DeviceProof, NothingWrongPasses) {
  struct Case {
    const char* name;
    const char* gate;
    std::function<void()> damage;
    bool sealed = true;  ///< the scripts would have listed it so
  };
  const std::string marker = evidence::marker_line(test::DeviceStory(*proof_, proof()).marker());
  const std::vector<Case> cases{
      {"zero tests", "runtime_proven",
       [&] {
         test::write_file(evidence() + "/run.log",
                          "SEBEN_PROCESS 42\nTest Suite 'All tests' started at 2026-11-21 10:00:01.100.\n" + marker +
                              "\nTest Suite 'All tests' passed at 2026-11-21 10:00:01.101.\n"
                              "\t Executed 0 tests, with 0 failures (0 unexpected) in 0.000 (0.001) seconds\n"
                              "** TEST SUCCEEDED **\n");
       }},
      {"no marker", "runtime_proven", [&] { edit("run.log", marker, "SEBEN_PROGRESS all: head"); }},
      {"a line that is known to be fatal", "runtime_proven",
       [&] { edit("run.log", "SEBEN_PROGRESS all: head", "MIL->EIR translation error"); }},
      {"an empty trace", "placement_markers_found",
       [&] {
         for (const char* table : {"coreml-os-signpost", "ane-hw-intervals-internal"}) {
           test::write_file(evidence() + "/trace/" + table + ".xml", "<trace-query-result/>");
         }
       }},
      {"a trace of another process", "placement_markers_found",
       [&] {
         edit("trace/coreml-os-signpost.xml", "SebenProofHost (42)", "SebenProofHost (43)");
         edit("trace/toc.xml", "pid=\"42\"", "pid=\"43\"");
       }},
      {"a trace that was asked for and is not there", "placement_markers_found",
       [&] { fs::remove_all(evidence() + "/trace"); }},
      {"a locked device", "ready",
       [&] { edit("preflight/lock-state.json", "\"passcodeRequired\":false", "\"passcodeRequired\":true"); }},
      {"no preflight", "ready", [&] { fs::remove_all(evidence() + "/preflight"); }},
      {"a full disk", "ready", [&] { test::write_file(evidence() + "/free-bytes.txt", "1000000\n"); }},
      {"no run.json", "evidence_whole", [&] { fs::remove(evidence() + "/run.json"); }},
      {"another run's log", "runtime_proven", [&] { edit("run.log", "\"run\":\"r-1\"", "\"run\":\"r-0\""); }},
      {"other units than asked for", "evidence_whole",
       [&] { edit("run.json", "cpu_only,cpu_and_ne,all", "cpu_only,all"); }},
      {"xcodebuild failed", "evidence_whole", [&] { edit("run.json", "_exit\": 0", "_exit\": 65"); }},
      {"details of another run", "evidence_whole", [&] { edit("device/details.json", "\"r-1\"", "\"r-2\""); }},
      {"no details", "evidence_whole", [&] { fs::remove(evidence() + "/device/details.json"); }},
      {"a plan of no package", "evidence_whole",
       [&] { fs::rename(evidence() + "/device/plan.all.head.json", evidence() + "/device/plan.all.other.json"); }},
      {"a compute plan that was cut", "unread_plans",
       [&] { test::write_file(evidence() + "/device/plan.all.head.json", "{\"format\": \"seben-compute-plan\""); }},
      {"packages of somebody else", "plan_digest",
       [&] {
         const std::string before = base::sha256_file(evidence() + "/proof/plan.json");
         edit("proof/plan.json", "\"version\": 1", "\"version\":  1");
         const std::string after = base::sha256_file(evidence() + "/proof/plan.json");
         edit("run.json", before, after);
         const std::string chain = base::sha256_file(evidence() + "/proof/chain.json");
         edit("proof/chain.json", before, after);
         edit("run.log", before, after);
         edit("run.log", chain, base::sha256_file(evidence() + "/proof/chain.json"));
         edit("device/marker.txt", before, after);
         edit("device/marker.txt", chain, base::sha256_file(evidence() + "/proof/chain.json"));
       }},
      {"another recording", "fixture_digest",
       [&] {
         const std::string chain = base::sha256_file(evidence() + "/proof/chain.json");
         edit("proof/chain.json", base::sha256_file(proof() + "/reference/audio.npy"), std::string(64, '5'));
         edit("run.log", chain, base::sha256_file(evidence() + "/proof/chain.json"));
         edit("device/marker.txt", chain, base::sha256_file(evidence() + "/proof/chain.json"));
       }},
      {"fixtures of another encoder", "encoder_digest",
       [&] { edit("proof/fixtures.json", "\"encoder_sha256\": \"", "\"encoder_sha256\": \"0"); }},
      {"another text", "same_text",
       [&] {
         const std::string text = Json(proof_->reference_text).dump();
         edit("run.log", "\"text\":" + text, "\"text\":\"x\"");
         edit("device/marker.txt", "\"text\":" + text, "\"text\":\"x\"");
         std::string details = test::read_file(evidence() + "/device/details.json");
         for (std::size_t at = 0; (at = details.find("\"text\": " + text, at)) != std::string::npos; ++at) {
           details.replace(at, text.size() + 8, "\"text\": \"x\"");
         }
         test::write_file(evidence() + "/device/details.json", details);
       }},
      {"an inaccurate stage", "stage_error",
       [&] {
         auto bad = test::DeviceStory(*proof_, proof()).marker();
         bad.modes[1].stages[2].mse = 1e-9 * proof_->modes.front().figures.stages[2].mean_square;
         edit("run.log", marker, evidence::marker_line(bad));
         edit("device/marker.txt", marker, evidence::marker_line(bad));
       }},
      {"classes that changed", "max_argmax_share",
       [&] { edit("device/details.json", "\"argmax_changes\": 0", "\"argmax_changes\": 9"); }},
      {"SHA256SUMS cut off", "evidence_whole",
       [&] {
         const std::string sums = test::read_file(evidence() + "/SHA256SUMS");
         test::write_file(evidence() + "/SHA256SUMS", sums.substr(0, sums.size() / 2));
       },
       false},
      {"SHA256SUMS cut off after a line", "evidence_whole",
       [&] {
         const std::string sums = test::read_file(evidence() + "/SHA256SUMS");
         test::write_file(evidence() + "/SHA256SUMS", sums.substr(0, sums.rfind('\n', sums.size() - 2) + 1));
       },
       false},
      {"a file that was added", "evidence_whole",
       [&] { test::write_file(evidence() + "/trace/more.xml", "<trace-query-result/>"); }, false},
      {"a file that was changed", "evidence_whole", [&] { test::write_file(evidence() + "/tools.txt", "Xcode 99\n"); },
       false},
  };
  for (const Case& c : cases) {
    SCOPED_TRACE(c.name);
    fs::remove_all(evidence());
    fs::copy(*base_ / "evidence", evidence(), fs::copy_options::recursive);
    c.damage();
    if (c.sealed) test::seal_evidence(evidence());
    const proof::Proof p = proof::attach({proof(), evidence(), true});
    EXPECT_FALSE(p.passed);
    EXPECT_FALSE(p.device->passed());
    EXPECT_FALSE(holds(p, c.gate)) << p.reason;
    EXPECT_NE(p.reason.find("device"), std::string::npos) << p.reason;
    for (const char* id : {"device", "device-text", "placement:cpu-gpu", "placement:ane", "requested"}) {
      EXPECT_FALSE(claim(p, id).supported) << id;
      EXPECT_FALSE(claim(p, id).because.empty()) << id;
    }
    const proof::Audit audit = proof::audit(proof());
    EXPECT_TRUE(audit.problems.empty()) << audit.problems.front();
    EXPECT_FALSE(audit.passed());
  }
}

TEST_F(DeviceProof, RefusesWhatCannotBeAttached) {
  using test::fails_with;
  const auto refused = [&](ErrorCategory category, const char* says, const proof::AttachOptions& options) {
    EXPECT_TRUE(fails_with(category, says, [&] { (void)proof::attach(options); }));
    EXPECT_TRUE(proof::audit(proof()).passed()) << "the proof is as it was";
  };
  refused(ErrorCategory::no_input, "none", {dir_ / "none", evidence()});
  refused(ErrorCategory::no_input, "evidence", {proof(), dir_ / "none"});
  refused(ErrorCategory::io, "at most 1000 bytes", {proof(), evidence(), false, 1000});
  fs::create_directories(dir_ / "nothing");
  refused(ErrorCategory::no_input, "no file", {proof(), dir_ / "nothing"});
  fs::create_symlink("/etc/passwd", evidence() + "/trace/link.xml");
  refused(ErrorCategory::incomplete, "link.xml", {proof(), evidence()});
  fs::remove(evidence() + "/trace/link.xml");
  test::write_file(evidence() + "/recording.trace/data", "another recording");
  refused(ErrorCategory::incomplete, "recording.trace/data", {proof(), evidence()});
  test::write_file(evidence() + "/recording.trace/data", "recording\n");
  EXPECT_TRUE(attach().passed);
  refused(ErrorCategory::usage, "--replace", {proof(), evidence()});

  proof::RunOptions native = test::demo_options(dir_ / "native");
  EXPECT_TRUE(proof::run(native).passed);
  refused(ErrorCategory::usage, "a proof of packages", {native.out, evidence()});
  test::write_file(proof() + "/modes/fp32/run.log", "forged\n");
  EXPECT_TRUE(fails_with(ErrorCategory::incomplete, "run.log", [&] {
    (void)proof::attach({proof(), evidence(), true});
  }));
}

TEST_F(DeviceProof, AnInterruptedAttachmentNeverPassesAndIsBegunAgain) {
  proof::AttachOptions options{proof(), evidence()};
  int calls = 0;
  options.progress = [&](std::uint64_t, std::uint64_t) {
    if (++calls == 9) throw Error(ErrorCategory::io, "disk", "room", "none");
  };
  EXPECT_THROW((void)proof::attach(options), Error);
  EXPECT_TRUE(fs::exists(proof() + "/UNFINISHED"));
  EXPECT_FALSE(proof::audit(proof()).passed());
  options.progress = {};
  EXPECT_TRUE(proof::attach(options).passed);
  EXPECT_TRUE(proof::audit(proof()).passed());
  // The run that the proof was made by goes on with it, evidence included.
  proof::RunOptions again = test::demo_options(proof());
  again.target = proof::Target::package;
  again.modes = {"fp32"};
  const proof::Proof p = proof::run(again);
  EXPECT_TRUE(p.passed && p.device);
  EXPECT_TRUE(proof::audit(proof()).passed());
}

class DeviceMutations : public DeviceProof {
 protected:
  void SetUp() override {
    DeviceProof::SetUp();
    ASSERT_TRUE(attach().passed);
    for (const auto& entry : fs::recursive_directory_iterator(proof())) {
      if (entry.is_regular_file()) files_.push_back(entry.path().string());
    }
  }
  [[nodiscard]] bool is_fresh(const std::string& path) const {
    return path.find("/device/") != std::string::npos || path.ends_with("steps/device.json") ||
           path.ends_with("proof-summary.json") || path.ends_with("manifest.json");
  }
  void damaged(const std::string& path, const std::string& bytes, const std::string& what) {
    const std::string before = test::read_file(path);
    if (before == bytes) return;
    test::write_file(path, bytes);
    EXPECT_FALSE(proof::audit(proof()).problems.empty()) << path << ": " << what;
    test::write_file(path, before);
    ++mutations_;
  }
  std::vector<std::string> files_;
  std::size_t mutations_ = 0;
};

// Of the summary, which is compared byte by byte after all else was computed: what is of the device, once of each form.
bool is_of_interest(const std::string& what) {
  const auto has = [&](const char* part) { return what.find(part) != std::string::npos; };
  if (has("/claims/")) return has("/supported") || has("/sentence");
  return has(" /device/") && !has("/compute_plans/1") && !has("/compute_plans/2") && !has("/findings");
}

TEST_F(DeviceMutations, EveryFieldCounts) {
  std::size_t plans = 0;
  for (const std::string& path : files_) {
    // What is not of the device is mutated in ProofAudit; of 18 plans of one form two are enough.
    if (!path.ends_with(".json") || !is_fresh(path)) continue;
    if (path.find("/device/device/plan.") != std::string::npos && ++plans > 2) continue;
    const Json json = Json::parse(test::read_file(path));
    const bool is_summary = path.ends_with("proof-summary.json");
    test::for_each_mutation(json, is_summary ? 2 : 9, [&](const Json& mutant, const std::string& what) {
      if (!is_summary || is_of_interest(what)) damaged(path, mutant.dump(2), what);
    });
  }
  EXPECT_GT(mutations_, 1000U);
  RecordProperty("mutations", static_cast<int>(mutations_));
  EXPECT_TRUE(proof::audit(proof()).passed()) << "the test itself left something behind";
}

TEST_F(DeviceMutations, EveryFileCountsWholeAndNoneMore) {
  for (const std::string& path : files_) {
    const std::string text = test::read_file(path);
    if (!text.empty()) {  // tools that had nothing to say left empty logs
      std::string flipped = text;
      flipped[text.size() / 2] = static_cast<char>(flipped[text.size() / 2] ^ 1);
      damaged(path, flipped, "bit flipped");
      damaged(path, text.substr(0, text.size() - 1), "last byte gone");
      damaged(path, "", "emptied");
    }
    damaged(path, text + "\n", "longer");
    fs::rename(path, dir_ / "away");
    EXPECT_FALSE(proof::audit(proof()).passed()) << path << " removed";
    fs::create_symlink(dir_ / "away", path);
    EXPECT_FALSE(proof::audit(proof()).passed()) << path << " a link";
    fs::remove(path);
    fs::rename(dir_ / "away", path);
    test::write_file(path + ".more", text);
    EXPECT_FALSE(proof::audit(proof()).passed()) << path << ".more added";
    fs::remove(path + ".more");
  }
  EXPECT_TRUE(proof::audit(proof()).passed()) << "the test itself left something behind";
}

// Somebody who renews every digest, from the device's list of them to the manifest.
TEST_F(DeviceMutations, AForgerIsContradicted) {
  const std::string copy = dir_ / "forged";
  const auto forged = [&](const std::string& file, const std::string& bytes, const std::string& what) {
    fs::remove_all(copy);
    fs::copy(proof(), copy, fs::copy_options::recursive);
    if (bytes.empty()) {
      fs::remove(copy + "/device/" + file);
    } else {
      test::write_file(copy + "/device/" + file, bytes);
    }
    test::seal_evidence(copy + "/device");
    proof::Receipt receipt = proof::parse_receipt(test::read_file(copy + "/steps/device.json"), "steps/device.json");
    receipt.outputs.clear();
    for (const std::string& path : proof::list_files(copy)) {
      if (path.starts_with("device/")) receipt.outputs.push_back(proof::measure(copy, path));
    }
    test::write_file(copy + "/steps/device.json", proof::to_text(receipt));
    test::reseal(copy);
    EXPECT_FALSE(proof::audit(copy).passed()) << file << ": " << what;
  };
  for (const char* file : {"run.json", "proof/chain.json", "proof/fixtures.json"}) {
    const Json json = Json::parse(test::read_file(proof() + "/device/" + file));
    test::for_each_mutation(json, 9, [&](const Json& mutant, const std::string& what) {
      // Times, and what is only for people or other programs, is told.
      for (const char* told : {"/started", "/ended", "mean_square", "/audio_samples", "/head/name"}) {
        if (what.find(told) != std::string::npos) return;
      }
      forged(file, mutant.dump(2), what);
    });
  }
  for (const char* file : {"run.json", "run.log", "free-bytes.txt", "proof/plan.json", "proof/chain.json",
                           "proof/fixtures.json", "device/details.json", "preflight/devices.json",
                           "preflight/lock-state.json", "device/plan.all.head.json", "trace/coreml-os-signpost.xml"}) {
    forged(file, "", "removed");
  }
}

TEST_F(DeviceProof, TheProgramAttachesAnalysesAndReports) {
  const auto analysed = test::run("proof analyse evidence '" + evidence() + "'");
  EXPECT_EQ(analysed.exit_code, 0) << analysed.err << analysed.out;
  EXPECT_EQ(Json::parse(analysed.out).at("status"), "evidence_whole");
  EXPECT_EQ(test::run("proof attach '" + proof() + "' '" + evidence() + "'").exit_code, 0);
  EXPECT_EQ(test::run("proof audit '" + proof() + "'").exit_code, 0);
  EXPECT_EQ(test::run("proof report '" + proof() + "'").exit_code, 0);
  const std::string page = test::read_file(dir_ / "proof.html");
  for (const char* text : {"Neural Engine placement for 6 of 12 operators", "On the device", "cpu_and_ne"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(page.find("none took part"), std::string::npos);

  fs::remove(evidence() + "/run.json");
  const auto interrupted = test::run("proof analyse evidence '" + evidence() + "'");
  EXPECT_EQ(interrupted.exit_code, 78);
  EXPECT_EQ(Json::parse(interrupted.out).at("status"), "run_interrupted");
  const auto again = test::run("proof attach --replace '" + proof() + "' '" + evidence() + "'");
  EXPECT_EQ(again.exit_code, 78) << again.err;
  EXPECT_TRUE(again.error_is_one_line()) << again.err;
  EXPECT_EQ(test::run("proof audit '" + proof() + "'").exit_code, 78);
  EXPECT_EQ(test::run("proof analyse evidence '" + (dir_ / "none") + "'").exit_code, 66);
}

}  // namespace
}  // namespace seben
