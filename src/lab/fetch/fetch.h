// SPDX-License-Identifier: Apache-2.0
// From a model's name or address to a bundle in the models' folder.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "fetch/catalogue.h"
#include "fetch/http.h"
#include "fetch/places.h"

namespace seben::fetch {

struct FetchOptions {
  std::string what;        ///< a name of the catalogue, OWNER/NAME of the hub, an address
  std::string as;          ///< name of the bundle; empty: that of the model
  std::string revision;    ///< of OWNER/NAME: a branch, a tag or a commit; empty: main
  std::string file;        ///< of OWNER/NAME: this file alone, as whisper.cpp's repositories hold many models
  std::string licence;     ///< of what is in no catalogue; empty: what the model's card states
  std::string sha256;      ///< of an address
  bool offline = false;    ///< only what is there
  bool trust_new = false;  ///< a file that is another than when it was first fetched is taken
  bool import = true;      ///< false: only fetched, into the cache
  HttpOptions http;
};

struct FetchHooks {
  /// "downloading model.safetensors", "checking …", "importing"; also where interrupts are looked for.
  std::function<void(const std::string& doing, std::uint64_t done, std::uint64_t total)> progress;
  /// What the user should know, a line each.
  std::function<void(const std::string& line)> note;
};

struct Fetched {
  std::string name;
  std::string path;        ///< the bundle; without importing what `seben import --model` takes
  bool was_there = false;  ///< and nothing was done
};

/// Error(no_input) for a name that is in no catalogue, with those that are; Error(kUnavailable) when the network does
/// not answer; see Hub, download() and bundle::import_bundle for the rest. After a failure there is no bundle, and in
/// the cache at most a file that the next call goes on with.
Fetched fetch_model(const FetchOptions& options, const Places& places, const Catalogue& catalogue,
                    const FetchHooks& hooks = {});

}  // namespace seben::fetch
