// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

/// The logits of a CTC head, [1, frames, classes], read greedily and as log-probabilities.
public struct Greedy {
    /// The best class of every frame among those that can be written, the lower of equal ones.
    public let classes: [Int]
    /// Frames of another class than blank.
    public let nonblankFrames: Int
    /// Repeats merged, blanks dropped.
    public let labels: [Int]
    public let text: String
    public let logProbs: LogProbs

    public init(logits: Tensor, vocabulary: Vocabulary) throws {
        let count = vocabulary.classes.count
        guard logits.shape.count == 3, logits.shape[0] == 1, logits.shape[1] > 0, logits.shape[2] == count else {
            throw SebenError("logits", expected: "[1, frames, \(count)]", found: "\(logits.shape)")
        }
        logProbs = try LogProbs(values: Greedy.logSoftmax(logits.values, vocabulary), classes: count)
        let blank = vocabulary.blank
        var best: [Int] = []
        for frame in 0..<logProbs.frames {
            var most = 0
            for label in 1..<count where logProbs[frame, label] > logProbs[frame, most] { most = label }
            best.append(most)
        }
        classes = best
        nonblankFrames = best.filter { $0 != blank }.count
        var previous = blank
        var read: [Int] = []
        for label in best {
            if label != blank, label != previous { read.append(label) }
            previous = label
        }
        labels = read
        text = vocabulary.text(read)
    }

    /// The largest of each row, masked classes among them, as the fixtures have it.
    public static func argmax(_ logits: Tensor) throws -> [Int] {
        guard let classes = logits.shape.last, classes > 0 else {
            throw SebenError("logits", expected: "classes", found: "\(logits.shape)")
        }
        return stride(from: 0, to: logits.values.count, by: classes).map { start in
            var most = 0
            for label in 1..<classes where logits.values[start + label] > logits.values[start + most] { most = label }
            return most
        }
    }

    /// Natural logarithms of the softmax over the classes that are not masked; -infinity for those.
    static func logSoftmax(_ logits: [Float], _ vocabulary: Vocabulary) -> [Float] {
        let count = vocabulary.classes.count
        let masked = (0..<count).map { vocabulary.masked.contains($0) }
        var out = [Float](repeating: -.infinity, count: logits.count)
        for start in stride(from: 0, to: logits.count, by: count) {
            var most = -Float.infinity
            for label in 0..<count where !masked[label] { most = max(most, logits[start + label]) }
            var total = 0.0
            for label in 0..<count where !masked[label] { total += exp(Double(logits[start + label] - most)) }
            let shift = Double(most) + log(total)
            for label in 0..<count where !masked[label] { out[start + label] = Float(Double(logits[start + label]) - shift) }
        }
        return out
    }
}
