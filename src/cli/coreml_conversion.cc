// SPDX-License-Identifier: Apache-2.0
#include "cli/coreml_conversion.h"

#include <algorithm>
#include <filesystem>

#include "convert/encoder.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

template <typename T>
T require(const std::optional<T>& value, const std::string& flag, const std::string& expected,
          const std::string& found) {
  if (!value) refuse_flag(flag, expected, found);
  return *value;
}

mil::DType float_type(const std::string& flag, const std::string& word) {
  if (word != "fp16" && word != "fp32") refuse_flag(flag, "fp16 or fp32", word);
  return *mil::parse_dtype(word);
}

}  // namespace

void refuse_flag(const std::string& flag, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, flag, expected, found);
}

void add_conversion_flags(const App& command, ConversionFlags& flags) {
  const auto option = [&](const char* flag, std::string& value, const char* help) {
    command.add_option(flag, value, help)->capture_default_str()->group(kStyleGroup);
  };
  option("--opset", flags.opset, "Operators that the packages may use: ios15, ios16, ios17 or ios18");
  option("--layout", flags.layout, "How activations lie in memory: sequence, or ane (for the Neural Engine)");
  option("--precision", flags.precision, "Arithmetic of the packages: fp32 or fp16");
  command
      .add_option("--keep-fp32", flags.keep_fp32,
                  "Operators that stay in fp32, such as softmax,layer_norm; export coreml finds them with auto")
      ->delimiter(',')
      ->group(kStyleGroup);
  option("--weights", flags.weights,
         "How weights are stored: full, affine8, palette8, palette6, palette4, blockwise8 or blockwise4");
  option("--io", flags.interface, "Type of inputs and outputs: fp32 or fp16");
}

convert::ConversionOptions conversion_of(const ConversionFlags& flags) {
  convert::ConversionOptions conversion;
  conversion.opset = require(mil::parse_opset(flags.opset), "--opset", "ios15, ios16, ios17 or ios18", flags.opset);
  conversion.layout = require(convert::parse_layout(flags.layout), "--layout", "sequence or ane", flags.layout);
  conversion.compute = float_type("--precision", flags.precision);
  conversion.interface = float_type("--io", flags.interface);
  conversion.weights = require(convert::parse_weight_code(flags.weights), "--weights",
                               "full, affine8, palette8, palette6, palette4, blockwise8 or blockwise4", flags.weights);
  conversion.keep_fp32.insert(flags.keep_fp32.begin(), flags.keep_fp32.end());
  convert::validate(conversion);
  return conversion;
}

std::vector<whisper::Stage> stages_of(const std::string& words, const deploy::Source& source) {
  const whisper::EncoderConfig& config = source.encoder().config;
  return words == "device-safe" ? convert::device_safe_stages(config) : whisper::parse_stages(words, config);
}

std::vector<std::string> recordings_of(const std::vector<std::string>& named, const deploy::Source& source) {
  if (!named.empty()) return named;
  std::vector<std::string> samples;
  std::error_code none;  // a folder without samples has none to offer
  for (const auto& entry :
       std::filesystem::directory_iterator(std::filesystem::path(source.folder()) / "samples", none)) {
    if (entry.path().extension() == ".wav") samples.push_back(entry.path().string());
  }
  std::ranges::sort(samples);
  return samples;
}

}  // namespace seben::cli
