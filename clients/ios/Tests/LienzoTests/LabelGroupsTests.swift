import XCTest

@testable import Lienzo

/// Replays `groups.json`: the groups that the server answers.
final class LabelGroupsTests: XCTestCase {
    private struct Golden: Decodable {
        struct Case: Decodable {
            let threshold: Double
            let probabilities: [Double]
            let group: String?
            let probability: Double?
        }

        let labels: [String]
        let parents: [String: String]
        let cases: [Case]

        /// As a package has it.
        var groups: LabelGroups {
            get throws {
                let meanings = parents.mapValues { ["parent": $0] }
                return LabelGroups(json: String(decoding: try JSONEncoder().encode(meanings), as: UTF8.self))
            }
        }
    }

    private func read() throws -> Golden {
        let file = try XCTUnwrap(Bundle.module.url(forResource: "groups", withExtension: "json"))
        return try JSONDecoder().decode(Golden.self, from: Data(contentsOf: file))
    }

    func testTheDeepestGroupThatIsSureIsAnsweredAsOnTheServer() throws {
        let golden = try read()
        let groups = try golden.groups
        XCTAssertFalse(golden.cases.isEmpty)
        for each in golden.cases {
            let labels = zip(golden.labels, each.probabilities).map { RankedLabel(name: $0, probability: $1) }
            for ordered in [labels, labels.reversed()] {
                let found = groups.surest(of: ordered, threshold: each.threshold)
                XCTAssertEqual(found?.name, each.group, "\(each)")
                XCTAssertEqual(found?.probability ?? 0, each.probability ?? 0, accuracy: 1e-9, "\(each)")
            }
        }
    }

    func testAGroupStandsBesideNotRecognizedAlone() throws {
        let golden = try read()
        let groups = try golden.groups
        let sure = try XCTUnwrap(golden.cases.first { $0.group != nil })
        let labels = zip(golden.labels, sure.probabilities).map { RankedLabel(name: $0, probability: $1) }
        let best = try XCTUnwrap(labels.max { $0.probability < $1.probability })
        let group = groups.surest(of: labels, threshold: sure.threshold)
        XCTAssertEqual(
            Answer(labels, threshold: sure.threshold, groups: groups),
            .notRecognized(best: best, threshold: sure.threshold, group: group))
        guard case .recognized = Answer(labels, threshold: best.probability, groups: groups) else {
            return XCTFail("the best label reached the threshold")
        }
    }

    func testWithoutParentsThereAreNoGroups() {
        let labels = [RankedLabel(name: "cat", probability: 0.5), RankedLabel(name: "dog", probability: 0.5)]
        XCTAssertNil(LabelGroups(json: "{}").surest(of: labels, threshold: 0.7))
        XCTAssertNil(LabelGroups(json: "not JSON").surest(of: [], threshold: 0.7))
    }
}
