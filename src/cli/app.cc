// SPDX-License-Identifier: Apache-2.0
#include "cli/app.h"

#include <CLI/CLI.hpp>
#include <utility>

namespace seben::cli {
namespace {

// What follows an option that may be given several times is no more of it: `--audio a.wav model` would swallow the
// model.
Option one_word_each(CLI::Option* option) {
  if (!option->get_positional()) option->allow_extra_args(false);
  return Option(option);
}

}  // namespace

const Option& Option::required() const { return option_->required(), *this; }
const Option& Option::group(const std::string& name) const { return option_->group(name), *this; }
const Option& Option::capture_default_str() const { return option_->capture_default_str(), *this; }
const Option& Option::default_val(std::int64_t value) const { return option_->default_val(value), *this; }
const Option& Option::type_name(const std::string& name) const { return option_->type_name(name), *this; }
const Option& Option::delimiter(char between) const { return option_->delimiter(between), *this; }
const Option& Option::expected(int least, int most) const { return option_->expected(least, most), *this; }

const Option& Option::one_of(std::initializer_list<const char*> words) const {
  return option_->check(CLI::IsMember(std::vector<std::string>(words.begin(), words.end()))), *this;
}
const Option& Option::one_of(std::initializer_list<int> numbers) const {
  return option_->check(CLI::IsMember(std::vector<int>(numbers))), *this;
}
const Option& Option::within(int least, int most) const { return option_->check(CLI::Range(least, most)), *this; }
const Option& Option::within(double least, double most) const { return option_->check(CLI::Range(least, most)), *this; }
const Option& Option::positive() const { return option_->check(CLI::PositiveNumber), *this; }
const Option& Option::not_negative() const { return option_->check(CLI::NonNegativeNumber), *this; }
const Option& Option::as_size() const { return option_->transform(CLI::AsSizeValue(false)), *this; }

App App::add_subcommand(const std::string& name, const std::string& about) const {
  return App(app_->add_subcommand(name, about));
}
const App& App::require_subcommand(int least, int most) const {
  return app_->require_subcommand(static_cast<std::size_t>(least), static_cast<std::size_t>(most)), *this;
}
const App& App::footer(const std::string& text) const { return app_->footer(text), *this; }
const App& App::callback(std::function<void()> work) const { return app_->callback(std::move(work)), *this; }

Option App::add_option(const std::string& name, std::string& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, int& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::int64_t& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::uint64_t& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, double& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::optional<std::string>& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::optional<std::int64_t>& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::optional<std::uint64_t>& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::optional<double>& value, const std::string& help) const {
  return Option(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::vector<std::string>& value, const std::string& help) const {
  return one_word_each(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::vector<double>& value, const std::string& help) const {
  return one_word_each(app_->add_option(name, value, help));
}
Option App::add_option(const std::string& name, std::vector<std::int32_t>& value, const std::string& help) const {
  return one_word_each(app_->add_option(name, value, help));
}
Option App::add_option_function(const std::string& name, const std::function<void(const std::string&)>& read,
                                const std::string& help) const {
  return Option(app_->add_option_function<std::string>(name, read, help));
}
Option App::add_flag(const std::string& name, bool& value, const std::string& help) const {
  return Option(app_->add_flag(name, value, help));
}
Option App::add_flag_callback(const std::string& name, std::function<void()> seen, const std::string& help) const {
  return Option(app_->add_flag_callback(name, std::move(seen), help));
}

std::size_t App::count(const std::string& option) const { return app_->count(option); }
std::vector<GivenOption> App::given() const {
  std::vector<GivenOption> out;
  for (const CLI::Option* option : app_->get_options()) {
    if (option->count() > 0) out.push_back({option->get_single_name(), option->results()});
  }
  return out;
}
bool App::has_chosen() const { return !app_->get_subcommands().empty(); }

}  // namespace seben::cli
