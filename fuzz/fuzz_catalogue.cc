// SPDX-License-Identifier: Apache-2.0
// The catalogue of published models, and the addresses and names that lead to them.
#include "fetch/catalogue.h"
#include "fetch/fetch.h"
#include "fetch/names.h"
#include "fetch/url.h"
#include "fetch/wanted.h"
#include "support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace seben;
  const std::string text(fuzz::text(data, size));
  (void)fetch::parse_url(text);
  fetch::Places places;
  fetch::FetchOptions options;
  options.what = text;
  try {  // whatever somebody types is refused as usage, or as a name that nothing has
    const fetch::Wanted wanted = fetch::resolve(options, places, {});
    fuzz::require(fetch::is_model_name(wanted.name));
    fuzz::require(wanted.address.empty() == fetch::is_repository(wanted.repository));
    for (const fetch::CatalogueFile& file : wanted.files) fuzz::require(fetch::is_repository_file(file.path));
  } catch (const Error& error) {
    fuzz::require(error.category() == ErrorCategory::usage || error.category() == ErrorCategory::no_input);
  }
  return fuzz::run([&] {
    const fetch::Catalogue catalogue = fetch::parse_catalogue(text, "fuzz");
    for (const fetch::CatalogueModel& model : catalogue.models) {
      fuzz::require(catalogue.find(model.name) == &model);
      for (const fetch::CatalogueFile& file : model.files) {
        fuzz::require(file.path.find("..") == std::string::npos || fetch::is_repository_file(file.path));
      }
    }
  });
}
