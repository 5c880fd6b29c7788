// SPDX-License-Identifier: Apache-2.0
import Foundation

/// What the classes of a CTC head mean. A label is the index of a class.
public struct Vocabulary: Sendable {
    public let classes: [String]
    public let blank: Int
    /// Classes that are never written.
    public let masked: Set<Int>
    /// Class of the space, if there is one.
    public let space: Int?
    private let labelOf: [[UInt8]: Int]  // classes that can be written
    private let longest: Int  // bytes of the longest of them

    /// `vocab.json`: {"blank": 65, "classes": […], "masked": […]}.
    public init(json: Data) throws {
        struct File: Decodable {
            var blank: Int
            var classes: [String]
            var masked: [Int]?
        }
        let file = try decodeJSON(File.self, from: json, source: "vocabulary")
        guard file.classes.indices.contains(file.blank) else {
            throw SebenError("vocabulary: blank", expected: "0..<\(file.classes.count)", found: "\(file.blank)")
        }
        classes = file.classes
        blank = file.blank
        masked = Set(file.masked ?? [])
        space = classes.firstIndex(of: " ")
        var labelOf: [[UInt8]: Int] = [:]
        for (label, text) in classes.enumerated() where label != file.blank && !masked.contains(label) {
            labelOf[Array(text.utf8)] = label
        }
        self.labelOf = labelOf
        longest = labelOf.keys.map(\.count).max() ?? 0
    }

    /// Labels of a text, longest class first. Throws for a text that no classes make up.
    public func encode(_ text: String) throws -> [Int] {
        let bytes = Array(text.utf8)
        var labels: [Int] = []
        var at = 0
        while at < bytes.count {
            let lengths = (1...max(min(longest, bytes.count - at), 1)).reversed()
            guard let length = lengths.first(where: { labelOf[Array(bytes[at..<(at + $0)])] != nil }) else {
                throw SebenError("text: byte \(at)", expected: "a class of the vocabulary", found: "another character")
            }
            labels.append(labelOf[Array(bytes[at..<(at + length)])]!)
            at += length
        }
        return labels
    }

    /// Labels that a text can hold, in order.
    public var written: [Int] { classes.indices.filter { $0 != blank && !masked.contains($0) } }

    /// The text of labels.
    public func text(_ labels: [Int]) -> String { labels.map { classes[$0] }.joined() }
}

/// Decodes JSON; an error names `source` rather than Foundation's types.
func decodeJSON<T: Decodable>(_ type: T.Type, from data: Data, source: String) throws -> T {
    do {
        return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
        throw SebenError(source, expected: "its documented fields", found: String(describing: error))
    }
}
