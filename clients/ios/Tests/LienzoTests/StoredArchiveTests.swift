import XCTest

@testable import Lienzo

final class StoredArchiveTests: XCTestCase {
    private var folder = URL(fileURLWithPath: "/")

    override func setUpWithError() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    override func tearDownWithError() throws {
        try FileManager.default.removeItem(at: folder)
    }

    func testEntriesAreWrittenUnderTheirNames() throws {
        let archive = try written(entry("a/b.txt", "hello") + entry("c.txt", "") + Data("PK\u{1}\u{2}".utf8))
        try archive.unpack(into: folder)
        XCTAssertEqual(try text("a/b.txt"), "hello")
        XCTAssertEqual(try text("c.txt"), "")
    }

    func testNoEntryLeavesTheFolder() throws {
        for name in ["../a", "/a", "a/../../b", ""] {
            XCTAssertThrowsError(try written(entry(name, "x")).unpack(into: folder), name)
        }
    }

    func testACompressedOrTruncatedFileIsNoArchive() throws {
        XCTAssertThrowsError(try written(entry("a", "x", method: 8)).unpack(into: folder))
        XCTAssertThrowsError(try written(entry("a", "hello").dropLast(2)).unpack(into: folder))
        XCTAssertThrowsError(try written(Data()).unpack(into: folder))
    }

    private func written(_ data: Data) throws -> StoredArchive {
        let file = folder.appendingPathComponent("archive.zip")
        try data.write(to: file)
        return StoredArchive(file: file)
    }

    private func text(_ name: String) throws -> String {
        try String(contentsOf: folder.appendingPathComponent(name), encoding: .utf8)
    }

    /// A local file header and its content.
    private func entry(_ name: String, _ content: String, method: UInt8 = 0) -> Data {
        var header = [UInt8](repeating: 0, count: 30)
        header.replaceSubrange(0..<4, with: [0x50, 0x4B, 0x03, 0x04])
        header[8] = method
        header[18] = UInt8(content.utf8.count)
        header[22] = UInt8(content.utf8.count)
        header[26] = UInt8(name.utf8.count)
        return Data(header) + Data(name.utf8) + Data(content.utf8)
    }
}
