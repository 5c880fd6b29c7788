// SPDX-License-Identifier: Apache-2.0
// A program with its names resolved and its weights packed.
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "interpreter/call.h"
#include "interpreter/interpreter.h"

namespace seben::interpreter {

/// One value of the function.
struct Slot {
  std::string name;
  mil::Type type;
  bool constant = false;
  const mil::Literal* literal = nullptr;  ///< small constants: settings, and what shapes depend on
  Array array;                            ///< constants that operators read at run time
};

struct Node {
  mil::Operation op;  ///< without the constants' payloads
  const OperatorCode* code = nullptr;
  std::map<std::string, std::vector<std::size_t>, std::less<>> operands;  ///< slots that run reads
  Constants constants;
  std::unique_ptr<Prepared> prepared;
  std::vector<std::size_t> outputs;
  std::vector<std::size_t> dead;  ///< slots that nobody reads afterwards
  bool fixed = false;             ///< all output types are known
};

/// matmul, softmax, matmul whose results nobody else reads.
struct FusedAttention {
  std::size_t scores, weights, mixed;  ///< nodes
  std::size_t q, k, v;                 ///< slots
  bool k_turned = false;
};

struct Interpreter::Plan {
  std::string source;
  Options options;
  mil::ModelInterface interface;
  mil::Opset opset = mil::Opset::ios15;
  std::vector<Slot> slots;
  std::map<std::string, std::size_t, std::less<>> slot_of;
  std::vector<Node> nodes;
  std::vector<FusedAttention> attentions;
  std::vector<std::string> outputs;
  std::deque<mil::Literal> literals;
  std::size_t bytes = 0;
};

/// Fills a plan from a checked model.
class Planner {
 public:
  Planner(const mil::Model& model, Interpreter::Plan& plan) : model_(model), plan_(plan) {}
  void run();

 private:
  std::size_t add_slot(const std::string& name, const mil::Type& type);
  void add_constant(const mil::Operation& op, const mil::Literal& literal);
  void add_node(const mil::Operation& op, std::size_t index);
  /// The literal bound to an operand, or nullptr when it is made at run time.
  const mil::Literal* literal_of(const mil::Binding& binding, std::size_t* slot);
  [[nodiscard]] const mil::Type& type_of(const mil::Binding& binding) const;
  void keep_settings(Node& node);
  void find_attentions();
  void find_dead();
  [[nodiscard]] std::string where(const mil::Operation& op, std::size_t index) const;

  const mil::Model& model_;
  Interpreter::Plan& plan_;
  std::map<std::size_t, mil::Literal> large_;  ///< constants of any size while somebody still has to see them
  std::map<std::string, std::size_t, std::less<>> uses_;
};

}  // namespace seben::interpreter
