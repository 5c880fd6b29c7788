// SPDX-License-Identifier: Apache-2.0
import SebenCorrection

/// How far an output is from what was expected.
public struct Parity: Equatable, Sendable {
    /// Mean squared difference, and the largest absolute one; summed in double precision.
    public var mse = 0.0
    public var maxAbs = 0.0

    public init(mse: Double = 0, maxAbs: Double = 0) {
        self.mse = mse
        self.maxAbs = maxAbs
    }

    /// Throws for sizes that differ, and for values that are not finite: no figure can be made of those.
    public init(_ found: Tensor, _ expected: Tensor, source: String) throws {
        guard found.values.count == expected.values.count, !expected.values.isEmpty else {
            throw SebenError(source, expected: "\(expected.shape)", found: "\(found.shape)")
        }
        var sum = 0.0
        for (index, (a, b)) in zip(found.values, expected.values).enumerated() {
            guard a.isFinite else { throw SebenError(source, expected: "finite values", found: "\(a) at element \(index)") }
            let difference = abs(Double(a) - Double(b))
            sum += difference * difference
            maxAbs = max(maxAbs, difference)
        }
        mse = sum / Double(expected.values.count)
        guard mse.isFinite else { throw SebenError(source, expected: "a finite difference", found: "\(mse)") }
    }
}

/// Middle and spread of what was measured.
public struct Timing: Equatable, Codable, Sendable {
    public var count: Int
    public var median: Double
    public var least: Double
    public var most: Double

    /// Nil for nothing.
    public init?(_ seconds: [Double]) {
        guard !seconds.isEmpty else { return nil }
        let sorted = seconds.sorted()
        let middle = sorted.count / 2
        count = sorted.count
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        least = sorted[0]
        most = sorted[sorted.count - 1]
    }
}
