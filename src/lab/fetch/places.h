// SPDX-License-Identifier: Apache-2.0
// Where models lie and where they come from, as the environment says it.
#pragma once

#include <string>

namespace seben::fetch {

/// Where bundles have names: SEBEN_MODELS, else XDG_DATA_HOME/seben/models, else ~/.local/share/seben/models.
[[nodiscard]] std::string models_of_environment();

/// Hugging Face's variables mean what they mean to its own programs; the cache is XDG_CACHE_HOME, else ~/.cache.
struct Places {
  std::string models;     ///< models_of_environment
  std::string hub_cache;  ///< HF_HUB_CACHE, HUGGINGFACE_HUB_CACHE, HF_HOME/hub, else huggingface/hub in the cache
  std::string downloads;  ///< of addresses that are no hub's: seben/downloads in the cache
  std::string endpoint = "https://huggingface.co";  ///< HF_ENDPOINT, without a slash at its end
  std::string token;     ///< HF_TOKEN, HUGGING_FACE_HUB_TOKEN, the file HF_TOKEN_PATH or HF_HOME/token
  bool offline = false;  ///< HF_HUB_OFFLINE

  /// Error(usage) for an endpoint that is no address, a token that no header can hold or that would travel over plain
  /// http to another machine, and when nothing says where the home is.
  [[nodiscard]] static Places of_environment();
};

}  // namespace seben::fetch
