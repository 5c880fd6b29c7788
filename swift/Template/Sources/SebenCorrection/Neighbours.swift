// SPDX-License-Identifier: Apache-2.0

/// Which classes may stand side by side, and at the ends, in a normalised text: spaces single and inside, combining
/// marks in canonical order. Frozen with the model, so that no version of Unicode's tables can change it.
struct Neighbours: Sendable {
    private let allowedRows: [[Bool]]  // by left and right, each one more than the label, 0 for the end of the text

    /// A string of "0" and "1" a row.
    init(rows: [String], vocabulary: Vocabulary) throws {
        let width = vocabulary.classes.count + 1
        guard rows.count == width, rows.allSatisfy({ $0.utf8.count == width }) else {
            throw SebenError("neighbours", expected: "\(width) rows of \(width)", found: "\(rows.count) rows")
        }
        allowedRows = rows.map { row in row.utf8.map { $0 == UInt8(ascii: "1") } }
    }

    /// Nil: the end of the text.
    func allowed(_ left: Int?, _ right: Int?) -> Bool {
        allowedRows[(left ?? -1) + 1][(right ?? -1) + 1]
    }
}
