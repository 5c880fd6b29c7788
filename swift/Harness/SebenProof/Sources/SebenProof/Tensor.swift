// SPDX-License-Identifier: Apache-2.0
import SebenCorrection

/// Numbers in row-major order.
public struct Tensor: Equatable, Sendable {
    public let shape: [Int]
    public let values: [Float]

    /// Throws unless the shape's product, which must not overflow, is the number of values.
    public init(shape: [Int], values: [Float], source: String = "tensor") throws {
        guard try Tensor.count(shape, source: source) == values.count else {
            throw SebenError(source, expected: "\(shape) values", found: "\(values.count)")
        }
        self.shape = shape
        self.values = values
    }

    static func count(_ shape: [Int], source: String) throws -> Int {
        var count = 1
        for size in shape {
            let (product, overflow) = count.multipliedReportingOverflow(by: size)
            guard size >= 0, !overflow else { throw SebenError(source, expected: "a shape", found: "\(shape)") }
            count = product
        }
        return count
    }

    /// Gathers what lies in memory with strides, counted in elements, as Core ML's arrays do: the last axis of what the
    /// Neural Engine writes may be padded.
    public init(
        shape: [Int], strides: [Int], source: String = "tensor", element: (_ offset: Int) -> Float
    ) throws {
        guard shape.count == strides.count else {
            throw SebenError(source, expected: "a stride for each axis", found: "\(strides.count)")
        }
        var values: [Float] = []
        let count = try Tensor.count(shape, source: source)
        values.reserveCapacity(count)
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        for _ in 0..<count {
            values.append(element(offset))
            for axis in shape.indices.reversed() {
                index[axis] += 1
                offset += strides[axis]
                if index[axis] < shape[axis] { break }
                offset -= index[axis] * strides[axis]
                index[axis] = 0
            }
        }
        try self.init(shape: shape, values: values, source: source)
    }

    /// The same stream between [1, T, d] and [1, d, 1, T], the two layouts of packages; any other shape of the same size
    /// takes the values as they are.
    public func laidOut(as other: [Int], source: String = "tensor") throws -> Tensor {
        if shape.count == 3, other.count == 4, other[1] == shape[2], other[2] == 1, other[3] == shape[1] {
            return try Tensor(shape: other, values: transposed(rows: shape[1], columns: shape[2]), source: source)
        }
        if shape.count == 4, shape[2] == 1, other.count == 3, other[2] == shape[1], other[1] == shape[3] {
            return try Tensor(shape: other, values: transposed(rows: shape[1], columns: shape[3]), source: source)
        }
        return try Tensor(shape: other, values: values, source: source)
    }

    private func transposed(rows: Int, columns: Int) -> [Float] {
        var out = [Float](repeating: 0, count: values.count)
        for row in 0..<rows {
            for column in 0..<columns { out[column * rows + row] = values[row * columns + column] }
        }
        return out
    }

    /// Every `step`-th of the frames of [1, T, d], `frames` of them.
    public func everyFrame(_ step: Int, frames: Int, source: String = "features") throws -> Tensor {
        guard shape.count == 3, shape[0] == 1, step >= 1, frames >= 1, (frames - 1) * step < shape[1] else {
            throw SebenError(source, expected: "\(frames) frames, \(step) apart", found: "\(shape)")
        }
        if step == 1, frames == shape[1] { return self }
        let width = shape[2]
        var kept: [Float] = []
        kept.reserveCapacity(frames * width)
        for frame in 0..<frames { kept += values[(frame * step * width)..<((frame * step + 1) * width)] }
        return try Tensor(shape: [1, frames, width], values: kept, source: source)
    }
}

/// IEEE 754 half precision to single; exact. Swift's own type is not on every system.
public func float(half bits: UInt16) -> Float {
    let sign: Float = bits & 0x8000 == 0 ? 1 : -1
    let exponent = Int(bits >> 10 & 0x1F)
    let fraction = Float(bits & 0x3FF)
    switch exponent {
    case 0: return sign * fraction * 0x1p-24
    case 31: return fraction == 0 ? sign * .infinity : .nan
    default: return sign * Float(sign: .plus, exponent: exponent - 15, significand: 1 + fraction * 0x1p-10)
    }
}
