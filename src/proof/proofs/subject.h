// SPDX-License-Identifier: Apache-2.0
// What a proof is about: something that runs an encoder stage by stage and a head.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "export/runner.h"
#include "export/source.h"
#include "kernels/precision.h"
#include "model/whisper/stages.h"

namespace seben::proof {

class Subject {
 public:
  Subject() = default;
  Subject(const Subject&) = delete;
  Subject& operator=(const Subject&) = delete;
  virtual ~Subject() = default;

  /// Stage `i` of the plan; row-major, [T, d_model] but for the first one's mel.
  [[nodiscard]] virtual std::vector<float> stage(std::size_t i, const std::vector<float>& in) = 0;
  /// mel -> features [T, d_model]
  [[nodiscard]] virtual std::vector<float> encoder(const std::vector<float>& mel) = 0;
  /// Features as the head takes them -> logits [T', classes].
  [[nodiscard]] virtual std::vector<float> head(const std::vector<float>& features) = 0;
};

/// The engine on this machine.
[[nodiscard]] std::unique_ptr<Subject> native_subject(const deploy::Source& source,
                                                      const std::vector<whisper::Stage>& stages,
                                                      kernels::Precision precision, int threads);

/// The packages of a folder with plan.json: its encoder stages must be `stages`, in order, and it must have a head.
/// Error(usage) when they are not, Error(bad_data) for packages of another encoder or that their plan's digests do not
/// fit.
[[nodiscard]] std::unique_ptr<Subject> package_subject(const deploy::Source& source,
                                                       const std::vector<whisper::Stage>& stages,
                                                       const std::string& folder, deploy::Runner& runner);

/// The gate that packages of a folder stand before: fp32, fp16 or compressed, the loosest of its packages.
[[nodiscard]] std::string precision_of_plan(const std::string& folder);
/// The encoder stages of a folder's plan.
[[nodiscard]] std::string stages_of_plan(const std::string& folder);

}  // namespace seben::proof
