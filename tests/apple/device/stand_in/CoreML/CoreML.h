// SPDX-License-Identifier: Apache-2.0
// clang-format off
// The little of CoreML that src/apple/device names; see Foundation.h beside it.
#pragma once

#import <Foundation/Foundation.h>

typedef enum : long {
  MLComputeUnitsCPUOnly,
  MLComputeUnitsCPUAndGPU,
  MLComputeUnitsAll,
  MLComputeUnitsCPUAndNeuralEngine
} MLComputeUnits;
typedef enum : long {
  MLMultiArrayDataTypeFloat16,
  MLMultiArrayDataTypeFloat32,
  MLMultiArrayDataTypeInt32
} MLMultiArrayDataType;

@interface MLMultiArray : NSObject
- (instancetype)initWithShape:(NSArray<NSNumber*>*)shape dataType:(MLMultiArrayDataType)type error:(NSError**)error;
@property(readonly) void* dataPointer;
@property(readonly) MLMultiArrayDataType dataType;
@property(readonly) NSArray<NSNumber*>* shape;
@property(readonly) NSArray<NSNumber*>* strides;
@end

@interface MLFeatureValue : NSObject
+ (instancetype)featureValueWithMultiArray:(MLMultiArray*)array;
@property(readonly) MLMultiArray* multiArrayValue;
@end

@protocol MLFeatureProvider
@property(readonly) NSSet<NSString*>* featureNames;
- (MLFeatureValue*)featureValueForName:(NSString*)name;
@end

@interface MLDictionaryFeatureProvider : NSObject <MLFeatureProvider>
- (instancetype)initWithDictionary:(NSDictionary<NSString*, id>*)values error:(NSError**)error;
@end

@interface MLModelConfiguration : NSObject
@property MLComputeUnits computeUnits;
@end

@interface MLModel : NSObject
+ (NSURL*)compileModelAtURL:(NSURL*)url error:(NSError**)error;
+ (MLModel*)modelWithContentsOfURL:(NSURL*)url
                     configuration:(MLModelConfiguration*)configuration
                             error:(NSError**)error;
- (id<MLFeatureProvider>)predictionFromFeatures:(id<MLFeatureProvider>)features error:(NSError**)error;
@end
