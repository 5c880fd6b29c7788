// SPDX-License-Identifier: Apache-2.0
#include "export/runner.h"

#include <stdlib.h>
#include <sys/wait.h>

#include <csignal>
#include <filesystem>

#include "base/interrupt.h"
#include "base/scratch_folder.h"
#include "formats/safetensors.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::deploy {
namespace {

namespace fs = std::filesystem;
using interpreter::Array;
using interpreter::Arrays;

class InterpreterRunner final : public Runner {
 public:
  explicit InterpreterRunner(const interpreter::Options& options) : options_(options) {}

  std::vector<Arrays> run(const std::string& path, std::span<const Arrays> inputs) override {
    const coreml::Package package = coreml::read_package(path);
    const auto program = interpreter::Interpreter::compile(package.model, path, options_);
    std::vector<Arrays> outputs;
    for (const Arrays& in : inputs) {
      Arrays states = program.make_states();
      outputs.push_back(program.run(in, states));
    }
    return outputs;
  }
  [[nodiscard]] std::string name() const override {
    return options_.round_fp16 ? "interpreter" : "interpreter without fp16 rounding";
  }
  [[nodiscard]] bool interprets() const noexcept override { return true; }

 private:
  interpreter::Options options_;
};

std::string quoted(const std::string& word) {
  std::string out = "'";
  for (const char c : word) out += c == '\'' ? "'\\''" : std::string(1, c);
  return out + "'";
}

// While a command runs, Ctrl-C reaches the command alone; shells say so by 130.
bool ended_by_ctrl_c(int status) {
  return WIFSIGNALED(status) ? WTERMSIG(status) == SIGINT : WIFEXITED(status) && WEXITSTATUS(status) == 128 + SIGINT;
}

class CommandRunner final : public Runner {
 public:
  explicit CommandRunner(std::string command) : command_(std::move(command)) {}

  std::vector<Arrays> run(const std::string& package, std::span<const Arrays> inputs) override {
    std::vector<Arrays> outputs;
    for (const Arrays& in : inputs) outputs.push_back(once(package, in));
    return outputs;
  }
  [[nodiscard]] std::string name() const override { return command_; }

 private:
  Arrays once(const std::string& package, const Arrays& inputs) const {
    const base::ScratchFolder scratch;
    const std::string in = scratch.file("inputs.safetensors"), out = scratch.file("outputs.safetensors");
    std::vector<tensor::TensorView> views;
    for (const auto& [name, array] : inputs) {
      if (!array.is_float()) throw Error(ErrorCategory::usage, "runner: input " + name, "floats", "integers");
      views.push_back({name, in, tensor::DType::f32, array.shape(), reinterpret_cast<const std::byte*>(array.f())});
    }
    tensor::write_safetensors(in, views, {});
    const std::string line = command_ + " " + quoted(package) + " " + quoted(in) + " " + quoted(out);
    const int status = std::system(line.c_str());
    base::throw_if_interrupted();
    if (ended_by_ctrl_c(status)) throw base::Interrupted(SIGINT);
    if (status == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0) {
      throw Error(ErrorCategory::incomplete, "runner " + command_, "exit status 0",
                  WIFEXITED(status) ? std::to_string(WEXITSTATUS(status)) : "a signal");
    }
    if (!fs::exists(out)) throw Error(ErrorCategory::incomplete, "runner " + command_, "outputs", "no file");
    const auto file = tensor::SafetensorsFile::open(out);
    Arrays outputs;
    for (const std::string& name : file.names()) {
      const tensor::TensorView& view = file.require(name);
      outputs[name] = Array::floats(tensor::to_float(view), view.shape);
    }
    return outputs;
  }

  std::string command_;
};

}  // namespace

const Array& output_of(const Arrays& outputs, const std::string& name, const std::string& package) {
  const auto it = outputs.find(name);
  if (it == outputs.end()) throw Error(ErrorCategory::incomplete, package + ": output " + name, "a value", "none");
  return it->second;
}

std::unique_ptr<Runner> interpreter_runner(const interpreter::Options& options) {
  return std::make_unique<InterpreterRunner>(options);
}

std::unique_ptr<Runner> command_runner(std::string command) {
  return std::make_unique<CommandRunner>(std::move(command));
}

}  // namespace seben::deploy
