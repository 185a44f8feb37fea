import CoreGraphics
import CoreML
import ImageIO
import XCTest

@testable import Lienzo

/// Replays the golden files of a bundle on this Mac: the answers that the server gives.
///
///     LIENZO_BUNDLE=/path/to/models/artworks/1 swift test
final class GoldenTests: XCTestCase {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let input: String
            let label: String
            let probabilities: [Double]
        }

        let cases: [Case]
    }

    private struct Manifest: Decodable {
        let labels: [String]
    }

    /// How far a probability may be from the server's: Core ML may run on the GPU, whose sums round otherwise.
    private let tolerance = 1e-3

    func testAnswersAsTheServer() throws {
        guard let path = ProcessInfo.processInfo.environment["LIENZO_BUNDLE"] else {
            throw XCTSkip("set LIENZO_BUNDLE to the folder of a bundle that has a model.mlpackage")
        }
        let bundle = URL(fileURLWithPath: path)
        let model = try MLModel(contentsOf: MLModel.compileModel(at: bundle.appendingPathComponent("model.mlpackage")))
        let manifest = try JSONDecoder().decode(
            Manifest.self, from: Data(contentsOf: bundle.appendingPathComponent("manifest.json")))
        let folder = bundle.appendingPathComponent("golden")
        let golden = try JSONDecoder().decode(
            Golden.self, from: Data(contentsOf: folder.appendingPathComponent("expected.json")))
        XCTAssertFalse(golden.cases.isEmpty)
        for each in golden.cases {
            let answer = try ask(model, folder.appendingPathComponent(each.input))
            check(answer, each, labels: manifest.labels)
        }
    }

    private func ask(_ model: MLModel, _ file: URL) throws -> Answer {
        if file.pathExtension == "npy" {
            return try DescriptorRecognizer(model).answer(NumpyArray(contentsOf: file).values)
        }
        let source = try XCTUnwrap(CGImageSourceCreateWithURL(file as CFURL, nil))
        return try PictureRecognizer(model).answer(XCTUnwrap(CGImageSourceCreateImageAtIndex(source, 0, nil)))
    }

    private func check(_ answer: Answer, _ expected: Golden.Case, labels: [String]) {
        switch answer {
        case .recognized(let ranked):
            XCTAssertEqual(ranked.first?.name, expected.label, expected.input)
            for label in ranked {
                guard let index = labels.firstIndex(of: label.name) else {
                    XCTFail("\(expected.input): no label \(label.name) in the manifest")
                    continue
                }
                XCTAssertEqual(label.probability, expected.probabilities[index], accuracy: tolerance, expected.input)
            }
        case .notRecognized(let best, let threshold, _):
            // A picture without descriptors has no best label; the others must have been unsure on the server too.
            if let best {
                XCTAssertEqual(best.name, expected.label, expected.input)
                XCTAssertEqual(best.probability, expected.probabilities.max() ?? 0, accuracy: tolerance, expected.input)
                XCTAssertLessThan(expected.probabilities.max() ?? 0, threshold + tolerance, expected.input)
            }
        }
    }
}
