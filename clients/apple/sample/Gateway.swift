import Foundation

/// What a gateway says of a photo.
struct Answer: Equatable {
    /// Nil where nothing was recognised.
    var title: String?
    /// Whether the title is that of a group of labels, such as dog: which of them it is, is not sure.
    var isGroup: Bool
    /// 0 to 1; of the nearest label where nothing was recognised.
    var confidence: Double
    /// Four corners in pixels of the photo that was sent, or none.
    var outline: [CGPoint]
    /// By falling share.
    var palette: [Swatch]
    /// Whether works of a part of the catalogue could not be looked for.
    var isPartial: Bool
}

struct Swatch: Equatable, Decodable {
    let hex: String
    let share: Double
}

/// What a server takes and has.
struct ServerInfo: Decodable {
    let photoSidePx: Int
    let catalogues: [String]
}

/// A gateway answered, but no. `reason` is stable and for programs, such as `NOT_A_PICTURE`.
struct Refused: Error, Decodable {
    let reason: String
    let detail: String
}

/// Asks a gateway over plain HTTP.
struct Gateway: Sendable {
    let address: URL
    let key: String

    func info() async throws -> ServerInfo {
        try await ask(request("v1/info", []), sending: nil)
    }

    /// Label, colours, and the works of a catalogue where there is one: the photo is sent once.
    func analyze(_ jpeg: Data, catalogue: String?) async throws -> Answer {
        var query = [URLQueryItem(name: "colors", value: "6")]
        if let catalogue {
            query += [URLQueryItem(name: "works", value: "true"), URLQueryItem(name: "catalogue", value: catalogue)]
        }
        let message: AnalyzeMessage = try await ask(request("v1/analyze", query), sending: jpeg)
        return message.answer
    }

    private func request(_ path: String, _ query: [URLQueryItem]) -> URLRequest {
        let url = address.appending(path: path)
        var request = URLRequest(url: query.isEmpty ? url : url.appending(queryItems: query), timeoutInterval: 10)
        if !key.isEmpty { request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization") }
        return request
    }

    private func ask<Message: Decodable>(_ request: URLRequest, sending body: Data?) async throws -> Message {
        let (data, response) = try await send(request, body)
        guard (response as? HTTPURLResponse)?.statusCode == 200 else {
            throw try JSONDecoder().decode(Refused.self, from: data)
        }
        return try JSONDecoder().decode(Message.self, from: data)
    }

    private func send(_ request: URLRequest, _ body: Data?) async throws -> (Data, URLResponse) {
        guard let body else { return try await URLSession.shared.data(for: request) }
        var request = request
        request.httpMethod = "POST"
        request.setValue("application/octet-stream", forHTTPHeaderField: "Content-Type")
        return try await URLSession.shared.upload(for: request, from: body)
    }
}

/// The answer of `AnalyzeImage` as JSON, as far as the app shows it.
private struct AnalyzeMessage: Decodable {
    struct Point: Decodable {
        let xPx: Double
        let yPx: Double
    }

    struct Recognition: Decodable {
        struct Meaning: Decodable {
            let name: String
        }

        struct Recognized: Decodable {
            let label: String
            let probability: Double
            let meaning: Meaning?
        }

        struct Group: Decodable {
            let name: String
            let probability: Double
            let meaning: Meaning?
        }

        struct NotRecognized: Decodable {
            let score: Double
        }

        struct Verification: Decodable {
            let outline: [Point]
        }

        let recognized: Recognized?
        let notRecognized: NotRecognized?
        let verification: Verification?
        /// Where no label is sure, and a group of them is.
        let group: Group?

        /// In the caller's language, which URLSession tells the server, where the model has one.
        var title: String? {
            guard let label = recognized?.label ?? group?.name else { return nil }
            let name = (recognized?.meaning ?? group?.meaning)?.name ?? ""
            return name.isEmpty ? label.replacingOccurrences(of: "_", with: " ") : name
        }

        var confidence: Double { recognized?.probability ?? group?.probability ?? notRecognized?.score ?? 0 }
    }

    struct Work: Decodable {
        let workId: String
        let title: String
        let confidence: Double
        let quad: [Point]
    }

    struct Palette: Decodable {
        let colors: [Swatch]
    }

    let recognition: Recognition?
    let works: [Work]
    let palette: Palette?
    let worksPartial: Bool

    /// The likeliest work, else the label, else the group.
    var answer: Answer {
        let colors = palette?.colors ?? []
        if let work = works.first {
            let title = work.title.isEmpty ? work.workId : work.title
            return Answer(
                title: title, isGroup: false, confidence: work.confidence, outline: work.quad.map(\.corner),
                palette: colors, isPartial: worksPartial)
        }
        return Answer(
            title: recognition?.title,
            isGroup: recognition?.group != nil,
            confidence: recognition?.confidence ?? 0,
            outline: recognition?.verification?.outline.map(\.corner) ?? [],
            palette: colors,
            isPartial: worksPartial)
    }
}

extension AnalyzeMessage.Point {
    fileprivate var corner: CGPoint { CGPoint(x: xPx, y: yPx) }
}

/// Says in words why a call failed.
func words(for error: Error) -> LocalizedStringResource {
    guard let refused = error as? Refused else {
        return "The server does not answer. Is there a network?"
    }
    switch refused.reason {
    case "NOT_A_PICTURE", "TRUNCATED_PICTURE", "DAMAGED_PICTURE":
        return "This is not a picture. JPEG, PNG, WebP and HEIC are read."
    case "PICTURE_TOO_LARGE", "TOO_MANY_PIXELS": return "The picture is too large."
    case "PICTURE_TOO_SMALL": return "The picture is too small."
    case "OVERLOADED": return "Many are asking right now. Try again in a moment."
    case "BACKEND_UNAVAILABLE": return "A part of the server does not answer. Try again in a moment."
    case "MISSING_CREDENTIALS": return "This server asks for a key."
    case "INVALID_CREDENTIALS": return "The key is not right."
    default: return "That did not work. Try again in a moment."
    }
}
