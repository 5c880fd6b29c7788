// SPDX-License-Identifier: Apache-2.0
// Making a proof: what stops it, what resumes it, what it claims.
#include <gtest/gtest.h>

#include "base/interrupt.h"
#include "cli/program.h"
#include "demo_proof.h"
#include "support/errors.h"

namespace seben {
namespace {

namespace fs = std::filesystem;

const proof::Claim* claim(const proof::Proof& p, const std::string& id) {
  for (const proof::Claim& c : p.claims) {
    if (c.id == id) return &c;
  }
  return nullptr;
}

TEST(ProofRun, NativeInEveryAdmittedModeAndNothingAboutDevices) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.modes.clear();
  options.stages = "";
  const proof::Proof p = proof::run(options);
  EXPECT_TRUE(p.passed) << p.reason;
  EXPECT_EQ(p.request.modes, (std::vector<std::string>{"f32", "bf16", "int8"}));
  EXPECT_EQ(p.request.stages.size(), 7U);
  for (const proof::ModeProof& m : p.modes) {
    EXPECT_EQ(m.log.status, evidence::Status::runtime_proven);
    EXPECT_GT(m.reading.nonblank_frames, 0);
    EXPECT_GT(m.reading.candidates, 0);
    for (const proof::Timings::Phase& phase : m.timings.phases) EXPECT_EQ(phase.seconds.size(), 5U);
  }
  EXPECT_EQ(p.modes[0].figures.encoder.mse, 0.0) << "the reference computed again";
  EXPECT_GT(p.modes[2].figures.encoder.mse, 0.0) << "int8 cannot be f32";
  for (const char* id : {"packages", "device", "placement", "requested"}) {
    ASSERT_NE(claim(p, id), nullptr) << id;
    EXPECT_FALSE(claim(p, id)->supported) << id;
  }
  for (const proof::Claim& c : p.claims) {
    if (!c.supported) continue;
    EXPECT_FALSE(c.evidence.empty()) << c.id;
    for (const char* word : {"device", "Neural", "Core ML", "ANE", "GPU"}) {
      EXPECT_EQ(c.sentence.find(word), std::string::npos) << c.sentence;
    }
  }
  EXPECT_TRUE(proof::audit(options.out).passed());
}

TEST(ProofRun, PackagesAreExportedExecutedAndProved) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.target = proof::Target::package;
  options.modes = {"fp16"};
  options.repetitions = 5;
  const proof::Proof p = proof::run(options);
  EXPECT_TRUE(p.passed) << p.reason;
  EXPECT_GT(p.modes.front().figures.encoder.mse, 0.0);
  EXPECT_TRUE(claim(p, "parity:fp16")->supported);
  EXPECT_FALSE(claim(p, "device")->supported);
  EXPECT_FALSE(claim(p, "placement")->supported);
  EXPECT_TRUE(proof::audit(options.out).passed());
  // The same packages, brought from outside.
  proof::RunOptions again = options;
  again.out = dir / "q";
  again.modes.clear();
  again.packages = dir / "p/packages/fp16";
  const proof::Proof q = proof::run(again);
  EXPECT_TRUE(q.passed) << q.reason;
  EXPECT_EQ(q.request.modes, std::vector<std::string>{"fp16"});
  EXPECT_TRUE(proof::audit(again.out).passed());
}

TEST(ProofRun, DiskGuardComesBeforeEverything) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.min_free = std::uint64_t{1} << 60;
  EXPECT_TRUE(test::fails_with(ErrorCategory::io, "disk guard", [&] { (void)proof::run(options); }));
  EXPECT_FALSE(fs::exists(options.out));
  const auto outcome = test::run("proof run '" + test::demo_bundle() + "' --target native --audio '" +
                                 test::demo_sample() + "' --out '" + options.out + "' --min-free 1000TiB");
  EXPECT_EQ(outcome.exit_code, 74) << outcome.err;
  EXPECT_TRUE(outcome.error_is_one_line()) << outcome.err;
}

TEST(ProofRun, AnInterruptedRunIsMarkedNeverPassesAndIsResumed) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.progress = [](const std::string& what, double, double) {
    if (what.starts_with("f32 stage 3")) base::request_interrupt(2);
    base::throw_if_interrupted();
  };
  EXPECT_THROW((void)proof::run(options), base::Interrupted);
  base::clear_interrupt();
  EXPECT_NE(test::read_file(options.out + "/UNFINISHED").find("interrupted by signal 2 in step mode-f32"),
            std::string::npos);
  EXPECT_FALSE(fs::exists(options.out + "/proof-summary.json"));
  const proof::Audit halfway = proof::audit(options.out);
  EXPECT_FALSE(halfway.passed());

  std::map<std::string, bool> reused;
  options.progress = {};
  options.on_step = [&](const std::string& step, bool done) { reused[step] = done; };
  EXPECT_TRUE(proof::run(options).passed);
  EXPECT_EQ(reused, (std::map<std::string, bool>{
                        {"bundle", true}, {"fixture", true}, {"reference", true}, {"mode-f32", false}}));
  EXPECT_TRUE(proof::audit(options.out).passed());

  // A damaged output is made again, and what depends on it; another request is refused.
  const std::string tensor = options.out + "/reference/stage-00-convpos.npy";
  test::write_file(tensor, "damaged");
  EXPECT_TRUE(proof::run(options).passed);
  EXPECT_FALSE(reused.at("reference"));
  EXPECT_TRUE(reused.at("fixture"));
  EXPECT_TRUE(proof::audit(options.out).passed());
  options.repetitions = 6;
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "same request", [&] { (void)proof::run(options); }));
}

TEST(ProofRun, StricterGatesAndFewerRepetitionsFail) {
  const test::TempDir dir;
  nlohmann::ordered_json gates = nlohmann::ordered_json::parse(proof::builtin_gates_text());
  gates["modes"]["int8"]["stage_error"]["value"] = 1e-6;
  test::write_file(dir / "gates.json", gates.dump(2));
  proof::RunOptions options = test::demo_options(dir / "p");
  options.modes = {"int8"};
  options.gates = dir / "gates.json";
  const proof::Proof p = proof::run(options);
  EXPECT_FALSE(p.passed);
  EXPECT_NE(p.reason.find("stage_error"), std::string::npos) << p.reason;
  EXPECT_EQ(p.modes.front().log.status, evidence::Status::tests_failed);
  EXPECT_FALSE(claim(p, "parity:int8")->supported);
  EXPECT_EQ(p.standing(), proof::Standing::fails);
  const proof::Audit audit = proof::audit(options.out);
  EXPECT_TRUE(audit.problems.empty()) << "a failed proof is still an honest one";
  EXPECT_FALSE(audit.passed());
  EXPECT_EQ(test::run("proof audit '" + options.out + "'").exit_code, 78);

  proof::RunOptions hasty = test::demo_options(dir / "hasty");
  hasty.repetitions = 2;
  EXPECT_FALSE(proof::run(hasty).passed);
}

TEST(ProofRun, RefusesWhatCannotBeProved) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.modes = {"int4"};
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "precision", [&] { (void)proof::run(options); }));
  options = test::demo_options(dir / "p");
  options.audio = dir / "none.wav";
  EXPECT_TRUE(test::fails_with(ErrorCategory::no_input, "none.wav", [&] { (void)proof::run(options); }));
  options = test::demo_options(dir.str());
  test::write_file(dir / "letter.txt", "not a proof");
  EXPECT_TRUE(test::fails_with(ErrorCategory::usage, "other files", [&] { (void)proof::run(options); }));
  EXPECT_EQ(test::read_file(dir / "letter.txt"), "not a proof");
}

TEST(ProofRun, TheProgramRunsAuditsAndReports) {
  const test::TempDir dir;
  const auto made = test::run("proof run '" + test::demo_bundle() + "' --target native --audio '" +
                              test::demo_sample() + "' --out '" + (dir / "p") + "' --modes f32 --min-free 1MB");
  EXPECT_EQ(made.exit_code, 0) << made.err;
  EXPECT_NE(made.out.find("\nproved: "), std::string::npos) << made.out;
  EXPECT_EQ(test::run("proof audit '" + (dir / "p") + "'").exit_code, 0);
  EXPECT_EQ(test::run("proof report '" + (dir / "p") + "'").exit_code, 0);
  const std::string page = test::read_file(dir / "p.html");
  for (const char* text : {"Consistent.", "<svg", "Claims", "Timings", "Environment", "seben proof run"}) {
    EXPECT_NE(page.find(text), std::string::npos) << text;
  }
  EXPECT_EQ(page.find("<script"), std::string::npos);
  test::write_file(dir / "p/modes/f32/run.log", "nothing\n");
  const auto audit = test::run("proof audit '" + (dir / "p") + "'");
  EXPECT_EQ(audit.exit_code, 78);
  EXPECT_NE(audit.err.find("modes/f32/run.log"), std::string::npos) << audit.err;
  EXPECT_EQ(test::run("proof report '" + (dir / "p") + "'").exit_code, 78);
  EXPECT_NE(test::read_file(dir / "p.html").find("The audit failed"), std::string::npos);
}

TEST(ProofGates, EveryNumberHasItsSource) {
  const proof::ProofGates gates = proof::parse_gates(proof::builtin_gates_text(), "built-in");
  EXPECT_EQ(gates.modes.size(), 6U);
  for (const char* broken : {"", "{}", R"({"schema":"seben.gates.proof","version":1,"run":{},"modes":{}})"}) {
    EXPECT_TRUE(test::is_bad_data("g", [&] { (void)proof::parse_gates(broken, "g"); })) << broken;
  }
  std::string text(proof::builtin_gates_text());
  const std::size_t at = text.find("\"source\": \"");
  text.replace(at, text.find('\n', at) - at, "\"source\": \"\"");
  EXPECT_TRUE(test::is_bad_data("source", [&] { (void)proof::parse_gates(text, "g"); }));
}

TEST(ProofTimings, QuartilesAreLinearBetweenNeighbours) {
  const proof::Spread s = proof::spread_of({4.0, 1.0, 3.0, 2.0});
  EXPECT_DOUBLE_EQ(s.median, 2.5);
  EXPECT_DOUBLE_EQ(s.low, 1.75);
  EXPECT_DOUBLE_EQ(s.high, 3.25);
  EXPECT_DOUBLE_EQ(s.least, 1.0);
  EXPECT_DOUBLE_EQ(s.most, 4.0);
  EXPECT_DOUBLE_EQ(proof::spread_of({7.0}).high, 7.0);
}

}  // namespace
}  // namespace seben
