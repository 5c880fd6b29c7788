// SPDX-License-Identifier: Apache-2.0
// What a name means under which something is to be written: a file that is replaced, or a place that is written to.
#pragma once

#include <optional>
#include <string>

namespace seben::base {

struct OutputTarget {
  enum class Kind {
    file,        ///< a regular file, there or not yet: written beside its place, then renamed
    stream,      ///< a pipe or a character device: opened and written to
    descriptor,  ///< standard output and its like: written to as they are open
  };
  Kind kind = Kind::file;
  std::string path;              ///< where the links end
  std::optional<unsigned> mode;  ///< permissions, owner and group of the regular file that is there
  unsigned owner = 0, group = 0;
  int descriptor = -1;  ///< of kind `descriptor`; not owned
};

/// `-`, /dev/stdout, /dev/stderr, /dev/fd/N and /proc/self/fd/N are open descriptors (`./-` is a file of that name);
/// links are followed. Error(io) for folders, sockets, block devices, circles of links, links that somebody else put
/// into a folder that all may write to, and names that cannot be.
[[nodiscard]] OutputTarget output_target(const std::string& path);

/// The same for a file of a folder that is ours to keep in order: a link is what will be replaced, and `-` is a name.
[[nodiscard]] OutputTarget replaced_target(const std::string& path);

/// Where the links end that `path` itself is; links in the folders before it stay.
[[nodiscard]] std::string follow_links(const std::string& path);

}  // namespace seben::base
