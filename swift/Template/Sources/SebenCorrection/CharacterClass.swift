// SPDX-License-Identifier: Apache-2.0

/// What each code point of the N'Ko block (U+07C0...U+07FF) does in the script.
enum CharacterClass: Sendable {
    case digit, vowel
    /// U+07D1: the consonant before it has no vowel.
    case dagbasinna
    /// U+07D2: a nasal that is a syllable by itself.
    case syllabicNasal
    case consonant
    /// U+07EB...07F1: tone and length.
    case toneMark
    /// U+07F2: the vowel is nasal.
    case nasalMark
    case doubleDot
    /// U+07F4, 07F5: a vowel was elided.
    case apostrophe
    /// U+07FA: stretches a word, says nothing.
    case extender
    /// U+07FD, under the letters of a unit.
    case abbreviation
    case punctuation, symbol, unassigned
    /// Outside the block.
    case other

    init(_ scalar: Unicode.Scalar) {
        switch scalar.value {
        case 0x07C0...0x07C9: self = .digit
        case 0x07CA...0x07D0: self = .vowel
        case 0x07D1: self = .dagbasinna
        case 0x07D2: self = .syllabicNasal
        case 0x07D3...0x07EA: self = .consonant
        case 0x07EB...0x07F1: self = .toneMark
        case 0x07F2: self = .nasalMark
        case 0x07F3: self = .doubleDot
        case 0x07F4...0x07F5: self = .apostrophe
        case 0x07F7...0x07F9: self = .punctuation
        case 0x07FA: self = .extender
        case 0x07FB...0x07FC: self = .unassigned
        case 0x07FD: self = .abbreviation
        case 0x07F6, 0x07FE...0x07FF: self = .symbol
        default: self = .other
        }
    }
}
