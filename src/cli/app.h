// SPDX-License-Identifier: Apache-2.0
// The little of CLI11 that commands use, without its headers: these would be compiled anew in every command's file.
#pragma once

#include <cstdint>
#include <functional>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace seben::cli {

/// An option of a command. Copies are the same option.
class Option {
 public:
  explicit Option(CLI::Option* option) : option_(option) {}
  const Option* operator->() const { return this; }

  const Option& required() const;
  const Option& group(const std::string& name) const;
  const Option& capture_default_str() const;
  const Option& default_val(std::int64_t value) const;
  const Option& type_name(const std::string& name) const;
  const Option& delimiter(char between) const;
  const Option& expected(int least, int most) const;
  /// What a value may be.
  const Option& one_of(std::initializer_list<const char*> words) const;
  const Option& one_of(std::initializer_list<int> numbers) const;
  const Option& within(int least, int most) const;
  const Option& within(double least, double most) const;
  const Option& positive() const;
  const Option& not_negative() const;
  /// "20GB" and the like: a number of bytes; kilo is 1000.
  const Option& as_size() const;

 private:
  CLI::Option* option_;
};

/// An option that was given, by its long name or, for what needs none, its place's, with its words.
struct GivenOption {
  std::string name;
  std::vector<std::string> words;
};

/// A command, or the program. Copies are the same command.
class App {
 public:
  explicit App(CLI::App* app) : app_(app) {}
  const App* operator->() const { return this; }
  const App& operator*() const { return *this; }

  App add_subcommand(const std::string& name, const std::string& about) const;
  const App& require_subcommand(int least, int most) const;
  const App& require_subcommand(int exactly) const { return require_subcommand(exactly, exactly); }
  const App& footer(const std::string& text) const;
  const App& callback(std::function<void()> work) const;

  Option add_option(const std::string& name, std::string& value, const std::string& help) const;
  Option add_option(const std::string& name, int& value, const std::string& help) const;
  Option add_option(const std::string& name, std::int64_t& value, const std::string& help) const;
  Option add_option(const std::string& name, std::uint64_t& value, const std::string& help) const;
  Option add_option(const std::string& name, double& value, const std::string& help) const;
  Option add_option(const std::string& name, std::optional<std::string>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::optional<std::int64_t>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::optional<std::uint64_t>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::optional<double>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::vector<std::string>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::vector<double>& value, const std::string& help) const;
  Option add_option(const std::string& name, std::vector<std::int32_t>& value, const std::string& help) const;
  /// `read` is called with the word as it was typed.
  Option add_option_function(const std::string& name, const std::function<void(const std::string&)>& read,
                             const std::string& help) const;
  Option add_flag(const std::string& name, bool& value, const std::string& help) const;
  Option add_flag_callback(const std::string& name, std::function<void()> seen, const std::string& help) const;

  /// How often an option was given.
  [[nodiscard]] std::size_t count(const std::string& option) const;
  [[nodiscard]] std::vector<GivenOption> given() const;
  /// Whether one of its subcommands was given.
  [[nodiscard]] bool has_chosen() const;
  /// For the files that speak CLI11 themselves.
  [[nodiscard]] CLI::App& own() const { return *app_; }

 private:
  CLI::App* app_;
};

}  // namespace seben::cli
