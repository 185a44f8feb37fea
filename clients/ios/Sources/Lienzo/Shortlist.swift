import CoreGraphics
import CoreML
import Foundation
import ImageIO
import Vision

/// A work of a catalogue that a picture may show.
public struct ShortlistedWork: Equatable, Sendable {
    /// The record, as `records` of the package has it.
    public let id: String
    public let title: String
    public let artist: String
    /// How much a window of the picture looks like the work, at most 1. Compare it with the others', not with a bound.
    public let likeness: Double
}

/// Looks up works of a catalogue without a network, with a package that `lienzo catalogue export --to coreml` wrote.
///
/// What it finds is a shortlist of up to ten, the likeliest first, also for a picture of something else: let people
/// choose, or ask the gateway which of them it is once there is a network.
public final class Shortlist: @unchecked Sendable {
    private struct Record: Decodable {
        let id: String
        let title: String
        let artist: String
    }

    private let model: VNCoreMLModel
    private let records: [Record]

    /// - Parameters:
    ///   - model: The package, compiled.
    ///   - records: The file beside it that ends in .json.
    public init(_ model: MLModel, records: Data) throws {
        self.model = try VNCoreMLModel(for: model)
        self.records = try JSONDecoder().decode([Record].self, from: records)
        guard let count = model.entry("lienzo.works").flatMap(Int.init), count == self.records.count else {
            throw LienzoError.unexpectedInput("these are not the records of this package")
        }
    }

    /// - Parameters:
    ///   - picture: Of any size.
    ///   - orientation: How the camera was held; `CGImagePropertyOrientation(rawValue:)` of the EXIF value.
    public func works(
        in picture: CGImage, orientation: CGImagePropertyOrientation = .up
    ) throws -> [ShortlistedWork] {
        try works(VNImageRequestHandler(cgImage: picture, orientation: orientation))
    }

    /// - Parameter frame: A frame of the camera, as `AVCaptureVideoDataOutput` delivers it.
    public func works(
        in frame: CVPixelBuffer, orientation: CGImagePropertyOrientation = .right
    ) throws -> [ShortlistedWork] {
        try works(VNImageRequestHandler(cvPixelBuffer: frame, orientation: orientation))
    }

    private func works(_ handler: VNImageRequestHandler) throws -> [ShortlistedWork] {
        let request = VNCoreMLRequest(model: model)
        // The whole picture stretched to the model's square, as the works themselves were.
        request.imageCropAndScaleOption = .scaleFill
        try handler.perform([request])
        let found = request.results as? [VNCoreMLFeatureValueObservation] ?? []
        guard let numbers = found.first(where: { $0.featureName == "numbers" })?.featureValue.multiArrayValue,
            let likeness = found.first(where: { $0.featureName == "likeness" })?.featureValue.multiArrayValue
        else {
            throw LienzoError.unexpectedInput("the model tells no works; use PictureRecognizer")
        }
        return (0..<numbers.count).map { place in
            let record = records[numbers[place].intValue]
            return ShortlistedWork(
                id: record.id, title: record.title, artist: record.artist, likeness: likeness[place].doubleValue)
        }
    }
}
