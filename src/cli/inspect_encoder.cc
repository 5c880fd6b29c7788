// SPDX-License-Identifier: Apache-2.0
#include "cli/inspect_encoder.h"

#include <fmt/format.h>

#include <memory>
#include <string>

#include "cli/output.h"
#include "cli/progress_line.h"
#include "export/compare_encoders.h"

namespace seben::cli {

void add_inspect_encoder(const App& inspect) {
  struct InspectEncoderFlags {
    std::string first, second;
  };
  App command = inspect.add_subcommand("encoder", "Whether two bundles or checkpoints share an encoder");
  auto flags = std::make_shared<InspectEncoderFlags>();
  command->add_option("first", flags->first, "Folder of a bundle or of a Whisper checkpoint")->required();
  command->add_option("second", flags->second, "Another one")->required();
  command->footer("Example: seben inspect encoder large-v2 distil-large-v2");
  command->callback([flags] {
    const auto first = deploy::Source::open(flags->first), second = deploy::Source::open(flags->second);
    ProgressLine line("comparing");
    const deploy::EncoderComparison found =
        deploy::compare_encoders(first, second, [&line](double share) { line.update(share, 1.0); });
    line.clear();
    print_out("{}\n", deploy::to_text(found));
  });
}

}  // namespace seben::cli
