import CoreML
import Foundation

/// What several labels of a model have in common, such as `dog` of breeds, by the same rule as on the server.
public struct LabelGroups: Sendable {
    /// The parent of each label and group that has one.
    private let parents: [String: String]
    private let groups: Set<String>

    /// Reads a package's metadata; a model whose labels have no parents has no groups.
    public init(_ model: MLModel) {
        self.init(json: model.entry("lienzo.meanings") ?? "{}")
    }

    init(json: String) {
        parents = LabelMeanings.columns(json: json).compactMapValues { $0["parent"] }.filter { !$0.value.isEmpty }
        groups = Set(parents.values)
    }

    /// The deepest group that is sure; of several the most probable one, nil where none is.
    ///
    /// A group has the probabilities of its labels together. It is sure when they are as far above its share of all
    /// labels as the threshold is above 0: half of the labels have half of the probability of whatever is shown.
    ///
    /// - Parameters:
    ///   - labels: All labels of the model with their probabilities, in any order.
    ///   - threshold: The probability under which a label is not recognised.
    public func surest(of labels: [RankedLabel], threshold: Double) -> RankedLabel? {
        var together: [String: Double] = [:]
        var members: [String: Double] = [:]
        for label in labels {
            for group in groupsAbove(groups.contains(label.name) ? label.name : parents[label.name]) {
                together[group, default: 0] += label.probability
                members[group, default: 0] += 1
            }
        }
        let sure = together.filter { group, probability in
            let share = (members[group] ?? 0) / Double(labels.count)
            // As float32, as the server compares.
            return share < 1 && Float((probability - share) / (1 - share)) >= Float(threshold)
        }
        let shallow = Set(sure.keys.flatMap { groupsAbove(parents[$0]) })
        let deepest = sure.filter { !shallow.contains($0.key) }
        let best = deepest.max {
            // Of equal ones the first by name is the answer.
            $0.value == $1.value ? $1.key.utf8.lexicographicallyPrecedes($0.key.utf8) : $0.value < $1.value
        }
        return best.map { RankedLabel(name: $0.key, probability: min(1, $0.value)) }
    }

    /// A group and the groups that it belongs to, itself first; none of nil.
    private func groupsAbove(_ group: String?) -> [String] {
        var found: [String] = []
        var next = group
        while let group = next, !found.contains(group) {
            found.append(group)
            next = parents[group]
        }
        return found
    }
}
