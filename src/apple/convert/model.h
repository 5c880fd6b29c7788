// SPDX-License-Identifier: Apache-2.0
// From a finished function to a model with an interface.
#pragma once

#include <string>
#include <vector>

#include "convert/conversion_options.h"
#include "mil/builder.h"
#include "mil/label.h"
#include "mil/model.h"

namespace seben::convert {

/// The lengths of time that an input may have. Neither filled: the one fixed length.
struct Flexibility {
  std::vector<std::int64_t> enumerated;
  std::int64_t least = 0, most = 0;  ///< a range

  [[nodiscard]] bool fixed() const noexcept { return enumerated.empty() && most == 0; }
};

/// Error(usage) unless every length is in 1..most_frames and a multiple of `step`, and there are at most 128.
void validate(const Flexibility& flexibility, std::int64_t most_frames, std::int64_t step);

/// Dimension of time for the function: `length`, or unknown when it may vary.
[[nodiscard]] inline std::int64_t dimension(const Flexibility& f, std::int64_t length) noexcept {
  return f.fixed() ? length : mil::kUnknown;
}

/// A model with "main" and the interface that the function's inputs and outputs imply. Unknown dimensions of inputs
/// take the lengths of `flexibility`; `length` is the default.
[[nodiscard]] mil::Model make_model(mil::FunctionBuilder& builder, const std::vector<mil::Value>& inputs,
                                    const std::vector<mil::Value>& outputs, const Flexibility& flexibility,
                                    std::int64_t length);

/// Labels the package with how it was made: kind, layout, precision, version.
void describe(mil::Model& model, mil::PackageKind kind, const ConversionOptions& conversion);

}  // namespace seben::convert
