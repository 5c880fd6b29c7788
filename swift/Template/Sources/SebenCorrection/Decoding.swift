// SPDX-License-Identifier: Apache-2.0

/// One written label and the frames that it was read from.
public struct Symbol: Hashable, Sendable {
    public var label: Int
    public var firstFrame: Int
    /// Inclusive.
    public var lastFrame: Int

    public init(label: Int, firstFrame: Int, lastFrame: Int) {
        self.label = label
        self.firstFrame = firstFrame
        self.lastFrame = lastFrame
    }
}

/// From log-probabilities to symbols on their frames.
public enum Decoding {
    /// Greedy CTC: the best class of every frame (the lower of equal ones), repeats merged, blanks dropped.
    public static func greedy(_ logProbs: LogProbs, blank: Int) -> [Symbol] {
        var symbols: [Symbol] = []
        var previous = blank
        for frame in 0..<logProbs.frames {
            var best = 0
            for label in 1..<logProbs.classes where logProbs[frame, label] > logProbs[frame, best] { best = label }
            if best != blank {
                if best != previous { symbols.append(Symbol(label: best, firstFrame: frame, lastFrame: frame)) }
                symbols[symbols.count - 1].lastFrame = frame
            }
            previous = best
        }
        return symbols
    }

    /// Forced alignment: the most probable path that reads as `labels` (Viterbi); among equal paths, the one that reads
    /// each symbol latest. Nil when no path has a probability above 0.
    public static func align(_ logProbs: LogProbs, labels: [Int], blank: Int) throws -> [Symbol]? {
        try ForwardScore.require(labels, classes: logProbs.classes, blank: blank)
        guard ForwardScore.framesNeeded(labels) <= logProbs.frames else { return nil }
        let path = BestPath(logProbs, labels: labels, blank: blank)
        guard path.score > -.infinity else { return nil }
        var symbols: [Symbol] = []
        var previous = 0
        for (frame, state) in path.states().enumerated() {
            if state % 2 == 1 {
                if state != previous {
                    symbols.append(Symbol(label: labels[state / 2], firstFrame: frame, lastFrame: frame))
                }
                symbols[symbols.count - 1].lastFrame = frame
            }
            previous = state
        }
        return symbols
    }
}

/// The best path through states blank, label 0, blank, label 1, …, blank.
private struct BestPath {
    private let frames: Int
    private let stateCount: Int
    private var rises: [UInt8]  // how many states each step rose
    private var now: [Double]

    init(_ logProbs: LogProbs, labels: [Int], blank: Int) {
        let emitted = (0..<(2 * labels.count + 1)).map { $0 % 2 == 0 ? blank : labels[$0 / 2] }
        frames = logProbs.frames
        stateCount = emitted.count
        rises = [UInt8](repeating: 0, count: frames * stateCount)
        now = [Double](repeating: -.infinity, count: stateCount)
        for state in 0..<min(2, stateCount) { now[state] = logProbs[0, emitted[state]] }
        for frame in 1..<max(frames, 1) {
            let before = now
            for state in 0..<stateCount {
                var rise: UInt8 = 0
                var best = before[state]
                if state >= 1, before[state - 1] > best { (best, rise) = (before[state - 1], 1) }
                let maySkip = state >= 3 && state % 2 == 1 && emitted[state] != emitted[state - 2]
                if maySkip, before[state - 2] > best { (best, rise) = (before[state - 2], 2) }
                rises[frame * stateCount + state] = rise
                now[state] = best + logProbs[frame, emitted[state]]
            }
        }
    }

    private var lastState: Int {
        stateCount > 1 && now[stateCount - 2] >= now[stateCount - 1] ? stateCount - 2 : stateCount - 1
    }

    var score: Double { now[lastState] }

    /// State of every frame.
    func states() -> [Int] {
        var out = [Int](repeating: 0, count: frames)
        var state = lastState
        for frame in (0..<frames).reversed() {
            out[frame] = state
            state -= Int(rises[frame * stateCount + state])
        }
        return out
    }
}
