import Foundation

/// The zip file in which a gateway sends a package: its entries are not compressed, so that no library is needed.
///
/// Layout: PKWARE, APPNOTE.TXT, section 4.3.7 (local file header).
struct StoredArchive {
    let file: URL

    private static let headerBytes = 30
    private static let chunkBytes = 1 << 20

    /// Writes every entry below a folder. Throws ``LienzoError/notAnArchive(_:)`` for what a gateway does not send.
    func unpack(into folder: URL) throws {
        let handle = try FileHandle(forReadingFrom: file)
        defer { try? handle.close() }
        var entries = 0
        while let header = try handle.read(upToCount: Self.headerBytes), header.starts(with: [0x50, 0x4B, 0x03, 0x04]) {
            guard header.count == Self.headerBytes,
                Self.number(in: header, at: 6, bytes: 2) & 0x08 == 0,  // the sizes stand here, not behind the content
                Self.number(in: header, at: 8, bytes: 2) == 0  // stored
            else { throw LienzoError.notAnArchive(file) }
            let name = try read(Self.number(in: header, at: 26, bytes: 2), from: handle)
            _ = try read(Self.number(in: header, at: 28, bytes: 2), from: handle)
            let target = try place(String(decoding: name, as: UTF8.self), in: folder)
            try copy(Self.number(in: header, at: 18, bytes: 4), from: handle, to: target)
            entries += 1
        }
        guard entries > 0 else { throw LienzoError.notAnArchive(file) }
    }

    /// Where an entry belongs; none may leave the folder.
    private func place(_ name: String, in folder: URL) throws -> URL {
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !parts.contains(where: { $0.isEmpty || $0 == "." || $0 == ".." }) else {
            throw LienzoError.notAnArchive(file)
        }
        let target = folder.appendingPathComponent(name)
        try FileManager.default.createDirectory(
            at: target.deletingLastPathComponent(), withIntermediateDirectories: true)
        return target
    }

    private func copy(_ size: Int, from source: FileHandle, to target: URL) throws {
        try Data().write(to: target)
        let sink = try FileHandle(forWritingTo: target)
        defer { try? sink.close() }
        var left = size
        while left > 0 {
            let chunk = try read(min(left, Self.chunkBytes), from: source)
            try sink.write(contentsOf: chunk)
            left -= chunk.count
        }
    }

    private func read(_ count: Int, from handle: FileHandle) throws -> Data {
        guard count > 0 else { return Data() }
        guard let data = try handle.read(upToCount: count), data.count == count else {
            throw LienzoError.notAnArchive(file)
        }
        return data
    }

    /// A little-endian number.
    private static func number(in data: Data, at offset: Int, bytes: Int) -> Int {
        data.dropFirst(offset).prefix(bytes).reversed().reduce(0) { $0 << 8 | Int($1) }
    }
}
