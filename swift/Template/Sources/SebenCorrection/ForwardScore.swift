// SPDX-License-Identifier: Apache-2.0
import Foundation

/// The exact CTC probability of a text, summed over all its alignments (Graves et al. 2006, equations 5 to 8), in log
/// space: slow, and right at any magnitude.
public enum ForwardScore {
    /// log(exp(a) + exp(b)).
    static func logAdd(_ a: Double, _ b: Double) -> Double {
        let high = max(a, b)
        let low = min(a, b)
        return low == -.infinity ? high : high + log1p(exp(low - high))
    }

    /// One frame a label, and one more between equal neighbours.
    static func framesNeeded(_ labels: [Int]) -> Int {
        var frames = labels.count
        for i in labels.indices.dropFirst() where labels[i] == labels[i - 1] { frames += 1 }
        return frames
    }

    /// Throws for a label that is no class or the blank.
    static func require(_ labels: [Int], classes: Int, blank: Int) throws {
        for label in labels where label < 0 || label >= classes || label == blank {
            throw SebenError("labels", expected: "classes 0..\(classes - 1) without the blank \(blank)", found: "\(label)")
        }
    }

    /// Natural logarithm of the probability that the frames read as `labels`; -infinity when they are too few.
    public static func score(_ logProbs: LogProbs, labels: [Int], blank: Int) throws -> Double {
        try require(labels, classes: logProbs.classes, blank: blank)
        guard framesNeeded(labels) <= logProbs.frames else { return -.infinity }
        // States are blank, label 0, blank, label 1, …, blank.
        var now = [Double](repeating: -.infinity, count: 2 * labels.count + 1)
        now[0] = logProbs[0, blank]
        if let first = labels.first { now[1] = logProbs[0, first] }
        for frame in 1..<max(logProbs.frames, 1) {
            let before = now
            let logBlank = logProbs[frame, blank]
            now[0] = before[0] + logBlank
            for (i, label) in labels.enumerated() {
                let state = 2 * i + 1
                var sum = logAdd(before[state], before[state - 1])
                // From label to label directly, unless they are equal: then a blank must stand between.
                if i > 0, label != labels[i - 1] { sum = logAdd(sum, before[state - 2]) }
                now[state] = sum + logProbs[frame, label]
                now[state + 1] = logAdd(before[state + 1], before[state]) + logBlank
            }
        }
        return labels.isEmpty ? now[0] : logAdd(now[now.count - 1], now[now.count - 2])
    }
}
