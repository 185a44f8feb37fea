import CoreML
import Foundation

/// A label with its calibrated probability, 0 to 1.
public struct RankedLabel: Equatable, Sendable {
    public let name: String
    public let probability: Double
}

/// What a model says about a picture.
public enum Answer: Equatable, Sendable {
    /// The likeliest label first; all labels follow.
    case recognized([RankedLabel])
    /// No label reached the model's threshold. `best` is the nearest one, nil for a picture without features.
    /// `group` is what the picture surely is all the same, such as `dog` where no breed is sure; nil where no group of
    /// labels is sure.
    case notRecognized(best: RankedLabel?, threshold: Double, group: RankedLabel? = nil)

    init(_ labels: [RankedLabel], threshold: Double, groups: LabelGroups) {
        let ranked = labels.sorted { $0.probability > $1.probability }
        // As float32, as the server compares: 0.7 as float32 is less than 0.7.
        if let best = ranked.first, Float(best.probability) >= Float(threshold) {
            self = .recognized(ranked)
        } else {
            let group = groups.surest(of: ranked, threshold: threshold)
            self = .notRecognized(best: ranked.first, threshold: threshold, group: group)
        }
    }
}

/// What can be wrong with a package, or on its way here.
public enum LienzoError: Error, Equatable {
    /// The package was not written by `lienzo export`: it does not say under which probability nothing counts.
    case noThreshold
    /// The model does not take what it was given.
    case unexpectedInput(String)
    /// A file is not an array in NumPy's format 1.0 with float32 or uint8 in C order.
    case notAnArray(URL)
    /// A file is not a package as a gateway sends it.
    case notAnArchive(URL)
    /// A package did not arrive as it was sent. Download it again.
    case damaged
    /// A gateway answered no. `reason` is stable and for programs, such as `UNKNOWN_MODEL`; empty where it gave none.
    case refused(reason: String, message: String)
}

extension MLModel {
    /// Text that `lienzo export` wrote into the package.
    func entry(_ key: String) -> String? {
        let entries = modelDescription.metadata[.creatorDefinedKey] as? [String: String]
        return entries?[key]
    }

    /// The probability under which nothing was recognised.
    func threshold() throws -> Double {
        guard let value = entry("lienzo.threshold").flatMap(Double.init) else { throw LienzoError.noThreshold }
        return value
    }
}
