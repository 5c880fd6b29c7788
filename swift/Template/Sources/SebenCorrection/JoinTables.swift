// SPDX-License-Identifier: Apache-2.0
import Foundation

/// For every frame, how probable the hypothesis' prefixes are up to it and its suffixes from it on.
///
/// With U[t][i] the probability that frames 0...t read as the first i labels, and `ending` the part of U[t][i + 1] whose
/// last frame is label i (Graves et al. 2006, equations 5 to 8):
///
///     ending[t][i] = p_t(label i) * (ending[t-1][i] + U[t-1][i])
///     U[t][i]      = p_t(blank) * U[t-1][i] + ending[t][i-1]
///
/// where a label that equals the one before it has U[t-2][i] * p_(t-1)(blank) in place of U[t-1][i], and the other way
/// round for suffixes. A join with the middle label m adds up, over the frames t where m ends,
///
///     X[t] = p_t(m) * (X[t-1] + prefix[t-1])
///     score = sum of X[t] * suffix[t+1]
///
/// where next to an equal label only prefixes that end in a blank, and suffixes that begin in one, count.
struct JoinTables {
    /// Smaller numbers become 0: 2^-960.
    private static let floor = 0x1p-960

    /// One class: its scaled probability in every frame, and what a score that uses it can have lost.
    private struct Column {
        var probs: [Double]
        var lost: Double
    }

    private let logProbs: LogProbs
    private let frames: Int
    private let width: Int  // of a row: labels and one more
    private let labels: Set<Int>
    private let blanks: [Double]  // scaled probability of the blank in every frame
    private let units: [Double]  // scale of every frame
    private let log2Scale: Int  // of the product of all units
    private let prefixes: [Double]  // row t at (t + 2) * width
    private let suffixes: [Double]  // row t at (frames + 1 - t) * width
    private let sums: [Double]  // of the scaled probabilities of the hypothesis' classes, in every frame
    private let largest: [Double]
    private var columns: [Int: Column] = [:]
    private let ownLost: Double

    init(_ logProbs: LogProbs, labels: [Int], blank: Int) {
        self.logProbs = logProbs
        frames = logProbs.frames
        width = labels.count + 1
        self.labels = Set(labels + [blank])
        let classes = self.labels.sorted()
        var places = [Int](repeating: 0, count: logProbs.classes)  // of a class among those used
        for (place, label) in classes.enumerated() { places[label] = place }
        var forward = PrefixTable(labels, places: places, frames: frames)
        var backward = PrefixTable(labels.reversed(), places: places, frames: frames)
        var units: [Double] = []
        var blanks: [Double] = []
        var sums: [Double] = []
        var largest: [Double] = []
        var probs: [Double] = []  // row-major [frames, classes]
        var exponent = 0
        var log2Scale = 0
        for frame in 0..<frames {
            log2Scale += exponent
            let unit = scalbn(1.0, exponent)
            let row = classes.map { exp(logProbs[frame, $0]) * unit }
            units.append(unit)
            blanks.append(row[places[blank]])
            sums.append(row.reduce(0, +))
            largest.append(row.max()!)
            probs += row
            let sum = forward.step(row[...], blank: blanks[frame], blankBefore: frame > 0 ? blanks[frame - 1] : 0)
            // Each frame undoes the growth or fall of the frame before; no scale helps 0 and infinity.
            exponent = sum.isNormal ? -Int(sum.exponent) : 0
        }
        for frame in (0..<frames).reversed() {
            let row = probs[(frame * classes.count)..<((frame + 1) * classes.count)]
            _ = backward.step(row, blank: blanks[frame], blankBefore: frame + 1 < frames ? blanks[frame + 1] : 0)
        }
        self.units = units
        self.log2Scale = log2Scale
        self.blanks = blanks
        prefixes = forward.rows
        suffixes = backward.rows
        self.sums = sums
        self.largest = largest
        ownLost = JoinTables.lost(
            masses: (0..<frames).map { min(sums[$0], 3 * largest[$0]) }, units: units, labels: labels.count)
    }

    /// Of the unchanged hypothesis.
    var hypothesis: ScaledScore {
        ScaledScore(value: prefixes[prefixes.count - 1], lost: ownLost, log2Scale: log2Scale)
    }

    /// Of an edited sequence.
    mutating func join(_ join: Join) -> ScaledScore {
        guard let middle = join.middle else {
            return ScaledScore(value: prefixes[(frames + 1) * width], lost: ownLost, log2Scale: log2Scale)
        }
        if columns[middle] == nil { columns[middle] = column(middle) }
        let column = columns[middle]!
        var ending = 0.0
        var total = 0.0
        for frame in 0..<frames {
            var entering = prefixes[(frame + 1) * width + join.prefix]
            if join.afterRepeat {
                entering = prefixes[frame * width + join.prefix] * (frame > 0 ? blanks[frame - 1] : 0)
            }
            var leaving = suffixes[(frames - frame) * width + join.suffix]
            if join.beforeRepeat {
                let blankAfter = frame + 1 < frames ? blanks[frame + 1] : 0
                leaving = suffixes[(frames - frame - 1) * width + join.suffix] * blankAfter
            }
            ending = JoinTables.floored((ending + entering) * column.probs[frame])
            total += ending * leaving
        }
        return ScaledScore(value: total, lost: column.lost, log2Scale: log2Scale)
    }

    private func column(_ label: Int) -> Column {
        let probs = (0..<frames).map { exp(logProbs[$0, label]) * units[$0] }
        if labels.contains(label) { return Column(probs: probs, lost: ownLost) }
        let masses = (0..<frames).map { min(sums[$0] + probs[$0], 3 * max(largest[$0], probs[$0])) }
        return Column(probs: probs, lost: JoinTables.lost(masses: masses, units: units, labels: width - 1))
    }

    /// The most that a scaled score can have lost to numbers that became 0.
    ///
    /// The classes that may follow one state of CTC are distinct and at most three, so all paths through frame t carry
    /// at most its mass q_t = min(sum, 3 * largest): at most F_t = q_0...q_(t-1) before it and A_t = q_(t+1)...q_(T-1)
    /// after. A prefix that became 0 loses floor * A_t, a suffix floor * F_t, a product of the join floor, and a
    /// probability floor * F_t * unit * A_t. F and A are kept at 1 or more, so that they cannot underflow themselves.
    private static func lost(masses: [Double], units: [Double], labels: Int) -> Double {
        var after = [Double](repeating: 1, count: masses.count)
        for frame in masses.indices.dropFirst().reversed() { after[frame - 1] = max(after[frame] * masses[frame], 1) }
        let states = Double(2 * labels + 3)
        var before = 1.0
        var total = 0.0
        for frame in masses.indices {
            total += states * (after[frame] + before) + 1 + before * units[frame] * after[frame]
            before = max(before * masses[frame], 1)
        }
        return floor * total
    }

    static func floored(_ value: Double) -> Double { value < floor ? 0 : value }
}

/// Rows U[t] for one direction of time, from t = -2 (zeros) and t = -1 (the empty prefix) on.
private struct PrefixTable {
    private let places: [Int]  // of the labels in a row of probabilities
    private let repeats: [Bool]  // the label equals the one before it
    private let width: Int
    private var ending: [Double]  // of the newest row
    private var filled = 2
    private(set) var rows: [Double]

    init(_ labels: [Int], places: [Int], frames: Int) {
        self.places = labels.map { places[$0] }
        repeats = labels.indices.map { $0 > 0 && labels[$0] == labels[$0 - 1] }
        width = labels.count + 1
        ending = [Double](repeating: 0, count: labels.count)
        rows = [Double](repeating: 0, count: (frames + 2) * width)
        rows[width] = 1
    }

    /// Adds a row from the scaled probabilities of its frame; returns the row's sum.
    mutating func step(_ probs: ArraySlice<Double>, blank: Double, blankBefore: Double) -> Double {
        let before = (filled - 1) * width
        let beforeThat = before - width
        let now = before + width
        for i in places.indices {
            let entering = repeats[i] ? rows[beforeThat + i] * blankBefore : rows[before + i]
            ending[i] = JoinTables.floored((ending[i] + entering) * probs[probs.startIndex + places[i]])
        }
        var sum = 0.0
        for i in 0..<width {
            let value = JoinTables.floored(rows[before + i] * blank + (i > 0 ? ending[i - 1] : 0))
            rows[now + i] = value
            sum += value
        }
        filled += 1
        return sum
    }
}
