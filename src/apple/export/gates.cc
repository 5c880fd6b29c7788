// SPDX-License-Identifier: Apache-2.0
#include "export/gates.h"

#include <nlohmann/json.hpp>

#include "base/json.h"
#include "base/sha256.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

// fp32: the best that is on record for such packages on a device (mse of a stage 3e-14 to 4e-13) with room for another
// order of sums. An mse of 1e-11 at a mean square of 1 is a relative error of 3.2e-6, or 53 times the unit roundoff of
// float32 (2^-24, IEEE 754); sums of n terms in another order differ by about sqrt(n) roundoffs, and n is 5120 at most
// (72 of them) in the widest product of Whisper large. Measured: 1.5e-7 in every stage of the demo bundle in the ane
// layout, whose stream has a mean square of 820, so that the mse is 1.8e-11. One fp16 rounding (2^-11) is 150 times
// more than the bound. fp16: one rounding is 2.4e-7 of the mean square; measured 1.6e-7 in the demo's stages, 1.5e-6 at
// the end of their chain. The bounds are what keeps the decode. compressed likewise, absolute; docs/coreml.md has the
// figures.
constexpr std::string_view kBuiltin = R"({
  "schema": "seben.gates.coreml",
  "version": 2,
  "precisions": {
    "fp32": {"relative": true, "stage_mse": 1e-11, "encoder_mse": 1e-9, "head_mse": 1e-10, "min_cosine": 0.999999,
             "max_argmax_share": 0.0, "max_text_share": 0.0},
    "fp16": {"relative": true, "stage_mse": 1e-4, "encoder_mse": 1e-3, "head_mse": 1e-2, "min_cosine": 0.9999,
             "max_argmax_share": 0.002, "max_text_share": 0.0},
    "compressed": {"stage_mse": 0.1, "encoder_mse": 0.1, "head_mse": 1.0, "min_cosine": 0.99,
                   "max_argmax_share": 0.01, "max_text_share": 0.2}
  }
}
)";

}  // namespace

const Gate& Gates::at(std::string_view precision) const {
  const auto it = by_precision.find(precision);
  if (it == by_precision.end()) {
    throw Error(ErrorCategory::bad_data, name + ": precisions", std::string(precision), "none of that name");
  }
  return it->second;
}

Gates parse_gates(std::string_view text, const std::string& source) {
  const nlohmann::json json = base::parse_json(text, source, {std::size_t{1} << 16, 8, 1000});
  const base::JsonReader reader(json, source);
  reader.refuse_unknown_keys({"schema", "version", "precisions"});
  if (reader.string("schema") != "seben.gates.coreml") {
    reader.fail("schema", "seben.gates.coreml", reader.string("schema"));
  }
  Gates gates;
  gates.name = "seben.gates.coreml " + std::to_string(reader.integer("version", 1, 2));
  gates.digest = base::sha256_hex(text);
  const base::JsonReader precisions = reader.object("precisions");
  for (const std::string& key : precisions.keys()) {
    const base::JsonReader r = precisions.object(key);
    r.refuse_unknown_keys(
        {"relative", "stage_mse", "encoder_mse", "head_mse", "min_cosine", "max_argmax_share", "max_text_share"});
    const auto limit = [&r, &gates](const char* name) {
      const double v = r.number(name);
      if (!(v >= 0.0)) r.fail(name, "0 or more", std::to_string(v));
      return parity::Limit{v, gates.name};
    };
    const parity::Limit head = limit("head_mse");
    gates.by_precision[key] = {limit("stage_mse"),
                               limit("encoder_mse"),
                               head,
                               head,
                               limit("min_cosine"),
                               limit("max_argmax_share"),
                               limit("max_text_share"),
                               r.boolean_or("relative", false) ? parity::Measure::share : parity::Measure::mse};
  }
  return gates;
}

std::string_view builtin_gates_text() noexcept { return kBuiltin; }
Gates builtin_gates() { return parse_gates(kBuiltin, "built-in gates"); }

}  // namespace seben::deploy
