import XCTest

@testable import Lienzo

final class AnswerTests: XCTestCase {
    private let cat = RankedLabel(name: "cat", probability: 0.7)
    private let dog = RankedLabel(name: "dog", probability: 0.3)

    func testTheLikeliestLabelComesFirst() {
        XCTAssertEqual(Answer([dog, cat], threshold: 0.5), .recognized([cat, dog]))
    }

    func testUnderTheThresholdNothingIsRecognized() {
        XCTAssertEqual(Answer([dog, cat], threshold: 0.8), .notRecognized(best: cat, threshold: 0.8))
    }

    func testWithoutLabelsNothingIsRecognized() {
        XCTAssertEqual(Answer([], threshold: 0.5), .notRecognized(best: nil, threshold: 0.5))
    }
}
