// SPDX-License-Identifier: Apache-2.0
// The part of Apple's XCTest that swift/Harness uses and that the one for Linux lacks is XCTAttachment; the whole that it
// uses is here, see CoreML.swift.
@_exported import Foundation

open class XCTestCase {
    public var continueAfterFailure = true
    public init() {}
    public func add(_ attachment: XCTAttachment) {}
}

public class XCTAttachment {
    public enum Lifetime {
        case deleteOnSuccess, keepAlways
    }
    public init(data: Data, uniformTypeIdentifier: String) {}
    public var name: String?
    public var lifetime = Lifetime.deleteOnSuccess
}

public func XCTUnwrap<T>(_ value: @autoclosure () throws -> T?) throws -> T { fatalError() }
