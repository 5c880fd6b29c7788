// SPDX-License-Identifier: Apache-2.0
// A model hub of this machine with one repository: addresses, headers and redirects as Hugging Face's has them.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/sha256.h"
#include "fetch/sha1.h"
#include "support/http_server.h"

namespace seben::test {

inline std::string git_blob(const std::string& content) {
  fetch::Sha1 hash;
  hash.update("blob " + std::to_string(content.size()) + std::string(1, '\0') + content);
  return hash.finish_hex();
}

class FakeHub {
 public:
  explicit FakeHub(std::string repository = "someone/whisper-small-thing")
      : repository_(std::move(repository)), server_([this](const Asked& asked) {
          Answer answer = honest(asked);
          if (mischief) mischief(asked, answer);
          return answer;
        }) {}

  std::map<std::string, std::string> files;
  std::string commit = "0123456789abcdef0123456789abcdef01234567";
  std::string licence = "mit";
  std::function<void(const Asked&, Answer&)> mischief;  ///< changes an answer

  [[nodiscard]] const std::string& repository() const { return repository_; }
  [[nodiscard]] std::string url() const { return server_.url(); }
  [[nodiscard]] HttpServer& server() { return server_; }
  /// Large files are named by SHA-256 and come from elsewhere.
  [[nodiscard]] static bool is_large(const std::string& path) {
    return path.ends_with(".safetensors") || path.ends_with(".bin");
  }
  [[nodiscard]] std::string tag(const std::string& path) const {
    const std::string& content = files.at(path);
    return is_large(path) ? base::sha256_hex(content) : git_blob(content);
  }

 private:
  static Answer nothing() {
    Answer answer;
    answer.status = 404;
    answer.headers = {"X-Error-Message: Entry not found"};
    answer.body = "Entry not found";
    return answer;
  }

  [[nodiscard]] Answer honest(const Asked& asked) const {
    const std::string target = asked.target.substr(0, asked.target.find('?'));
    if (target.starts_with("/cdn/")) {
      for (const auto& [path, content] : files) {
        if (base::sha256_hex(content) == target.substr(5)) return content_of(content);
      }
      return nothing();
    }
    if (target.starts_with("/api/models/" + repository_)) return listing();
    const std::string resolve = "/" + repository_ + "/resolve/";
    if (!target.starts_with(resolve)) return nothing();
    const std::string path = target.substr(target.find('/', resolve.size()) + 1);
    const auto it = files.find(path);
    if (it == files.end()) return nothing();
    Answer answer = content_of(it->second);
    answer.headers = {"X-Repo-Commit: " + commit, "ETag: \"" + tag(path) + "\""};
    if (is_large(path)) {
      answer.status = 302;
      answer.headers = {"X-Repo-Commit: " + commit, "X-Linked-ETag: \"" + tag(path) + "\"",
                        "X-Linked-Size: " + std::to_string(it->second.size()),
                        "Location: " + server_.elsewhere() + "/cdn/" + base::sha256_hex(it->second)};
      answer.body = "Found. Redirecting";
    }
    return answer;
  }

  static Answer content_of(const std::string& content) {
    Answer answer;
    answer.body = content;
    return answer;
  }

  [[nodiscard]] Answer listing() const {
    std::string names;
    for (const auto& [path, content] : files)
      names += (names.empty() ? "" : ", ") + ("{\"rfilename\": \"" + path + "\"}");
    Answer answer;
    answer.body = "{\"id\": \"" + repository_ + "\", \"sha\": \"" + commit + "\", \"siblings\": [" + names + "]" +
                  (licence.empty() ? "" : ", \"cardData\": {\"license\": \"" + licence + "\"}") + "}";
    return answer;
  }

  std::string repository_;
  HttpServer server_;
};

}  // namespace seben::test
