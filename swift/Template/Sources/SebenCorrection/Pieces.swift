// SPDX-License-Identifier: Apache-2.0

/// A part of a text that is corrected by itself, and its share of the frames.
struct Piece: Equatable {
    var symbols: Range<Int>
    var frames: Range<Int>

    /// Cuts a text where the pause between two words is widest until no piece is longer than `maxSymbols`. The space of
    /// a cut, with its frames, is left out of both pieces. In a vocabulary without spaces any place between two symbols
    /// will do; the pieces then meet in the middle of the pause.
    static func cut(_ symbols: [Symbol], frames: Int, maxSymbols: Int, space: Int?) -> [Piece] {
        guard !symbols.isEmpty else { return [] }
        let whole = Piece(symbols: 0..<symbols.count, frames: 0..<frames)
        return whole.cut(symbols, maxSymbols: maxSymbols, space: space)
    }

    private func cut(_ text: [Symbol], maxSymbols: Int, space: Int?) -> [Piece] {
        guard symbols.count > maxSymbols, let place = widestPause(text, space: space) else { return [self] }
        var left = Piece(symbols: symbols.lowerBound..<place, frames: frames)
        var right = Piece(symbols: place..<symbols.upperBound, frames: frames)
        if space == nil {
            let middle = (text[place - 1].lastFrame + 1 + text[place].firstFrame) / 2
            left.frames = frames.lowerBound..<middle
            right.frames = middle..<frames.upperBound
        } else {
            left.frames = frames.lowerBound..<text[place].firstFrame
            right = Piece(
                symbols: (place + 1)..<symbols.upperBound, frames: (text[place].lastFrame + 1)..<frames.upperBound)
        }
        return left.cut(text, maxSymbols: maxSymbols, space: space)
            + right.cut(text, maxSymbols: maxSymbols, space: space)
    }

    /// The first of the widest; nil for a single word.
    private func widestPause(_ text: [Symbol], space: Int?) -> Int? {
        var best: Int?
        var widest = -1
        for place in symbols.dropFirst().dropLast() where space == nil || text[place].label == space {
            let pause = text[space == nil ? place : place + 1].firstFrame - text[place - 1].lastFrame
            if pause > widest { (best, widest) = (place, pause) }
        }
        return best
    }

    /// Without spaces at the ends and doubled ones: what the ranker learned from.
    static func tidy(_ symbols: [Symbol], space: Int?) -> [Symbol] {
        var out: [Symbol] = []
        for symbol in symbols where symbol.label != space || (out.last?.label ?? space) != space { out.append(symbol) }
        if let last = out.last, last.label == space { out.removeLast() }
        return out
    }
}

extension Symbol {
    /// The same symbol, later by `frames`.
    func moved(by frames: Int) -> Symbol {
        Symbol(label: label, firstFrame: firstFrame + frames, lastFrame: lastFrame + frames)
    }
}
