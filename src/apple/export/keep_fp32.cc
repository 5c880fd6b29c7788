// SPDX-License-Identifier: Apache-2.0
#include "export/keep_fp32.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "base/interrupt.h"
#include "base/scratch_folder.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

using Kept = std::set<std::string, std::less<>>;

// Cheap ones first: of equal help the first is taken.
constexpr std::array<std::string_view, 8> kCandidates{"layer_norm", "softmax", "gelu", "add",
                                                      "mul",        "matmul",  "conv", "linear"};

KeepTrial attempt(const Source& source, ExportOptions options, const VerifyOptions& verify, const Kept& kept) {
  base::throw_if_interrupted();
  options.conversion.keep_fp32 = kept;
  options.progress = {};
  const base::ScratchFolder scratch;
  const std::string folder = scratch.file("packages");
  export_packages(source, folder, options);
  const auto runner = interpreter_runner({verify.threads, true});
  KeepTrial trial;
  trial.kept = kept;
  for (const CheckedPart& part : verify_packages(folder, source, *runner, verify).parts) {
    if (!part.failures.empty()) ++trial.failing;
    trial.changed_classes += part.figures.argmax_changes;
    trial.changed_texts += part.figures.text_changes;
    trial.mse = std::max(trial.mse, part.figures.mse);
  }
  return trial;
}

bool better(const KeepTrial& a, const KeepTrial& b) {
  return std::tuple(a.failing, a.changed_texts, a.changed_classes, a.mse) <
         std::tuple(b.failing, b.changed_texts, b.changed_classes, b.mse);
}

}  // namespace

KeepSearch find_kept_fp32(const Source& source, const ExportOptions& options, const VerifyOptions& verify,
                          const std::function<void(const KeepTrial&)>& progress) {
  if (options.conversion.compute != mil::DType::fp16) {
    throw Error(ErrorCategory::usage, "--keep-fp32 auto", "--precision fp16", "fp32, where nothing has to be kept");
  }
  KeepSearch search;
  const auto run = [&](const Kept& kept) {
    search.trials.push_back(attempt(source, options, verify, kept));
    if (progress) progress(search.trials.back());
    return search.trials.back();
  };
  KeepTrial best = run({});
  while (best.failing > 0) {
    KeepTrial next = best;
    for (const std::string_view candidate : kCandidates) {
      if (best.kept.contains(candidate)) continue;
      Kept kept = best.kept;
      kept.insert(std::string(candidate));
      const KeepTrial trial = run(kept);
      if (better(trial, next)) next = trial;
      if (trial.failing == 0) break;
    }
    if (!better(next, best)) break;
    best = next;
  }
  search.kept = best.kept;
  search.holds = best.failing == 0;
  return search;
}

}  // namespace seben::deploy
