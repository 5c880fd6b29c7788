// SPDX-License-Identifier: Apache-2.0
import Foundation
import SebenCorrection

extension Tensor {
    /// A .npy file (format versions 1 to 3, numpy.org) of little-endian float32 in C order. Throws for anything else, for
    /// a file that is cut off and for one that is longer than its shape says.
    public init(npy data: Data, source: String) throws {
        let bytes = [UInt8](data.prefix(12))
        guard bytes.count == 12, bytes[0...5] == [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59], (1...3).contains(bytes[6]) else {
            throw SebenError(source, expected: "a .npy file of version 1 to 3", found: "another")
        }
        let start = bytes[6] == 1 ? 10 : 12
        var length = Int(bytes[8]) | Int(bytes[9]) << 8
        if bytes[6] > 1 { length |= Int(bytes[10]) << 16 | Int(bytes[11]) << 24 }
        guard length <= 65_536, start + length <= data.count else {
            throw SebenError(source, expected: "a header that ends in the file", found: "\(length) bytes")
        }
        let from = data.startIndex + start
        let header = String(decoding: data[from..<(from + length)], as: UTF8.self).filter { $0 != " " }
        guard header.contains("'descr':'<f4'"), header.contains("'fortran_order':False") else {
            throw SebenError(source, expected: "<f4 in C order", found: "another type or order")
        }
        let shape = try Tensor.shape(header: header, source: source)
        let count = try Tensor.count(shape, source: source)
        let body = data.count - start - length
        guard count <= body / 4, count * 4 == body else {
            throw SebenError(source, expected: "\(shape) values of 4 bytes", found: "\(body) bytes")
        }
        var values = [Float](repeating: 0, count: count)
        _ = values.withUnsafeMutableBytes { data.copyBytes(to: $0, from: (from + length)..<data.endIndex) }
        try self.init(shape: shape, values: values, source: source)
    }

    private static func shape(header: String, source: String) throws -> [Int] {
        guard let open = header.range(of: "'shape':("), let close = header[open.upperBound...].firstIndex(of: ")") else {
            throw SebenError(source, expected: "a shape", found: "none")
        }
        let words = header[open.upperBound..<close].split(separator: ",")
        let sizes = words.compactMap { Int($0) }
        guard sizes.count == words.count, sizes.count <= 8 else {
            throw SebenError(source, expected: "a shape of at most 8 axes", found: "another")
        }
        return sizes
    }
}
