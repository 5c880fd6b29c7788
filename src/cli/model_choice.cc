// SPDX-License-Identifier: Apache-2.0
#include "cli/model_choice.h"

#include <filesystem>
#include <optional>
#include <system_error>
#include <vector>

#include "base/format.h"
#include "fetch/catalogue.h"
#include "fetch/models_folder.h"
#include "fetch/places.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

namespace fs = std::filesystem;

std::string folder_named(const std::string& model) {
  if (model.find('/') != std::string::npos) return model;
  const fetch::ModelsFolder models(fetch::models_of_environment());
  if (const std::optional<std::string> found = models.find(model)) return *found;
  const fetch::Catalogue catalogue = fetch::load_catalogue("");
  const fetch::CatalogueModel* known = catalogue.find(model);
  if (known != nullptr) {
    if (const std::optional<std::string> found = models.find(known->name)) return *found;
  }
  std::error_code ignored;
  if (fs::is_directory(model, ignored)) return model;
  const std::vector<std::string> names = models.names();
  const std::string there = names.empty() ? "of which there are none yet" : base::join(names, ", ");
  throw Error(ErrorCategory::no_input, "--model " + model,
              "a folder, or the name of a model in " + models.path() + ", " + there,
              known != nullptr ? "neither (seben fetch " + model + " brings it)"
                               : "neither (seben fetch --list shows what can be had)");
}

}  // namespace

void add_model_choice(const App& command, std::string& bundle, std::string& model, const std::string& about) {
  command.add_option("-b,--bundle", bundle, about);
  command.add_option("--model", model, "Name of a model that seben fetch brought, or its folder");
}

std::string choose_model(const std::string& bundle, const std::string& model, const std::string& otherwise) {
  if (!bundle.empty() && !model.empty()) {
    throw Error(ErrorCategory::usage, "--bundle, --model", "one of them", "both");
  }
  if (!bundle.empty()) return bundle;
  if (!model.empty()) return folder_named(model);
  if (!otherwise.empty()) return otherwise;
  throw Error(ErrorCategory::usage, "--bundle, --model", "the folder or the name of a model", "neither");
}

}  // namespace seben::cli
