import CoreML

/// Recognises pictures with a descriptors-in package: the app extracts, the package does the rest.
///
/// For a model that was trained with OpenCV's SIFT the app needs OpenCV too. With OpenCV's own framework for iOS:
///
///     cv::Ptr<cv::SIFT> sift = cv::SIFT::create(maxKeypoints);
///     sift->detectAndCompute(grey, cv::noArray(), keypoints, descriptors);  // float32, one row each
///
/// on the upright picture in grey (`cv::COLOR_RGB2GRAY`), reduced with `cv::INTER_AREA` to the `max_side_px` of the
/// bundle's manifest where it is larger. For `rootsift` each row becomes `round(512 * sqrt(row / sum(row)))`.
public final class DescriptorRecognizer {
    private let model: MLModel
    private let threshold: Double
    private let groups: LabelGroups
    private let input: String
    private let dimension: Int
    private let maxRows: Int

    public init(_ model: MLModel) throws {
        guard let (name, description) = model.modelDescription.inputDescriptionsByName.first,
            let constraint = description.multiArrayConstraint, constraint.shape.count == 2
        else {
            throw LienzoError.unexpectedInput("the model takes no descriptors; use PictureRecognizer")
        }
        self.model = model
        self.threshold = try model.threshold()
        self.groups = LabelGroups(model)
        self.input = name
        self.dimension = constraint.shape[1].intValue
        self.maxRows = model.entry("lienzo.input.max_rows").flatMap(Int.init) ?? 1
    }

    /// - Parameter descriptors: One row after the other, `dimension` numbers each. Rows beyond the model's bound
    ///   are left out: pass the strongest first. None is an answer too: nothing was recognised.
    public func answer(_ descriptors: [Float]) throws -> Answer {
        guard descriptors.count % dimension == 0 else {
            throw LienzoError.unexpectedInput("\(descriptors.count) numbers are not rows of \(dimension)")
        }
        let rows = min(descriptors.count / dimension, maxRows)
        guard rows > 0 else { return .notRecognized(best: nil, threshold: threshold) }
        let array = try MLMultiArray(shape: [rows, dimension] as [NSNumber], dataType: .float32)
        array.withUnsafeMutableBufferPointer(ofType: Float.self) { buffer, _ in
            _ = buffer.update(fromContentsOf: descriptors.prefix(rows * dimension))
        }
        let features = try MLDictionaryFeatureProvider(dictionary: [input: array])
        let result = try model.prediction(from: features)
        let name = model.modelDescription.predictedProbabilitiesName ?? "probabilities"
        let shares = result.featureValue(for: name)?.dictionaryValue ?? [:]
        let labels = shares.compactMap { key, value in
            (key as? String).map { RankedLabel(name: $0, probability: value.doubleValue) }
        }
        return Answer(labels, threshold: threshold, groups: groups)
    }
}
