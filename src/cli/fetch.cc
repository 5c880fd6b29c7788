// SPDX-License-Identifier: Apache-2.0
#include "fetch/fetch.h"

#include <memory>
#include <string>
#include <vector>

#include "base/interrupt.h"
#include "cli/commands.h"
#include "cli/measure_bundle.h"
#include "cli/output.h"
#include "cli/progress_line.h"
#include "cli/suggest.h"
#include "fetch/models_folder.h"
#include "fetch/names.h"
#include "fetch/url.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct FetchFlags {
  fetch::FetchOptions options;
  std::string catalogue;
  bool list = false;
  bool no_import = false;
  std::vector<std::string> measure;  // recordings
};

// Powers of a thousand, as disks count.
std::string size_text(std::optional<std::uint64_t> bytes) {
  if (!bytes) return "?";
  const double megabytes = static_cast<double>(*bytes) / 1e6;
  return megabytes < 1000.0 ? base::format("{:.0f} MB", megabytes) : base::format("{:.1f} GB", megabytes / 1000.0);
}

void list_models(const FetchFlags& flags) {
  if (!flags.options.what.empty()) throw Error(ErrorCategory::usage, "--list", "nothing to fetch", flags.options.what);
  const fetch::ModelsFolder models(fetch::models_of_environment());
  bool all_pinned = true;
  for (const fetch::CatalogueModel& model : fetch::load_catalogue(flags.catalogue).models) {
    all_pinned = all_pinned && model.is_pinned();
    print_out("{}{:<32} {:>8}  {}{}\n", models.find(model.name) ? "* " : "  ", model.name, size_text(model.bytes()),
              model.about, model.is_pinned() ? "" : " [1]");
  }
  print_out("* is there, in {}\n", models.path());
  if (!all_pinned) print_out("[1] not every digest is known beforehand: those are trusted on first use, and kept\n");
}

// One line of progress for each thing that is done.
class Doing {
 public:
  void operator()(const std::string& doing, std::uint64_t done, std::uint64_t total) {
    base::throw_if_interrupted();
    if (!line_ || doing != doing_) {
      line_.reset();
      line_ = std::make_unique<ProgressLine>(doing);
      doing_ = doing;
    }
    if (total > 0) line_->update(static_cast<double>(done), static_cast<double>(total));
  }
  void clear() { line_.reset(); }

 private:
  std::string doing_;
  std::unique_ptr<ProgressLine> line_;
};

// The library would say the same, without a guess.
void require_known(const std::string& what, const fetch::Catalogue& catalogue) {
  if (catalogue.find(what) != nullptr || fetch::is_repository(what) || fetch::looks_like_url(what)) return;
  const std::string near = nearest(what, catalogue.names());
  throw Error(ErrorCategory::no_input, what,
              "a name that seben fetch --list shows, OWNER/NAME of the hub, or an address",
              near.empty() ? "none of them" : "none of them; did you mean " + near + "?");
}

void fetch_one(FetchFlags& flags) {
  if (flags.options.what.empty()) {
    throw Error(ErrorCategory::usage, "fetch", "a model's name, OWNER/NAME or an address (--list shows names)",
                "nothing");
  }
  flags.options.import = !flags.no_import;
  pipeline::Speech speech;
  if (!flags.measure.empty()) {
    if (flags.no_import) throw Error(ErrorCategory::usage, "--measure", "a model to import", "--no-import");
    speech = speech_to_measure_on(flags.measure);
  }
  Doing doing;
  fetch::FetchHooks hooks;
  hooks.progress = [&](const std::string& what, std::uint64_t done, std::uint64_t total) { doing(what, done, total); };
  hooks.note = [&](const std::string& line) {
    doing.clear();
    print_err("seben: {}", line);
  };
  const fetch::Catalogue catalogue = fetch::load_catalogue(flags.catalogue);
  require_known(flags.options.what, catalogue);
  const fetch::Fetched fetched = fetch::fetch_model(flags.options, fetch::Places::of_environment(), catalogue, hooks);
  doing.clear();
  if (fetched.was_there) print_err("seben: {} is there already", fetched.name);
  if (!flags.measure.empty()) {
    (void)measure_bundle({fetched.path, 0, false, false, [](const std::string& line) { print_err("seben: {}", line); }},
                         speech);
  }
  print_out("{}\n", fetched.path);
}

}  // namespace

void add_fetch(const App& app) {
  App command =
      app.add_subcommand("fetch", "Download a published model and import it; the only command that uses the network");
  auto flags = std::make_shared<FetchFlags>();
  fetch::FetchOptions& o = flags->options;
  command->add_option("model", o.what, "A name that --list shows, OWNER/NAME of Hugging Face's hub, or an address");
  command->add_flag("--list", flags->list, "Show the models that have names, and which of them are there");
  command->add_option("--catalogue", flags->catalogue, "File of names (JSON) instead of the one that is built in");
  command->add_option("--as", o.as, "Name that the model gets here; default: its own");
  command->add_option("--revision", o.revision, "Branch, tag or commit of OWNER/NAME; default: main");
  command->add_option("--file", o.file, "This file of OWNER/NAME alone, such as ggml-small.bin");
  command->add_option("--licence", o.licence, "Licence of the weights, when nothing else states it");
  command->add_option("--sha256", o.sha256, "Digest that the file of an address must have");
  command->add_flag("--offline", o.offline, "Use what is in the cache, and no network");
  command->add_flag("--trust-new", o.trust_new, "Take files that are others than when they were first fetched");
  command->add_flag("--no-import", flags->no_import, "Only download into the cache, and say where it is");
  add_measure_option(command, flags->measure);
  command->add_option("--timeout", o.http.stall_seconds, "How many seconds a connection may bring nothing")
      ->capture_default_str()
      ->within(1, 3600);
  command->footer("Example: seben fetch base && seben transcribe --model base talk.m4a");
  command->callback([flags] { flags->list ? list_models(*flags) : fetch_one(*flags); });
}

}  // namespace seben::cli
