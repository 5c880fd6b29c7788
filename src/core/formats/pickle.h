// SPDX-License-Identifier: Apache-2.0
// A reader of Python's pickles that executes nothing. It knows the opcodes that torch.save writes with protocol 2,
// makes a tree of plain values of them, and refuses every global that it was not told of. Opcodes: CPython,
// pickletools.py.
#pragma once

#include <cstddef>
#include <cstdint>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace seben::tensor {

/// The values of a pickle, referred to by number; one may be a part of several others.
class Pickle {
 public:
  using Id = std::uint32_t;

  enum class Kind : std::uint8_t {
    none,
    boolean,
    integer,
    number,
    text,
    tuple,
    list,
    dict,        ///< in the order of its insertions; collections.OrderedDict() too
    global,      ///< "module name" in text
    persistent,  ///< what stands outside of the pickle; one item says what
    call         ///< of a global with a tuple of arguments: two items. It is only noted.
  };

  struct Value {
    Kind kind = Kind::none;
    std::int64_t integer = 0;  ///< of boolean (0 or 1) and integer
    double number = 0.0;
    std::string text;
    std::vector<Id> items;  ///< of a dict: key, value, key, value, …
  };

  /// `globals` are the permitted ones, as "torch._utils _rebuild_tensor_v2". Error(bad_data) names the byte and what
  /// was wrong there, among it the global that is not permitted and the opcode that is not known.
  [[nodiscard]] static Pickle read(std::span<const std::byte> bytes, const std::string& source,
                                   const std::set<std::string, std::less<>>& globals);

  [[nodiscard]] Id root() const noexcept { return root_; }
  [[nodiscard]] const Value& at(Id id) const { return values_.at(id); }

 private:
  friend class PickleMachine;

  std::vector<Value> values_;
  Id root_ = 0;
};

/// "dict", "tuple", …
[[nodiscard]] std::string_view to_string(Pickle::Kind kind) noexcept;

}  // namespace seben::tensor
