// SPDX-License-Identifier: Apache-2.0
// The map in docs/architecture.md against the includes: an edge that it does not declare fails, and so does a declared
// one that no file uses; a circle, a room that is missing on either side, and a header without its line of purpose too.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

namespace seben {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = fs::path(SEBEN_SOURCE_DIR) / "src";
using Edges = std::map<std::string, std::set<std::string>>;  // room -> rooms that it uses

std::string text_of(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::vector<std::string> words(const std::string& text, const std::regex& word) {
  std::vector<std::string> found;
  for (std::sregex_iterator it(text.begin(), text.end(), word), end; it != end; ++it) found.push_back((*it)[1]);
  return found;
}

// Rows "| `core/base` | what it does | `core/tensor` `core/formats` |"; a last cell of "-" uses nothing.
Edges declared() {
  const std::string page = text_of(fs::path(SEBEN_SOURCE_DIR) / "docs/architecture.md");
  Edges edges;
  const std::regex row("\\| `([a-z/]+)` \\|[^|]*\\|([^|]*)\\|"), room("`([a-z/]+)`");
  for (std::sregex_iterator it(page.begin(), page.end(), row), end; it != end; ++it) {
    const std::vector<std::string> used = words((*it)[2], room);
    edges[(*it)[1]] = {used.begin(), used.end()};
  }
  return edges;
}

bool is_source(const fs::path& path) {
  return path.extension() == ".h" || path.extension() == ".cc" || path.extension() == ".mm";
}

std::vector<fs::path> sources() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::recursive_directory_iterator(kSource)) {
    if (entry.is_regular_file() && is_source(entry.path())) found.push_back(entry.path());
  }
  return found;
}

// The room of "base/file.h" as a source writes it: the folder below that storey which has it.
std::map<std::string, std::string> rooms_of_includes() {
  std::map<std::string, std::string> rooms;
  for (const fs::path& path : sources()) {
    const std::string full = fs::relative(path, kSource).generic_string();
    const std::string storey = full.substr(0, full.find('/'));
    const std::string written = storey == "cli" ? full : full.substr(storey.size() + 1);
    EXPECT_TRUE(rooms.emplace(written, fs::path(full).parent_path().generic_string()).second)
        << written << " is there in two storeys";
  }
  return rooms;
}

std::vector<std::string> includes_of(const fs::path& path) {
  constexpr std::string_view directive = "#include \"";
  std::ifstream file(path);
  std::vector<std::string> found;
  for (std::string line; std::getline(file, line);) {
    if (line.starts_with(directive)) found.push_back(line.substr(directive.size(), line.rfind('"') - directive.size()));
  }
  return found;
}

Edges used(std::map<std::string, std::string>* examples) {
  const std::map<std::string, std::string> rooms = rooms_of_includes();
  Edges edges;
  for (const fs::path& path : sources()) {
    const std::string file = fs::relative(path, kSource).generic_string();
    const std::string from = fs::path(file).parent_path().generic_string();
    edges[from];
    for (const std::string& name : includes_of(path)) {
      const auto found = rooms.find(name);
      if (found == rooms.end() || found->second == from) continue;
      edges[from].insert(found->second);
      examples->emplace(from + " -> " + found->second, file + " includes " + name);
    }
  }
  return edges;
}

TEST(Architecture, TheMapIsTheIncludeGraph) {
  std::map<std::string, std::string> examples;
  const Edges map = declared(), code = used(&examples);
  for (const auto& [room, uses] : code) {
    ASSERT_TRUE(map.contains(room)) << "docs/architecture.md does not have the room " << room;
    for (const std::string& other : uses) {
      const std::string edge = room + " -> " + other;
      EXPECT_TRUE(map.at(room).contains(other)) << "undeclared: " << edge << " (" << examples.at(edge) << ")";
    }
  }
  for (const auto& [room, uses] : map) {
    ASSERT_TRUE(code.contains(room)) << "src/" << room << " of docs/architecture.md is not there";
    for (const std::string& other : uses) {
      EXPECT_TRUE(code.at(room).contains(other)) << "declared, and nobody uses it: " << room << " -> " << other;
    }
  }
}

TEST(Architecture, StoreysLookDownOnly) {
  const std::vector<std::string> order = {"core", "lab", "apple", "proof", "serve", "cli"};
  const auto floor = [&](const std::string& room) {
    return std::find(order.begin(), order.end(), room.substr(0, room.find('/'))) - order.begin();
  };
  for (const auto& [room, uses] : declared()) {
    EXPECT_LT(floor(room), 6) << room << " is in no storey";
    for (const std::string& other : uses) EXPECT_GE(floor(room), floor(other)) << room << " -> " << other;
  }
}

TEST(Architecture, NoCircles) {
  const Edges map = declared();
  std::map<std::string, int> state;  // 1: on the way, 2: done
  std::function<void(const std::string&)> visit = [&](const std::string& room) {
    state[room] = 1;
    for (const std::string& other : map.at(room)) {
      ASSERT_TRUE(map.contains(other)) << other;
      EXPECT_NE(state[other], 1) << "a circle through " << room << " -> " << other;
      if (state[other] == 0) visit(other);
    }
    state[room] = 2;
  };
  for (const auto& [room, uses] : map) {
    if (state[room] == 0) visit(room);
  }
  EXPECT_GE(map.size(), 25U);
}

// Lines of the drawing: " core    7  engine", the storey's name on its first line only.
TEST(Architecture, TheDrawingShowsEveryRoomOnItsFloor) {
  const Edges map = declared();
  std::map<std::string, int> drawn;
  std::istringstream page(text_of(fs::path(SEBEN_SOURCE_DIR) / "docs/architecture.md"));
  const std::regex floor_line("^ ([a-z]*) +([0-9]+)  ([a-z/ ]+)$");
  std::string storey;
  std::smatch found;
  for (std::string line; std::getline(page, line);) {
    if (!std::regex_match(line, found, floor_line)) continue;
    if (found[1].length() > 0) storey = found[1];
    std::istringstream rooms(found[3]);
    for (std::string room; rooms >> room;) drawn[storey + "/" + room] = std::stoi(found[2]);
  }
  std::function<int(const std::string&)> floor = [&](const std::string& room) {
    int highest = -1;
    const std::string own = room.substr(0, room.find('/') + 1);
    for (const std::string& other : map.at(room)) {
      if (other.starts_with(own)) highest = std::max(highest, floor(other));
    }
    return highest + 1;
  };
  for (const auto& [room, uses] : map) {
    if (room == "cli") continue;
    ASSERT_TRUE(drawn.contains(room)) << room << " is not drawn";
    EXPECT_EQ(drawn.at(room), floor(room)) << room;
  }
  EXPECT_EQ(drawn.size() + 1, map.size());
}

TEST(Architecture, EveryHeaderBeginsWithItsPurpose) {
  std::vector<fs::path> headers;
  for (const fs::path& path : sources()) {
    if (path.extension() == ".h") headers.push_back(path);
  }
  for (const auto& entry : fs::directory_iterator(fs::path(SEBEN_SOURCE_DIR) / "include/seben")) {
    headers.push_back(entry.path());
  }
  for (const fs::path& path : headers) {
    std::ifstream file(path);
    std::string licence, purpose;
    std::getline(file, licence);
    while (std::getline(file, purpose) && purpose.starts_with("/* clang-format")) {
    }
    EXPECT_NE(licence.find("SPDX-License-Identifier: Apache-2.0"), std::string::npos) << path;
    const bool comment = purpose.starts_with("// ") || purpose.starts_with("/*");
    EXPECT_TRUE(comment) << path << ": expected one line of purpose behind the licence, found \"" << purpose << "\"";
  }
}

}  // namespace
}  // namespace seben
