// SPDX-License-Identifier: Apache-2.0
// Two files of a harness that come back with a device's evidence: what was to be run and compared with (chain.json,
// form in src/apple/harness/chain_file.h), and figures that the marker has no place for (details.json).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace seben::evidence {

struct ChainPart {
  std::string name;                   ///< as in the marker: "convpos", "0-2"
  std::string package;                ///< "stage-00-convpos.mlpackage"
  std::optional<double> mean_square;  ///< of the output that was expected
};

/// Proof/chain.json, as far as evidence is judged by it.
struct DeviceChain {
  std::string model, precision;
  std::string plan_digest;   ///< SHA-256 of plan.json
  std::string audio_digest;  ///< SHA-256 of the fixture's audio.npy
  std::int64_t audio_samples = 0;
  std::string ranker_mode;
  std::vector<ChainPart> stages;
  ChainPart head;
  std::string text;  ///< the fixture's greedy decode
};

/// Error(bad_data) names the field; keys that are not read may be there.
[[nodiscard]] DeviceChain parse_device_chain(std::string_view text, const std::string& source);

/// The SHA-256 of the encoder that the fixtures were made with, from their manifest. Error(bad_data).
[[nodiscard]] std::string fixtures_encoder(std::string_view text, const std::string& source);

struct DeviceTiming {
  std::int64_t count = 0;
  double median = 0.0, least = 0.0, most = 0.0;  ///< seconds
};
struct DevicePackage {
  std::string name;
  double load_seconds = 0.0;
  std::optional<DeviceTiming> predict;
};
struct DeviceMode {
  std::string compute_units;  ///< asked for
  double encoder_mse = 0.0, head_mse = 0.0;
  std::int64_t argmax_changes = 0;
  std::string text;
  std::vector<DevicePackage> packages;
};

/// details.json: {"schema": "seben.device-details", "version": 1, …}
struct DeviceDetails {
  std::string run, model, precision, expected_text, corrected_text;
  std::vector<DeviceMode> modes;
};

/// Error(bad_data) names the field.
[[nodiscard]] DeviceDetails parse_device_details(std::string_view text, const std::string& source);

}  // namespace seben::evidence
