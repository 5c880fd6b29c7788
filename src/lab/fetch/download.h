// SPDX-License-Identifier: Apache-2.0
// One file from an address to its place: resumed, checked, and there only when it is whole.
#pragma once

#include <functional>
#include <string>

#include "fetch/digests.h"
#include "fetch/http.h"

namespace seben::fetch {

struct Download {
  std::string url;
  std::string where;       ///< for messages: "openai/whisper-base: model.safetensors"
  std::string place;       ///< where it goes
  std::string incomplete;  ///< where it grows; what is there is gone on with
  Expected expected;
  std::string
      validator;  ///< a strong ETag, which asks the server for the same file; may be empty when a digest is known
};

struct DownloadHooks {
  ByteProgress bytes;    ///< brought
  ByteProgress checked;  ///< of the check behind it
};

/// The caller holds the lock of the file. A download that breaks off is gone on with, here and by the next call; what
/// turns out to be wrong when it was gone on with is fetched anew once. Afterwards `place` has the content that was
/// expected; after any failure, or none of this program left, there is at most the incomplete file. Error(bad_data) for
/// lengths, ranges and contents that are not what they must be; Error(io) for a disk that is full.
FileDigests download(HttpClient& client, const Download& what, const DownloadHooks& hooks = {});

}  // namespace seben::fetch
