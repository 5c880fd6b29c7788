// SPDX-License-Identifier: Apache-2.0
import Foundation

/// details.json: what a run found beyond its marker. Times are of the wall; those of predictions hold the copies in and
/// out, and the first of them whatever Core ML does only once.
public struct ProofDetails: Encodable {
    public struct Package: Encodable {
        public var name: String
        public var loadSeconds: Double
        public var predictSeconds: Timing?
    }
    public struct Mode: Encodable {
        public var computeUnits: ComputeUnits
        public var encoderMSE: Double
        public var headMSE: Double
        /// Frames whose best class is not the fixture's.
        public var argmaxChanges: Int
        public var text: String
        public var packages: [Package]
    }

    public let schema = "seben.device-details"
    public let version = 1
    public var run: String
    public var model: String
    public var precision: String
    public var expectedText: String
    public var correctedText: String
    public var modes: [Mode]

    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes, .prettyPrinted]
        return try encoder.encode(self)
    }
}
