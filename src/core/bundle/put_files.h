// SPDX-License-Identifier: Apache-2.0
// Files that are put into a bundle which is there already: written, then listed.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "bundle/bundle.h"

namespace seben::bundle {

struct NewFile {
  Role role;
  std::string path;  ///< inside the bundle; a file that it replaces keeps its own
  std::string text;
};

/// Puts `files` in, each in place of the one of its role, and takes files of the roles `dropped` from the list first.
/// An error before anything is written leaves the bundle as it was.
void put_files(const Bundle& bundle, std::vector<NewFile> files, std::initializer_list<Role> dropped = {});

}  // namespace seben::bundle
