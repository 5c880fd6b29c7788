// SPDX-License-Identifier: Apache-2.0
import Foundation

@testable import SebenCorrection

/// Steele, Lea and Flood's splitmix64.
struct SplitMix64 {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }

    mutating func below(_ bound: UInt64) -> UInt64 { next() % bound }
}

/// Log-probabilities that `seben export swift` drew from a seed: the same arithmetic as src/apple/swift/seeded_log_probs.cc,
/// which says why every number comes out the same.
struct SeededLogProbs {
    var seed: UInt64
    var frames: Int
    var spoken: [Int]
    /// A peak's weight is 2^peak to 2^(peak + spread); those of the other classes are 1 to 64.
    var peak: Int
    var spread: Int

    func make(_ vocabulary: Vocabulary) throws -> LogProbs {
        var random = SplitMix64(state: seed)
        let classes = vocabulary.classes.count
        var peaks = [Int](repeating: vocabulary.blank, count: frames)
        for (k, label) in spoken.enumerated() { peaks[(2 * k + 1) * frames / (2 * spoken.count)] = label }
        var values: [Float] = []
        values.reserveCapacity(frames * classes)
        for place in peaks {
            var weights = (0..<classes).map { label in
                vocabulary.masked.contains(label) ? 0.0 : Double(1 + random.below(64))
            }
            weights[place] += scalbn(1.0, peak + Int(random.below(UInt64(spread) + 1)))
            let rival = Int(random.below(UInt64(classes)))
            if random.below(4) == 0, !vocabulary.masked.contains(rival) {
                weights[rival] += weights[place] * Double(1 + random.below(64)) / 64
            }
            let total = weights.reduce(0, +)
            values += weights.map { weight in
                weight == 0 ? -Float.infinity : Float((log(weight / total) * 4096).rounded(.toNearestOrEven) / 4096)
            }
        }
        return try LogProbs(values: values, classes: classes)
    }
}
