import CoreGraphics
import CoreML
import ImageIO
import Vision

/// Recognises pictures with an image-in package: extractor, encoder and classifier are all inside.
public final class PictureRecognizer: @unchecked Sendable {
    private let model: VNCoreMLModel
    private let threshold: Double
    private let groups: LabelGroups
    private let crop: VNImageCropAndScaleOption

    /// - Parameter model: The class that Xcode generates has it as `try Artworks(configuration: .init()).model`.
    public init(_ model: MLModel) throws {
        guard model.modelDescription.inputDescriptionsByName.values.contains(where: { $0.type == .image }) else {
            throw LienzoError.unexpectedInput("the model takes no picture; use DescriptorRecognizer")
        }
        self.threshold = try model.threshold()
        self.groups = LabelGroups(model)
        // What training and the server do: most models take the whole picture stretched to their square.
        let isCentred = model.entry("lienzo.input.crop")?.hasPrefix("centerCrop") ?? false
        self.crop = isCentred ? .centerCrop : .scaleFill
        self.model = try VNCoreMLModel(for: model)
    }

    /// - Parameters:
    ///   - picture: Of any size.
    ///   - orientation: How the camera was held; `CGImagePropertyOrientation(rawValue:)` of the EXIF value.
    public func answer(
        _ picture: CGImage, orientation: CGImagePropertyOrientation = .up
    ) throws -> Answer {
        try answer(VNImageRequestHandler(cgImage: picture, orientation: orientation))
    }

    /// - Parameter frame: A frame of the camera, as `AVCaptureVideoDataOutput` delivers it.
    public func answer(
        _ frame: CVPixelBuffer, orientation: CGImagePropertyOrientation = .right
    ) throws -> Answer {
        try answer(VNImageRequestHandler(cvPixelBuffer: frame, orientation: orientation))
    }

    private func answer(_ handler: VNImageRequestHandler) throws -> Answer {
        let request = VNCoreMLRequest(model: model)
        request.imageCropAndScaleOption = crop
        try handler.perform([request])
        let found = request.results as? [VNClassificationObservation] ?? []
        let labels = found.map { RankedLabel(name: $0.identifier, probability: Double($0.confidence)) }
        return Answer(labels, threshold: threshold, groups: groups)
    }
}
