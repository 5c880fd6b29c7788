// SPDX-License-Identifier: Apache-2.0
// What somebody asked for, told apart: a catalogue's model, a repository of the hub, an address.
#pragma once

#include <string>
#include <vector>

#include "fetch/catalogue.h"
#include "fetch/fetch.h"
#include "fetch/places.h"

namespace seben::fetch {

struct Wanted {
  std::string name;        ///< of the bundle
  std::string repository;  ///< empty: `address` is no hub's
  std::string revision;
  std::string address;
  std::string licence;               ///< empty: not known yet
  std::vector<CatalogueFile> files;  ///< empty: those that importing needs
};

/// Error(usage) for addresses that are none, options that do not belong to it and names that no folder can have;
/// Error(no_input) for a name that is in no catalogue.
[[nodiscard]] Wanted resolve(const FetchOptions& options, const Places& places, const Catalogue& catalogue);

}  // namespace seben::fetch
