// SPDX-License-Identifier: Apache-2.0
// What a proof is about. A folder belongs to one request: another one needs another folder.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace seben::proof {

enum class Target : std::uint8_t {
  native,   ///< the engine on this machine's processor
  package,  ///< Core ML packages of the bundle, executed by Seben's interpreter or by a command
};

struct Request {
  Target target = Target::native;
  std::string model;                ///< the bundle's name
  std::string bundle_digest;        ///< SHA-256 of its bundle.json
  std::string audio;                ///< name of the recording's file
  std::string audio_digest;         ///< SHA-256 of it
  std::vector<std::string> modes;   ///< native: f32, bf16, int8; package: fp32, fp16, compressed
  std::vector<std::string> stages;  ///< whisper::to_string of each
  std::string runner;               ///< package: "interpreter", or the command
  std::int64_t threads = 1;
  std::int64_t repetitions = 5;              ///< of the timings
  std::uint64_t min_free = 0;                ///< bytes on the disk, before every step
  std::string gates_digest;                  ///< SHA-256 of gates.json
  std::string tool;                          ///< "seben 0.1.0"
  std::string program_digest;                ///< SHA-256 of the executable, "" where it cannot be read
  std::map<std::string, std::string> plans;  ///< package: SHA-256 of each mode's plan.json
};

[[nodiscard]] std::string_view to_string(Target target) noexcept;
/// The same request gives the same bytes.
[[nodiscard]] std::string to_text(const Request& request);
/// The first member in which two requests differ; empty: they are the same.
[[nodiscard]] std::string difference(const Request& a, const Request& b);
/// Error(bad_data) for anything that to_text would not have written.
[[nodiscard]] Request parse_request(std::string_view text, const std::string& source);

/// "modes/int8/run.log" and the like.
[[nodiscard]] std::string mode_file(std::string_view mode, std::string_view name);
/// "stage-03-2.npy"
[[nodiscard]] std::string stage_file(std::size_t number, std::string_view stage);
/// What the marker of a mode calls this run.
[[nodiscard]] std::string run_name(const Request& request, std::string_view mode);
/// What the marker of a mode says was run: the bundle, or the mode's plan.
[[nodiscard]] std::string model_digest(const Request& request, const std::string& mode);

}  // namespace seben::proof
