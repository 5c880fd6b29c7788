// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// What Core ML intends to run where, as the analyser of compute plans reads it. An intention, not evidence of placement.
public struct ComputePlanFile: Encodable, Sendable {
    public enum Unit: String, Codable, Sendable {
        case ane, gpu, cpu
    }

    public struct Operation: Encodable, Sendable {
        public var name: String
        public var type: String
        /// Nil: Core ML gives no usage (constants).
        public var preferred: Unit?
        public var supported: [Unit]
        /// Estimated share of the whole, 0 to 1.
        public var cost: Double?

        /// `outputs` may be empty; units may come twice (two GPUs) and lack the preferred one.
        public init(outputs: [String], type: String, preferred: Unit?, supported: [Unit], cost: Double?) {
            name = outputs.first ?? ""
            self.type = type
            self.preferred = preferred
            self.supported = []
            if let preferred {
                for unit in [preferred] + supported where !self.supported.contains(unit) { self.supported.append(unit) }
            }
            self.cost = cost.flatMap { $0.isFinite ? min(max($0, 0), 1) : nil }
        }

        enum CodingKeys: String, CodingKey {
            case name, type, preferred, supported, cost
        }
        // Absent values are written as null: every key has to be there.
        public func encode(to encoder: Encoder) throws {
            var out = encoder.container(keyedBy: CodingKeys.self)
            try out.encode(name, forKey: .name)
            try out.encode(type, forKey: .type)
            try out.encode(preferred, forKey: .preferred)
            try out.encode(supported, forKey: .supported)
            try out.encode(cost, forKey: .cost)
        }
    }

    public let format = "seben-compute-plan"
    public let version = 1
    public var model: String
    public var computeUnits: ComputeUnits
    public private(set) var operations: [Operation] = []

    public init(model: String, computeUnits: ComputeUnits, operations: [Operation]) {
        self.model = model
        self.computeUnits = computeUnits
        var taken: Set<String> = []
        for (index, operation) in operations.enumerated() {
            var named = operation
            let wanted = operation.name.isEmpty ? "op\(index)" : operation.name
            named.name = wanted
            var times = 1
            while !taken.insert(named.name).inserted {  // two functions may use one name
                times += 1
                named.name = "\(wanted)#\(times)"
            }
            self.operations.append(named)
        }
    }

    enum CodingKeys: String, CodingKey {
        case format, version, model, operations
        case computeUnits = "compute_units"
    }

    public func json() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(self)
    }
}
