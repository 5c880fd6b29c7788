// SPDX-License-Identifier: Apache-2.0
// Whose gates a proof holds: other ones never look like Seben's own, and none may admit anything at all.
#include "proofs/gates.h"

#include <gtest/gtest.h>

#include "cli/program.h"
#include "demo_proof.h"
#include "proofs/judge.h"
#include "proofs/report.h"
#include "support/errors.h"

namespace seben {
namespace {

using proof::Standing;
using Json = nlohmann::ordered_json;

Json own_gates() { return Json::parse(proof::builtin_gates_text()); }

// As lenient as a file of gates may be.
Json loosest_gates() {
  Json gates = own_gates();
  for (auto& [name, mode] : gates["modes"].items()) {
    for (const char* gate : {"stage_error", "encoder_error"}) mode[gate]["value"] = 0.5;
    for (const char* gate : {"head_error", "logits_error"}) mode[gate]["value"] = 1.0;
    mode["min_cosine"]["value"] = 0.9;
    mode["max_argmax_share"]["value"] = 0.05;
  }
  return gates;
}

TEST(ProofGates, LimitsBeyondTheCeilingsAreRefused) {
  const proof::ProofGates loosest = proof::parse_gates(loosest_gates().dump(2), "g");
  EXPECT_FALSE(loosest.own);
  const auto refused = [](const char* gate, double value) {
    Json gates = own_gates();
    gates["modes"]["f32"][gate]["value"] = value;
    return test::is_bad_data(gate, [&] { (void)proof::parse_gates(gates.dump(2), "g"); });
  };
  for (const char* gate : {"stage_error", "encoder_error", "max_argmax_share"}) EXPECT_TRUE(refused(gate, 1.0)) << gate;
  for (const char* gate : {"head_error", "logits_error"}) EXPECT_TRUE(refused(gate, 1.01)) << gate;
  EXPECT_TRUE(refused("min_cosine", 0.0));
  Json gates = own_gates();
  gates["run"]["max_candidates"]["value"] = 1e6;
  EXPECT_TRUE(test::is_bad_data("max_candidates", [&] { (void)proof::parse_gates(gates.dump(2), "g"); }));
}

TEST(ProofGates, RunnerThatReturnsZerosHoldsNoneThatAreAllowed) {
  const proof::Parity zeros{{1.0, 3.0, 0.0, 1.0, 1.0, 1.0}, "encoder"};  // against a reference of mean square 1
  proof::ModeFigures figures{{zeros}, zeros, zeros, zeros, 750, 700};
  proof::Reading reading{750, 750, "x", 1, false, 0.0, "x"};
  const auto results =
      proof::judge_mode("fp16", figures, reading, "x", proof::parse_gates(loosest_gates().dump(2), "g"));
  for (const char* gate : {"stage_error", "encoder_error", "min_cosine", "max_argmax_share"}) {
    EXPECT_TRUE(std::ranges::none_of(results, [&](const auto& r) { return r.gate == gate && r.holds(); })) << gate;
  }
}

TEST(ProofGates, AnotherTextThanTheReferencesDoesNotHold) {
  const proof::Parity same{{0.0, 0.0, 1.0, 0.0, 0.0, 1.0}, "encoder"};
  const proof::ModeFigures figures{{same}, same, same, same, 750, 0};
  const proof::Reading reading{750, 300, "one", 1, false, 0.0, "one"};
  const proof::ProofGates gates = proof::parse_gates(proof::builtin_gates_text(), "g");
  const auto broken = [&](const std::string& reference) {
    std::vector<std::string> names;
    for (const proof::GateResult& r : proof::judge_mode("int8", figures, reading, reference, gates)) {
      if (!r.holds()) names.push_back(r.gate);
    }
    return names;
  };
  EXPECT_EQ(broken("one"), std::vector<std::string>());
  EXPECT_EQ(broken("two"), std::vector<std::string>{"same_text"});
}

TEST(ProofGates, OfEarlierVersionsStaySebensOwn) {
  const std::string text = test::read_file(SEBEN_SOURCE_DIR "/tests/fixtures/proof/gates-1.json");
  const proof::ProofGates earlier = proof::parse_gates(text, "g"),
                          now = proof::parse_gates(proof::builtin_gates_text(), "g");
  EXPECT_TRUE(earlier.own && now.own);
  EXPECT_EQ(earlier.whose(), "Seben's own, seben.gates.proof 1");
  EXPECT_EQ(now.whose(), "Seben's own, seben.gates.proof 2");
  ASSERT_EQ(earlier.modes.size(), now.modes.size());
  for (const auto& [mode, gates] : now.modes) {
    EXPECT_EQ(gates.stage_error.value, earlier.at(mode).stage_error.value) << mode;
    EXPECT_EQ(gates.encoder_error.value, earlier.at(mode).encoder_error.value) << mode;
    EXPECT_EQ(gates.min_cosine.value, earlier.at(mode).min_cosine.value) << mode;
  }
  EXPECT_FALSE(proof::parse_gates(text + " ", "g").own);
  // Numbers of the source tree are in no proof: files move.
  EXPECT_EQ(proof::builtin_gates_text().find("src/"), std::string_view::npos);
}

// A proof that an earlier version made, with the gates of its time.
TEST(ProofGates, AProofWithTheGatesOfAnEarlierVersionPassesTheAudit) {
  const test::TempDir dir;
  proof::RunOptions options = test::demo_options(dir / "p");
  options.gates = SEBEN_SOURCE_DIR "/tests/fixtures/proof/gates-1.json";
  const proof::Proof p = proof::run(options);
  EXPECT_TRUE(p.passed) << p.reason;
  EXPECT_TRUE(proof::audit(dir / "p").passed());
}

TEST(ProofRequest, TellsInWhatItDiffersFromAnother) {
  proof::Request a;
  a.modes = {"f32"};
  a.stages = {"convpos"};
  proof::Request b = a;
  EXPECT_EQ(proof::difference(a, b), "");
  b.threads = 2;
  EXPECT_EQ(proof::difference(a, b), "threads");
  b = a;
  b.plans["fp16"] = "x";
  EXPECT_EQ(proof::difference(a, b), "plans");
}

TEST(ProofGates, OfSomebodyElseNeverLookLikeSebensOwn) {
  const test::TempDir dir;
  test::write_file(dir / "gates.json", loosest_gates().dump(2));
  proof::RunOptions options = test::demo_options(dir / "p");
  options.gates = dir / "gates.json";
  const proof::Proof p = proof::run(options);
  EXPECT_TRUE(p.holds);
  EXPECT_FALSE(p.passed);
  EXPECT_EQ(p.standing(), Standing::other_gates);
  EXPECT_NE(p.reason.find("not Seben's"), std::string::npos) << p.reason;
  for (const proof::Claim& claim : p.claims) {
    const bool by_limits = claim.id.starts_with("parity:") || claim.id.starts_with("runtime:");
    EXPECT_FALSE(by_limits && claim.supported) << claim.id;
  }
  const Json summary = Json::parse(test::read_file(dir / "p/proof-summary.json"));
  EXPECT_FALSE(summary.at("passed"));
  EXPECT_EQ(summary.at("verdict"), "within other gates");
  EXPECT_FALSE(summary.at("gates_file").at("own"));

  for (const char* from : {"", " --bundle '$B' --audio '$A'"}) {
    std::string arguments = "proof audit '" + (dir / "p") + "'" + from;
    if (const auto at = arguments.find("$B"); at != std::string::npos) arguments.replace(at, 2, test::demo_bundle());
    if (const auto at = arguments.find("$A"); at != std::string::npos) arguments.replace(at, 2, test::demo_sample());
    const auto audit = test::run(arguments);
    EXPECT_EQ(audit.exit_code, 78) << arguments;
    EXPECT_NE(audit.err.find("expected Seben's own gates, found other ones"), std::string::npos) << audit.err;
    EXPECT_NE(audit.out.find("NOT PROVED, held by other gates: "), std::string::npos) << audit.out;
    EXPECT_EQ(audit.out.find("\nproved"), std::string::npos) << audit.out;
  }
  proof::write_report(proof::audit(dir / "p"), dir / "p", dir / "p.html");
  const std::string page = test::read_file(dir / "p.html");
  EXPECT_NE(page.find("Held by other gates."), std::string::npos);
  for (const char* word : {"Proved.", "Consistent."}) EXPECT_EQ(page.find(word), std::string::npos) << word;
}

}  // namespace
}  // namespace seben
