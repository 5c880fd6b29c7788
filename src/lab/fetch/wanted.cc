// SPDX-License-Identifier: Apache-2.0
#include "fetch/wanted.h"

#include <optional>
#include <string_view>

#include "base/format.h"
#include "base/sha256.h"
#include "fetch/names.h"
#include "fetch/url.h"
#include "seben/error.h"

namespace seben::fetch {
namespace {

[[noreturn]] void fail_usage(const std::string& where, const std::string& expected, const std::string& found) {
  throw Error(ErrorCategory::usage, where, expected, found);
}

std::vector<std::string> parts_of(std::string_view path) {
  std::vector<std::string> parts;
  path = path.substr(0, path.find_first_of("?#"));
  while (!path.empty()) {
    const std::size_t slash = path.find('/');
    if (slash != 0) parts.emplace_back(path.substr(0, slash));
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return parts;
}

bool is_of_hub(const Url& url, const Places& places) {
  return url.host == "huggingface.co" || url.host == "hf.co" || url.origin() == parse_url(places.endpoint)->origin();
}

std::string stem(const std::string& file) { return file.substr(0, file.rfind('.')); }

// huggingface.co/OWNER/NAME, …/tree/REVISION, …/resolve/REVISION/FILE; nothing for other pages.
std::optional<Wanted> repository_of(const Url& url) {
  const std::vector<std::string> parts = parts_of(url.path);
  if (parts.size() < 2 || parts.size() == 3) return std::nullopt;
  Wanted wanted;
  wanted.repository = parts[0] + "/" + parts[1];
  wanted.name = parts[1];
  if (!is_repository(wanted.repository)) return std::nullopt;
  if (parts.size() == 2) return wanted;
  wanted.revision = parts[3];
  if (!is_revision(wanted.revision)) return std::nullopt;
  if (parts[2] == "tree" && parts.size() == 4) return wanted;
  if ((parts[2] != "resolve" && parts[2] != "blob") || parts.size() < 5) return std::nullopt;
  std::string file = parts[4];
  for (std::size_t i = 5; i < parts.size(); ++i) file += "/" + parts[i];
  if (!is_repository_file(file)) return std::nullopt;
  wanted.name = stem(parts.back());
  wanted.files.push_back({file, {}});
  return wanted;
}

Wanted of_address(const FetchOptions& options, const Places& places) {
  const std::optional<Url> url = parse_url(options.what);
  if (!url) {
    const bool names_somebody = options.what.find('@') != std::string::npos;  // perhaps with a password: not repeated
    fail_usage(names_somebody ? "address" : options.what, "http or https, without a user's name",
               names_somebody ? "one with a name" : "another");
  }
  if (is_of_hub(*url, places)) {
    if (std::optional<Wanted> wanted = repository_of(*url)) return *wanted;
    fail_usage(options.what, "OWNER/NAME, …/tree/REVISION or …/resolve/REVISION/FILE of the hub", "another page");
  }
  if (!options.revision.empty() || !options.file.empty())
    fail_usage("--revision, --file", "a repository", "an address");
  Wanted wanted;
  wanted.address = options.what;
  const std::string file = url->file_name();
  if (!is_repository_file(file)) fail_usage(options.what, "an address that ends in a file's name", file);
  wanted.name = stem(file);
  return wanted;
}

Wanted of_repository(const FetchOptions& options) {
  Wanted wanted;
  wanted.repository = options.what;
  wanted.revision = options.revision;
  wanted.name = options.what.substr(options.what.find('/') + 1);
  if (!options.file.empty()) {
    if (!is_repository_file(options.file)) fail_usage("--file", "a path in the repository", options.file);
    wanted.files.push_back({options.file, {}});
    wanted.name = stem(options.file.substr(options.file.rfind('/') + 1));
  }
  return wanted;
}

Wanted of_catalogue(const CatalogueModel& model, const FetchOptions& options) {
  const bool idle = !options.revision.empty() || !options.file.empty() || !options.licence.empty();
  if (idle) fail_usage("--revision, --file, --licence", "OWNER/NAME or an address", model.name + ", which has its own");
  return {model.name, model.repository, model.revision, "", model.licence, model.files};
}

}  // namespace

Wanted resolve(const FetchOptions& options, const Places& places, const Catalogue& catalogue) {
  Wanted wanted;
  if (const CatalogueModel* model = catalogue.find(options.what)) {
    wanted = of_catalogue(*model, options);
  } else if (looks_like_url(options.what)) {
    wanted = of_address(options, places);
  } else if (is_repository(options.what)) {
    wanted = of_repository(options);
  } else {
    throw Error(ErrorCategory::no_input, options.what,
                "OWNER/NAME of the hub, an address, or one of " + base::join(catalogue.names(), ", "), "none of them");
  }
  if (wanted.address.empty() && wanted.revision.empty()) wanted.revision = "main";
  if (!wanted.revision.empty() && !is_revision(wanted.revision)) {
    fail_usage("--revision", "a branch, a tag or a commit", wanted.revision);
  }
  if (!options.sha256.empty() && wanted.address.empty()) fail_usage("--sha256", "an address of one file", options.what);
  if (!options.sha256.empty() && !base::is_sha256_hex(options.sha256)) {
    fail_usage("--sha256", "64 lowercase hexadecimal digits", options.sha256);
  }
  if (!options.licence.empty()) wanted.licence = options.licence;
  if (!options.as.empty()) wanted.name = options.as;
  if (!is_model_name(wanted.name)) fail_usage("--as", "a name that a folder can have", wanted.name);
  return wanted;
}

}  // namespace seben::fetch
