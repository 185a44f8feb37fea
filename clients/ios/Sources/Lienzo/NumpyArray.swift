import Foundation

/// A two-dimensional array in NumPy's file format (NEP 1, version 1.0), as the golden files of a bundle are.
public struct NumpyArray: Equatable {
    public let rows: Int
    public let columns: Int
    public let values: [Float]

    public init(contentsOf file: URL) throws {
        let data = try Data(contentsOf: file)
        guard data.count > 10, data.prefix(6) == Data([0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]), data[6] == 1 else {
            throw LienzoError.notAnArray(file)
        }
        let length = Int(data[8]) + Int(data[9]) << 8
        guard data.count >= 10 + length else { throw LienzoError.notAnArray(file) }
        let header = String(decoding: data[10..<(10 + length)], as: UTF8.self)
        let body = Data(data[(10 + length)...])
        guard header.contains("'fortran_order': False"), let shape = NumpyArray.shape(header) else {
            throw LienzoError.notAnArray(file)
        }
        rows = shape.0
        columns = shape.1
        if header.contains("'|u1'"), body.count == rows * columns {
            values = body.map(Float.init)
        } else if header.contains("'<f4'"), body.count == 4 * rows * columns {
            values = stride(from: 0, to: body.count, by: 4).map { start in
                let bits = (0..<4).reduce(UInt32(0)) { $0 | UInt32(body[start + $1]) << (8 * UInt32($1)) }
                return Float(bitPattern: bits)
            }
        } else {
            throw LienzoError.notAnArray(file)
        }
    }

    private static func shape(_ header: String) -> (Int, Int)? {
        guard let start = header.range(of: "'shape': ("),
            let end = header.range(of: ")", range: start.upperBound..<header.endIndex)
        else { return nil }
        let sizes = header[start.upperBound..<end.lowerBound]
            .split(separator: ",")
            .compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        return sizes.count == 2 ? (sizes[0], sizes[1]) : nil
    }
}
