// SPDX-License-Identifier: Apache-2.0
#include "device/coreml_runner.h"

#import <CoreML/CoreML.h>
#import <Foundation/Foundation.h>

#include <sys/utsname.h>

#include <algorithm>
#include <filesystem>

#include "base/float16.h"
#include "export/compiled_models.h"
#include "seben/error.h"

namespace seben::device {
namespace {

using interpreter::Array;
using interpreter::Arrays;

NSString* text(const std::string& words) { return [NSString stringWithUTF8String:words.c_str()]; }

[[noreturn]] void fail(const std::string& where, const char* expected, NSError* error) {
  throw Error(ErrorCategory::incomplete, where, expected,
              error == nil ? "nothing" : std::string([[error localizedDescription] UTF8String]));
}

MLComputeUnits units_of(ComputeUnits units) {
  switch (units) {
    case ComputeUnits::cpu_only: return MLComputeUnitsCPUOnly;
    case ComputeUnits::cpu_and_gpu: return MLComputeUnitsCPUAndGPU;
    case ComputeUnits::cpu_and_neural_engine: return MLComputeUnitsCPUAndNeuralEngine;
    case ComputeUnits::all: return MLComputeUnitsAll;
  }
  return MLComputeUnitsAll;
}

std::string word(ComputeUnits units) {
  constexpr const char* kWords[] = {"CPU only", "CPU and GPU", "CPU and Neural Engine", "all"};
  return kWords[static_cast<int>(units)];
}

// Compilers differ from one build of the system to the next.
deploy::CompiledFor made_for(ComputeUnits units) {
  struct utsname machine = {};
  static_cast<void>(uname(&machine));
  return {[[[NSProcessInfo processInfo] operatingSystemVersionString] UTF8String], machine.machine, word(units)};
}

std::string user_cache() {
  NSArray<NSString*>* folders = NSSearchPathForDirectoriesInDomains(NSCachesDirectory, NSUserDomainMask, YES);
  for (NSString* folder in folders) {
    return (std::filesystem::path([folder UTF8String]) / "seben" / "compiled-models").string();
  }
  throw Error(ErrorCategory::io, "compiled models", "a folder of caches", "none for this user");
}

MLMultiArray* to_multi_array(const Array& array, const std::string& where) {
  NSMutableArray<NSNumber*>* shape = [NSMutableArray array];
  for (const std::int64_t d : array.shape()) [shape addObject:[NSNumber numberWithLongLong:d]];
  if (array.shape().empty()) [shape addObject:[NSNumber numberWithLongLong:1]];
  NSError* error = nil;
  const MLMultiArrayDataType type = array.is_float() ? MLMultiArrayDataTypeFloat32 : MLMultiArrayDataTypeInt32;
  MLMultiArray* made = [[MLMultiArray alloc] initWithShape:shape dataType:type error:&error];
  if (made == nil) fail(where, "room for an input", error);
  // A fresh array is dense and row-major; both element types have four bytes.
  std::copy_n(array.i(), array.size(), static_cast<std::int32_t*>(made.dataPointer));
  return made;
}

// Outputs need not be dense: the last axis of what the Neural Engine writes is padded.
Array from_multi_array(MLMultiArray* given, const std::string& where) {
  mil::Shape shape, strides;
  for (NSNumber* d in given.shape) shape.push_back([d longLongValue]);
  for (NSNumber* s in given.strides) strides.push_back([s longLongValue]);
  const bool half = given.dataType == MLMultiArrayDataTypeFloat16;
  if (!half && given.dataType != MLMultiArrayDataTypeFloat32) {
    throw Error(ErrorCategory::incomplete, where, "a Float32 or Float16 output", "another type");
  }
  Array out(mil::Type{half ? mil::DType::fp16 : mil::DType::fp32, shape});
  std::vector<std::int64_t> index(shape.size(), 0);
  for (std::int64_t i = 0; i < out.size(); ++i) {
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < shape.size(); ++axis) at += index[axis] * strides[axis];
    out.f()[i] = half ? base::f16_to_f32(static_cast<const std::uint16_t*>(given.dataPointer)[at])
                      : static_cast<const float*>(given.dataPointer)[at];
    for (std::size_t axis = shape.size(); axis-- > 0;) {
      if (++index[axis] < shape[axis]) break;
      index[axis] = 0;
    }
  }
  return out;
}

class CoreMLRunner final : public deploy::Runner {
 public:
  explicit CoreMLRunner(const CoreMLOptions& options)
      : options_(options), compiled_(options.cache.empty() ? user_cache() : options.cache) {}

  std::vector<Arrays> run(const std::string& package, std::span<const Arrays> inputs) override {
    @autoreleasepool {
      MLModel* model = load(package);
      std::vector<Arrays> outputs;
      for (const Arrays& in : inputs) outputs.push_back(predict(model, in, package));
      return outputs;
    }
  }
  [[nodiscard]] std::string name() const override { return "CoreML.framework, compute units: " + word(options_.units); }

 private:
  MLModel* load(const std::string& package) const {
    const std::string key = deploy::compiled_key(package, made_for(options_.units));
    const std::string compiled = compiled_.find_or_make(key, [&package] {
      NSError* failed = nil;
      NSURL* made = [MLModel compileModelAtURL:[NSURL fileURLWithPath:text(package)] error:&failed];
      if (made == nil) fail(package, "a package that compiles", failed);
      return std::string([made fileSystemRepresentation]);
    });
    NSError* error = nil;
    MLModelConfiguration* configuration = [[MLModelConfiguration alloc] init];
    configuration.computeUnits = units_of(options_.units);
    MLModel* model = [MLModel modelWithContentsOfURL:[NSURL fileURLWithPath:text(compiled)]
                                       configuration:configuration
                                               error:&error];
    if (model == nil) fail(package, "a model that loads", error);
    return model;
  }

  static Arrays predict(MLModel* model, const Arrays& inputs, const std::string& package) {
    NSMutableDictionary<NSString*, MLFeatureValue*>* values = [NSMutableDictionary dictionary];
    for (const auto& [name, array] : inputs) {
      [values setObject:[MLFeatureValue featureValueWithMultiArray:to_multi_array(array, package)] forKey:text(name)];
    }
    NSError* error = nil;
    MLDictionaryFeatureProvider* provider = [[MLDictionaryFeatureProvider alloc] initWithDictionary:values
                                                                                              error:&error];
    if (provider == nil) fail(package, "inputs that the model takes", error);
    id<MLFeatureProvider> result = [model predictionFromFeatures:provider error:&error];
    if (result == nil) fail(package, "a prediction", error);
    Arrays outputs;
    for (NSString* name in [result featureNames]) {
      MLMultiArray* array = [[result featureValueForName:name] multiArrayValue];
      if (array != nil) outputs[[name UTF8String]] = from_multi_array(array, package);
    }
    return outputs;
  }

  CoreMLOptions options_;
  deploy::CompiledModels compiled_;
};

}  // namespace

std::unique_ptr<deploy::Runner> coreml_runner(const CoreMLOptions& options) {
  return std::make_unique<CoreMLRunner>(options);
}

}  // namespace seben::device
