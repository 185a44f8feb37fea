import XCTest

@testable import Lienzo

final class AnswerTests: XCTestCase {
    private let cat = RankedLabel(name: "cat", probability: 0.7)
    private let dog = RankedLabel(name: "dog", probability: 0.3)

    private let none = LabelGroups(json: "{}")

    func testTheLikeliestLabelComesFirst() {
        XCTAssertEqual(Answer([dog, cat], threshold: 0.5, groups: none), .recognized([cat, dog]))
    }

    func testUnderTheThresholdNothingIsRecognized() {
        XCTAssertEqual(Answer([dog, cat], threshold: 0.8, groups: none), .notRecognized(best: cat, threshold: 0.8))
    }

    func testTheThresholdIsComparedAsOnTheServer() {
        let close = RankedLabel(name: "cat", probability: Double(Float(0.7)))  // less than 0.7
        XCTAssertEqual(Answer([close], threshold: 0.7, groups: none), .recognized([close]))
    }

    func testWithoutLabelsNothingIsRecognized() {
        XCTAssertEqual(Answer([], threshold: 0.5, groups: none), .notRecognized(best: nil, threshold: 0.5))
    }
}
