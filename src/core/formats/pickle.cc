// SPDX-License-Identifier: Apache-2.0
#include "formats/pickle.h"

#include <algorithm>
#include <bit>
#include <unordered_map>

#include "base/format.h"
#include "seben/error.h"

namespace seben::tensor {
namespace {

// Whisper's largest is some 300 kB of 40,000 values.
constexpr std::size_t kMaxBytes = std::size_t{16} << 20;
constexpr std::size_t kMaxValues = 1'000'000;
constexpr std::size_t kMaxLine = 256;
constexpr std::string_view kOrderedDict = "collections OrderedDict";

}  // namespace

// Runs the opcodes over a stack.
class PickleMachine {
 public:
  PickleMachine(std::span<const std::byte> bytes, const std::string& source,
                const std::set<std::string, std::less<>>& globals)
      : bytes_(bytes), source_(source), globals_(globals) {}

  Pickle run() {
    while (step(static_cast<char>(take(1)[0]))) {
    }
    return std::move(pickle_);
  }

 private:
  using Kind = Pickle::Kind;
  using Id = Pickle::Id;
  using Value = Pickle::Value;

  [[noreturn]] void fail(std::string expected, std::string found) const {
    throw Error(ErrorCategory::bad_data, base::format("{}: byte {}", source_, at_), std::move(expected),
                std::move(found));
  }

  std::span<const std::byte> take(std::uint64_t count) {
    if (count > bytes_.size() - at_) {
      fail(base::format("{} bytes", count), base::format("{} (truncated pickle?)", bytes_.size() - at_));
    }
    const auto part = bytes_.subspan(at_, static_cast<std::size_t>(count));
    at_ += part.size();
    return part;
  }
  // `size` bytes, little end first
  std::uint64_t unsigned_of(std::size_t size) {
    std::uint64_t value = 0;
    const auto part = take(size);
    for (std::size_t i = 0; i < size; ++i) value |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
    return value;
  }
  std::string text_of(std::uint64_t size) {
    const auto part = take(size);
    return {reinterpret_cast<const char*>(part.data()), part.size()};
  }
  std::string line() {
    const std::size_t last = std::min(bytes_.size(), at_ + kMaxLine);
    std::size_t end = at_;
    while (end < last && bytes_[end] != std::byte{'\n'}) ++end;
    if (end == last) fail(base::format("a line of at most {} bytes", kMaxLine), "none");
    std::string text = text_of(end - at_);
    ++at_;
    return text;
  }

  Id make(Value value) {
    if (pickle_.values_.size() == kMaxValues) fail(base::format("at most {} values", kMaxValues), "more");
    pickle_.values_.push_back(std::move(value));
    return static_cast<Id>(pickle_.values_.size() - 1);
  }
  void push(Value value) { stack_.push_back(make(std::move(value))); }
  void push_integer(Kind kind, std::int64_t value) { push({kind, value, 0.0, {}, {}}); }
  void push_items(Kind kind, std::vector<Id> items) { push({kind, 0, 0.0, {}, std::move(items)}); }

  Value& value(Id id) { return pickle_.values_[id]; }
  // The values above the last mark are not to be popped one by one.
  void require_stack(std::size_t count) const {
    const std::size_t floor = marks_.empty() ? 0 : marks_.back();
    if (stack_.size() < floor + count) fail(base::format("{} values on the stack", count), "fewer");
  }
  Id pop() {
    require_stack(1);
    const Id id = stack_.back();
    stack_.pop_back();
    return id;
  }
  std::vector<Id> pop_to_mark() {
    if (marks_.empty()) fail("a mark on the stack", "none");
    std::vector<Id> items(stack_.begin() + static_cast<std::ptrdiff_t>(marks_.back()), stack_.end());
    stack_.resize(marks_.back());
    marks_.pop_back();
    return items;
  }
  // The value that items are to be added to.
  Value& top(Kind kind) {
    require_stack(1);
    Value& target = value(stack_.back());
    if (target.kind != kind)
      fail(std::string("a ") + std::string(to_string(kind)), std::string(to_string(target.kind)));
    return target;
  }
  void extend(Kind kind, const std::vector<Id>& items) {
    Value& target = top(kind);
    if (kind == Kind::dict && items.size() % 2 != 0) fail("keys with values", "a key without one");
    target.items.insert(target.items.end(), items.begin(), items.end());
  }
  void tuple(std::size_t size) {
    require_stack(size);
    std::vector<Id> items(stack_.end() - static_cast<std::ptrdiff_t>(size), stack_.end());
    stack_.resize(stack_.size() - size);
    push_items(Kind::tuple, std::move(items));
  }
  void remember(std::uint64_t key) {
    require_stack(1);
    memo_[key] = stack_.back();
  }
  void recall(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) fail(base::format("a value remembered as {}", key), "none");
    stack_.push_back(found->second);
  }
  void global() {
    const std::string module = line();
    const std::string name = module + " " + line();
    if (!globals_.contains(name)) {
      const std::size_t space = module.size();
      fail("only the globals of a state dict", module + "." + name.substr(space + 1) + ", which is not permitted");
    }
    push({Kind::global, 0, 0.0, name, {}});
  }
  // Notes the call; an OrderedDict is a dict.
  void reduce() {
    const Id arguments = pop();
    const Id callable = pop();
    if (value(callable).kind != Kind::global || value(arguments).kind != Kind::tuple) {
      fail("a global and a tuple of arguments", "something else");
    }
    if (value(callable).text != kOrderedDict) {
      push_items(Kind::call, {callable, arguments});
    } else if (value(arguments).items.empty()) {
      push_items(Kind::dict, {});
    } else {
      fail("an OrderedDict that begins empty", "one with arguments");
    }
  }
  // An object's own state: that of a state dict is "_metadata", versions of modules that say nothing of the numbers.
  void build() {
    (void)pop();
    (void)top(Kind::dict);
  }
  void long_integer() {
    const std::uint64_t size = unsigned_of(1);
    if (size > 8) fail("an integer of at most 8 bytes", base::format("{}", size));
    std::uint64_t bits = unsigned_of(static_cast<std::size_t>(size));
    if (size > 0 && size < 8 && (bits >> (8 * size - 1) & 1U) != 0) bits |= ~std::uint64_t{0} << (8 * size);
    push_integer(Kind::integer, static_cast<std::int64_t>(bits));
  }
  void big_endian_double() {
    std::uint64_t bits = 0;
    for (const std::byte byte : take(8)) bits = bits << 8U | std::to_integer<std::uint64_t>(byte);
    push({Kind::number, 0, std::bit_cast<double>(bits), {}, {}});
  }
  void protocol() {
    const std::uint64_t version = unsigned_of(1);
    if (version != 2) fail("protocol 2", base::format("{}", version));
  }
  bool stop() {
    pickle_.root_ = pop();
    if (!stack_.empty() || !marks_.empty()) fail("one value at the end", "more");
    if (at_ != bytes_.size()) fail("the end", base::format("{} bytes more", bytes_.size() - at_));
    return false;
  }

  // False after the last one.
  bool step(char opcode) {
    switch (opcode) {
      case '\x80': protocol(); break;
      case '(': marks_.push_back(stack_.size()); break;
      case '.': return stop();
      case 'N': push({}); break;
      case '\x88': push_integer(Kind::boolean, 1); break;
      case '\x89': push_integer(Kind::boolean, 0); break;
      case 'J': push_integer(Kind::integer, static_cast<std::int32_t>(unsigned_of(4))); break;
      case 'K': push_integer(Kind::integer, static_cast<std::int64_t>(unsigned_of(1))); break;
      case 'M': push_integer(Kind::integer, static_cast<std::int64_t>(unsigned_of(2))); break;
      case '\x8a': long_integer(); break;
      case 'G': big_endian_double(); break;
      case 'X': push({Kind::text, 0, 0.0, text_of(unsigned_of(4)), {}}); break;
      case ')': push_items(Kind::tuple, {}); break;
      case '\x85': tuple(1); break;
      case '\x86': tuple(2); break;
      case '\x87': tuple(3); break;
      case 't': push_items(Kind::tuple, pop_to_mark()); break;
      case ']': push_items(Kind::list, {}); break;
      case '}': push_items(Kind::dict, {}); break;
      case 'a': {
        const Id item = pop();
        extend(Kind::list, {item});
        break;
      }
      case 'e': extend(Kind::list, pop_to_mark()); break;
      case 's': {
        const Id item = pop(), key = pop();
        extend(Kind::dict, {key, item});
        break;
      }
      case 'u': extend(Kind::dict, pop_to_mark()); break;
      case 'q': remember(unsigned_of(1)); break;
      case 'r': remember(unsigned_of(4)); break;
      case 'h': recall(unsigned_of(1)); break;
      case 'j': recall(unsigned_of(4)); break;
      case 'c': global(); break;
      case 'R': reduce(); break;
      case 'b': build(); break;
      case 'Q': push_items(Kind::persistent, {pop()}); break;
      default: fail("an opcode that torch.save writes", base::format("{:#04x}", static_cast<unsigned char>(opcode)));
    }
    return true;
  }

  std::span<const std::byte> bytes_;
  const std::string& source_;
  const std::set<std::string, std::less<>>& globals_;
  std::size_t at_ = 0;
  Pickle pickle_;
  std::vector<Id> stack_;
  std::vector<std::size_t> marks_;
  std::unordered_map<std::uint64_t, Id> memo_;
};

Pickle Pickle::read(std::span<const std::byte> bytes, const std::string& source,
                    const std::set<std::string, std::less<>>& globals) {
  if (bytes.size() > kMaxBytes) {
    throw Error(ErrorCategory::bad_data, source, base::format("at most {} bytes", kMaxBytes),
                std::to_string(bytes.size()));
  }
  return PickleMachine(bytes, source, globals).run();
}

std::string_view to_string(Pickle::Kind kind) noexcept {
  switch (kind) {
    case Pickle::Kind::none: return "None";
    case Pickle::Kind::boolean: return "bool";
    case Pickle::Kind::integer: return "int";
    case Pickle::Kind::number: return "float";
    case Pickle::Kind::text: return "str";
    case Pickle::Kind::tuple: return "tuple";
    case Pickle::Kind::list: return "list";
    case Pickle::Kind::dict: return "dict";
    case Pickle::Kind::global: return "global";
    case Pickle::Kind::persistent: return "persistent value";
    case Pickle::Kind::call: return "call";
  }
  return "unknown";
}

}  // namespace seben::tensor
