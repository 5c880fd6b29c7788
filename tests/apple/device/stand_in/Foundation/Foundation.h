// SPDX-License-Identifier: Apache-2.0
// clang-format off
// The little of Foundation that src/apple/device names, for a syntax check where there is no Apple SDK. Not an implementation.
#pragma once

typedef signed char BOOL;
#define nil nullptr

__attribute__((objc_root_class)) @interface NSObject
+ (instancetype)alloc;
- (instancetype)init;
@end

@interface NSString : NSObject
+ (instancetype)stringWithUTF8String:(const char*)text;
@property(readonly) const char* UTF8String;
@end

@interface NSNumber : NSObject
+ (NSNumber*)numberWithLongLong:(long long)value;
@property(readonly) long long longLongValue;
@end

typedef struct {
  unsigned long state;
  id __unsafe_unretained* itemsPtr;
  unsigned long* mutationsPtr;
  unsigned long extra[5];
} NSFastEnumerationState;

@protocol NSFastEnumeration
- (unsigned long)countByEnumeratingWithState:(NSFastEnumerationState*)state
                                     objects:(id __unsafe_unretained*)buffer
                                       count:(unsigned long)length;
@end

@interface NSArray<T> : NSObject <NSFastEnumeration>
+ (instancetype)array;
@end
@interface NSMutableArray<T> : NSArray <NSFastEnumeration>
- (void)addObject:(T)object;
@end
@interface NSSet<T> : NSObject <NSFastEnumeration>
@end
@interface NSDictionary<K, V> : NSObject
+ (instancetype)dictionary;
@end
@interface NSMutableDictionary<K, V> : NSDictionary
- (void)setObject:(V)object forKey:(K)key;
@end

@interface NSError : NSObject
@property(readonly) NSString* localizedDescription;
@end
@interface NSURL : NSObject
+ (NSURL*)fileURLWithPath:(NSString*)path;
@property(readonly) const char* fileSystemRepresentation;
@end
@interface NSProcessInfo : NSObject
+ (NSProcessInfo*)processInfo;
@property(readonly, copy) NSString* operatingSystemVersionString;
@end

typedef enum : unsigned long { NSCachesDirectory = 13 } NSSearchPathDirectory;
typedef enum : unsigned long { NSUserDomainMask = 1 } NSSearchPathDomainMask;
#define YES 1
NSArray<NSString*>* NSSearchPathForDirectoriesInDomains(NSSearchPathDirectory directory, NSSearchPathDomainMask domains,
                                                        BOOL expand);
