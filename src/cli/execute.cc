// SPDX-License-Identifier: Apache-2.0
// Runs a package on files: what `seben verify --runner` calls, so that a command for a device has an example.
#include <fmt/format.h>

#include <memory>
#include <string>

#include "base/file.h"
#include "cli/commands.h"
#include "formats/safetensors.h"
#include "interpreter/interpreter.h"
#include "kernels/threads.h"
#include "package/package.h"
#include "seben/error.h"

namespace seben::cli {
namespace {

struct ExecuteFlags {
  std::string package, inputs, outputs;
  int threads = 0;
  bool no_rounding = false;
};

void execute(const ExecuteFlags& flags) {
  using interpreter::Array;
  base::require_writable(flags.outputs);
  const int threads = kernels::thread_count(flags.threads);
  const coreml::Package package = coreml::read_package(flags.package);
  const auto program = interpreter::Interpreter::compile(package.model, flags.package, {threads, !flags.no_rounding});
  const auto file = tensor::SafetensorsFile::open(flags.inputs);
  interpreter::Arrays inputs;
  for (const std::string& name : file.names()) {
    const tensor::TensorView& view = file.require(name);
    inputs[name] = Array::floats(tensor::to_float(view), view.shape);
  }
  interpreter::Arrays states = program.make_states();
  const interpreter::Arrays outputs = program.run(inputs, states);
  std::vector<tensor::TensorView> views;
  for (const auto& [name, array] : outputs) {
    if (!array.is_float()) throw Error(ErrorCategory::usage, flags.package + ": output " + name, "floats", "integers");
    views.push_back(
        {name, flags.outputs, tensor::DType::f32, array.shape(), reinterpret_cast<const std::byte*>(array.f())});
  }
  tensor::write_safetensors(flags.outputs, views, {});
}

}  // namespace

void add_execute(const App& app) {
  App command = app.add_subcommand("execute", "Run a Core ML package on the processor, from file to file");
  auto flags = std::make_shared<ExecuteFlags>();
  command->add_option("package", flags->package, "Folder of the package, NAME.mlpackage")->required();
  command->add_option("inputs", flags->inputs, "File (.safetensors) with a float tensor for each input")->required();
  command->add_option("outputs", flags->outputs, "File (.safetensors) for the outputs")->required();
  command->add_option("-t,--threads", flags->threads, "How many threads work; 0 (default): one for each processor");
  command->add_flag("--no-rounding", flags->no_rounding, "Compute fp16 programs in f32, without rounding");
  command->footer("Example: seben execute encoder.mlpackage mel.safetensors features.safetensors");
  command->callback([flags] { execute(*flags); });
}

}  // namespace seben::cli
