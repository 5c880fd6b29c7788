// SPDX-License-Identifier: Apache-2.0
// The part of Apple's `os` that swift/Harness uses; see CoreML.swift.

public struct OSLogPrivacy {
    public static var `public`: OSLogPrivacy { fatalError() }
}

public struct SignpostMetadata: ExpressibleByStringInterpolation {
    public struct StringInterpolation: StringInterpolationProtocol {
        public init(literalCapacity: Int, interpolationCount: Int) {}
        public mutating func appendLiteral(_ literal: String) {}
        public mutating func appendInterpolation(
            _ text: @autoclosure @escaping () -> String, privacy: OSLogPrivacy
        ) {}
    }
    public init(stringLiteral value: String) {}
    public init(stringInterpolation: StringInterpolation) {}
}

public struct OSSignpostID {}

public class OSSignpostIntervalState {}

public struct OSSignposter {
    public init(subsystem: String, category: String) {}
    public func makeSignpostID() -> OSSignpostID { fatalError() }
    public func beginInterval(
        _ name: StaticString, id: OSSignpostID, _ message: SignpostMetadata
    ) -> OSSignpostIntervalState { fatalError() }
    public func endInterval(_ name: StaticString, _ state: OSSignpostIntervalState) {}
}
