// SPDX-License-Identifier: Apache-2.0

/// Input that cannot be used: which, what was expected, and what was found.
public struct SebenError: Error, Equatable, CustomStringConvertible {
    public let location: String
    public let expected: String
    public let found: String

    public init(_ location: String, expected: String, found: String) {
        self.location = location
        self.expected = expected
        self.found = found
    }

    public var description: String { "\(location): expected \(expected), found \(found)" }
}
