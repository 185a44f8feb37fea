import CoreML
import CryptoKit
import Foundation

/// Keeps the newest Core ML package of a gateway's models on this device.
///
/// A package comes by plain GET with its SHA-256 as ETag. A download that broke off goes on where it stopped, and a version
/// that is here already is not sent again. A new one is compiled and takes the place of the old one only when it is whole.
public actor ModelStore {
    private let gateway: URL
    private let key: String
    private let folder: URL
    private let session: URLSession

    /// - Parameters:
    ///   - gateway: Address of the HTTP port, such as `https://museum.example`.
    ///   - key: API key or token; empty where the server asks for none.
    ///   - folder: Where models are kept; by default in the app's Application Support.
    public init(gateway: URL, key: String = "", folder: URL? = nil, session: URLSession = .shared) throws {
        let files = FileManager.default
        var place = try folder
            ?? files.url(for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
                .appendingPathComponent("Lienzo", isDirectory: true)
        try files.createDirectory(at: place, withIntermediateDirectories: true)
        var values = URLResourceValues()
        values.isExcludedFromBackup = true  // it can be downloaded again
        try place.setResourceValues(values)
        self.gateway = gateway
        self.key = key
        self.folder = place
        self.session = session
    }

    /// The compiled model for `MLModel(contentsOf:)`; nil where none is installed.
    public func installed(_ name: String) -> URL? {
        guard let digest = installedDigest(of: name) else { return nil }
        let model = compiled(name, digest)
        return FileManager.default.fileExists(atPath: model.path) ? model : nil
    }

    /// Installs the newest version of a model, unless it is here already.
    ///
    /// - Returns: Whether there is a new one.
    /// - Throws: ``LienzoError/refused(reason:message:)`` by the gateway, `URLError` by the network; calling again goes on.
    @discardableResult
    public func update(_ name: String) async throws -> Bool {
        let place = folder.appendingPathComponent(name, isDirectory: true)
        try FileManager.default.createDirectory(at: place, withIntermediateDirectories: true)
        let (file, response) = try await download(name, rest: place.appendingPathComponent("rest"))
        defer { try? FileManager.default.removeItem(at: file) }
        switch response.statusCode {
        case 304:
            return false
        case 200, 206:
            let digest = try sha256(of: file)
            guard response.value(forHTTPHeaderField: "ETag") == "\"\(digest)\"" else { throw LienzoError.damaged }
            try await install(file, name, digest)
            return true
        default:
            throw refusal(try Data(contentsOf: file), status: response.statusCode)
        }
    }

    /// Downloads what is missing; URLSession asks for it with `Range` and `If-Range`.
    private func download(_ name: String, rest: URL) async throws -> (URL, HTTPURLResponse) {
        do {
            let answer: (URL, URLResponse)
            if let begun = try? Data(contentsOf: rest) {
                try FileManager.default.removeItem(at: rest)
                answer = try await session.download(resumeFrom: begun)
            } else {
                answer = try await session.download(for: request(for: name))
            }
            guard let response = answer.1 as? HTTPURLResponse else { throw URLError(.badServerResponse) }
            return (answer.0, response)
        } catch let error as URLError {
            try error.downloadTaskResumeData?.write(to: rest, options: .atomic)
            throw error
        }
    }

    private func request(for name: String) -> URLRequest {
        let path = gateway.appendingPathComponent("v1/models").appendingPathComponent(name)
        var request = URLRequest(url: path.appendingPathComponent("coreml"))
        request.cachePolicy = .reloadIgnoringLocalCacheData  // else URLSession answers 304 itself
        if !key.isEmpty { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        if installed(name) != nil, let digest = installedDigest(of: name) {
            request.setValue("\"\(digest)\"", forHTTPHeaderField: "If-None-Match")
        }
        return request
    }

    private func install(_ archive: URL, _ name: String, _ digest: String) async throws {
        let files = FileManager.default
        let unpacked = files.temporaryDirectory.appendingPathComponent(UUID().uuidString, isDirectory: true)
        defer { try? files.removeItem(at: unpacked) }
        try StoredArchive(file: archive).unpack(into: unpacked)
        let fresh = try await MLModel.compileModel(at: unpacked.appendingPathComponent("model.mlpackage"))
        defer { try? files.removeItem(at: fresh) }
        _ = try MLModel(contentsOf: fresh).threshold()  // it loads, and is one of ours
        let target = compiled(name, digest)
        if files.fileExists(atPath: target.path) { try files.removeItem(at: target) }
        try files.moveItem(at: fresh, to: target)
        let before = installed(name)
        try Data(digest.utf8).write(to: current(name), options: .atomic)
        try removeModels(of: name, except: [target, before].compactMap { $0 })
    }

    /// The one before stays until the next update: it may be in use.
    private func removeModels(of name: String, except kept: [URL]) throws {
        let files = FileManager.default
        let names = Set(kept.map(\.lastPathComponent))
        for each in try files.contentsOfDirectory(at: folder.appendingPathComponent(name), includingPropertiesForKeys: nil)
        where each.pathExtension == "mlmodelc" && !names.contains(each.lastPathComponent) {
            try files.removeItem(at: each)
        }
    }

    private func current(_ name: String) -> URL {
        folder.appendingPathComponent(name, isDirectory: true).appendingPathComponent("current")
    }

    private func installedDigest(of name: String) -> String? {
        (try? Data(contentsOf: current(name))).map { String(decoding: $0, as: UTF8.self) }
    }

    private func compiled(_ name: String, _ digest: String) -> URL {
        folder.appendingPathComponent(name, isDirectory: true).appendingPathComponent("\(digest).mlmodelc", isDirectory: true)
    }
}

/// Problem details, as a gateway answers errors over HTTP.
private struct Problem: Decodable {
    let reason: String
    let detail: String
}

private func refusal(_ body: Data, status: Int) -> LienzoError {
    guard let told = try? JSONDecoder().decode(Problem.self, from: body) else {
        return .refused(reason: "", message: "HTTP \(status)")
    }
    return .refused(reason: told.reason, message: told.detail)
}

private func sha256(of file: URL) throws -> String {
    let handle = try FileHandle(forReadingFrom: file)
    defer { try? handle.close() }
    var hash = SHA256()
    while let chunk = try handle.read(upToCount: 1 << 20), !chunk.isEmpty {
        hash.update(data: chunk)
    }
    return hash.finalize().map { String(format: "%02x", $0) }.joined()
}
