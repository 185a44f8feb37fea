import XCTest

@testable import Lienzo

final class LabelMeaningsTests: XCTestCase {
    private let meanings = LabelMeanings(
        json: """
            {"la_ola": {"name": "The Wave", "name_es": "La ola", "name_pt_BR": "A onda", "year": "1831",
              "year_ja": "天保2年", "link": "https://museum.example/la_ola", "artist_es": "Hokusai"}}
            """)

    func testTheFirstLanguageThatThereIsIsChosen() {
        XCTAssertEqual(meanings.name(of: "la_ola", in: ["es-AR", "en"]), "La ola")
        XCTAssertEqual(meanings.name(of: "la_ola", in: ["pt-PT"]), "A onda")
        XCTAssertEqual(meanings.name(of: "la_ola", in: ["de"]), "The Wave")
    }

    func testWhatElseIsSaidOfALabelIsThere() {
        let meaning = meanings.meaning(of: "la_ola", in: ["en"])
        XCTAssertEqual(meaning?.fields, ["year": "1831", "artist": "Hokusai"])
        XCTAssertEqual(meaning?.link, URL(string: "https://museum.example/la_ola"))
        XCTAssertEqual(meaning?.description, "")
    }

    func testALabelOfWhichNothingIsSaidIsShownItself() {
        XCTAssertNil(meanings.meaning(of: "el_grito", in: ["en"]))
        XCTAssertEqual(LabelMeanings(json: "not JSON").name(of: "el_grito", in: ["en"]), "el grito")
    }
}
