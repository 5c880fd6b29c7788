// SPDX-License-Identifier: Apache-2.0
#include "base/partial_name.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <sys/random.h>
#endif

#include <algorithm>
#include <cerrno>
#include <cstdint>

#include "seben/error.h"

namespace seben::base {
namespace {

constexpr std::string_view kMark = ".partial-";
constexpr std::string_view kDigits = "0123456789abcdef";
constexpr std::size_t kRandomDigits = 16;
constexpr std::size_t kMostOfName = 110;  // the least that a file system in use allows is 143 bytes (eCryptfs)
constexpr int kTries = 8;                 // one is enough unless the random numbers are not random

std::string random_digits() {
  std::uint64_t number = 0;
  if (::getentropy(&number, sizeof number) != 0) {
    throw Error(ErrorCategory::io, "random numbers", "some from the system", reason(errno));
  }
  std::string digits;
  for (std::size_t i = 0; i < kRandomDigits; ++i, number >>= 4U) digits += kDigits[number & 0xFU];
  return digits;
}

// Cut where a character begins: some file systems refuse names that are not UTF-8.
std::string_view beginning(std::string_view name) noexcept {
  if (name.size() <= kMostOfName) return name;
  std::size_t end = kMostOfName;
  while (end > 0 && (static_cast<unsigned char>(name[end]) & 0xC0U) == 0x80U) --end;
  return name.substr(0, end);
}

// Calls `create` with names beside `target` until one of them was free.
template <class Create>
bool create_fresh(const std::string& target, std::string& path, Create create) {
  const std::string name = target.substr(target.rfind('/') + 1);  // npos + 1 is 0
  const std::string folder = target.substr(0, target.size() - name.size());
  for (int i = 0; i < kTries; ++i) {
    path = folder + partial_name(name);
    if (create(path.c_str())) return true;
    if (errno == EINTR) --i;
    if (errno != EEXIST && errno != EINTR) return false;
  }
  return false;
}

}  // namespace

std::string partial_name(std::string_view name) {
  return std::string(beginning(name)) + std::string(kMark) + random_digits();
}

bool is_partial_name(std::string_view name) noexcept {
  if (name.size() < kMark.size() + kRandomDigits) return false;
  const std::string_view digits = name.substr(name.size() - kRandomDigits);
  name.remove_suffix(kRandomDigits);
  return name.ends_with(kMark) && digits.find_first_not_of(kDigits) == std::string_view::npos;
}

Descriptor create_partial_file(const std::string& target, unsigned mode, std::string& path) {
  int descriptor = -1;
  create_fresh(target, path, [&](const char* name) {
    descriptor = ::open(name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, static_cast<mode_t>(mode));
    return descriptor >= 0;
  });
  return Descriptor(descriptor);
}

bool create_partial_folder(const std::string& target, unsigned mode, std::string& path) {
  return create_fresh(target, path, [&](const char* name) { return ::mkdir(name, static_cast<mode_t>(mode)) == 0; });
}

}  // namespace seben::base
