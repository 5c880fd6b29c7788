// SPDX-License-Identifier: Apache-2.0
import Foundation

/// Natural logarithms of the probabilities of every class in every frame, as the CTC head gives them: row-major
/// [frames, classes]. Classes that are never written are -infinity.
public struct LogProbs: Sendable {
    public let values: [Float]
    public let frames: Int
    public let classes: Int

    /// Throws unless there is at least one frame, `values` are frames * classes numbers without NaN, and every frame's
    /// probabilities sum to 1 within 1e-3.
    public init(values: [Float], classes: Int) throws {
        guard classes > 0, !values.isEmpty, values.count % classes == 0 else {
            throw SebenError("log-probabilities", expected: "rows of \(classes) values", found: "\(values.count) values")
        }
        self.values = values
        self.classes = classes
        frames = values.count / classes
        for frame in 0..<frames {
            var total = 0.0
            for value in values[(frame * classes)..<((frame + 1) * classes)] { total += exp(Double(value)) }
            guard abs(total - 1) <= 1e-3 else {
                throw SebenError("log-probabilities: frame \(frame)", expected: "a sum of 1", found: "\(total)")
            }
        }
    }

    private init(unchecked values: [Float], classes: Int) {
        self.values = values
        self.classes = classes
        frames = values.count / classes
    }

    /// Some of the frames.
    func slice(_ range: Range<Int>) -> LogProbs {
        LogProbs(unchecked: Array(values[(range.lowerBound * classes)..<(range.upperBound * classes)]), classes: classes)
    }

    /// The logarithm for one frame and class.
    @inlinable
    public subscript(frame: Int, label: Int) -> Double { Double(values[frame * classes + label]) }
}
