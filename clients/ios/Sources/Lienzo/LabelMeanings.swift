import CoreML
import Foundation

/// What a label means to people, in one language.
public struct LabelMeaning: Equatable, Sendable {
    /// To show in place of the label; empty where the model has none.
    public let name: String
    /// A few sentences; empty where the model has none.
    public let description: String
    /// A page about it; nil where the model has none.
    public let link: URL?
    /// Whatever else the model says of it, such as `artist` and `year`.
    public let fields: [String: String]
    /// What it is a kind of: another label, or a group of labels; empty where the model does not say.
    public let parent: String
}

/// What the labels of a model mean, in every language that its maker wrote: the entry `lienzo.meanings` of a package.
public struct LabelMeanings: Sendable {
    private let columns: [String: [String: String]]

    /// Columns that may be there in other languages alone; any other one must be there itself.
    private static let translated: Set<String> = ["name", "description", "link", "title", "artist"]
    /// Language, perhaps with script and region.
    private static let tag = "^[A-Za-z]{2,3}([-_][A-Za-z]{4})?([-_]([A-Za-z]{2}|[0-9]{3}))?$"
    private static let lastResort = "en"

    /// Reads a package's metadata; one that says nothing of its labels has no meanings.
    public init(_ model: MLModel) {
        self.init(json: model.entry("lienzo.meanings") ?? "{}")
    }

    init(json: String) {
        columns = Self.columns(json: json)
    }

    /// The texts of each label and group by column; none of what is not of this form.
    static func columns(json: String) -> [String: [String: String]] {
        (try? JSONDecoder().decode([String: [String: String]].self, from: Data(json.utf8))) ?? [:]
    }

    /// What a label means in the first of some languages that there is, chosen as servers choose.
    ///
    /// - Parameter languages: BCP 47 tags such as `es-AR`, the preferred one first.
    /// - Returns: Nil for a label of which the model says nothing.
    public func meaning(of label: String, in languages: [String] = Locale.preferredLanguages) -> LabelMeaning? {
        guard let known = columns[label] else { return nil }
        var texts: [String: [String: String]] = [:]
        for (column, text) in known {
            let name = Self.withoutLanguage(column, known)
            texts[name, default: [:]][Self.normal(column.dropFirst(name.count + 1))] = text
        }
        let wanted = languages.map { Self.normal($0[...]) }
        var chosen = texts.mapValues { Self.chosen($0, wanted) }.filter { !$0.value.isEmpty }
        let name = chosen.removeValue(forKey: "name") ?? ""
        let description = chosen.removeValue(forKey: "description") ?? ""
        let link = chosen.removeValue(forKey: "link").flatMap(URL.init(string:))
        let parent = chosen.removeValue(forKey: "parent") ?? ""
        return LabelMeaning(name: name, description: description, link: link, fields: chosen, parent: parent)
    }

    /// The name to show for a label: what the model calls it, else the label.
    public func name(of label: String, in languages: [String] = Locale.preferredLanguages) -> String {
        let name = meaning(of: label, in: languages)?.name ?? ""
        return name.isEmpty ? label.replacingOccurrences(of: "_", with: " ") : name
    }

    private static func withoutLanguage(_ column: String, _ columns: [String: String]) -> String {
        for cut in column.indices where column[cut] == "_" && cut > column.startIndex {
            let name = String(column[..<cut])
            let language = column[column.index(after: cut)...]
            if columns[name] != nil || translated.contains(name),
                language.range(of: tag, options: .regularExpression) != nil
            {
                return name
            }
        }
        return column
    }

    private static func chosen(_ known: [String: String], _ languages: [String]) -> String {
        if known.count > 1 {
            for language in languages {
                if let found = nearest(known, language) { return found }
            }
        }
        if let plain = known[""], !plain.isEmpty { return plain }
        return nearest(known, lastResort) ?? known.values.filter { !$0.isEmpty }.min() ?? ""
    }

    /// The text in a language: exactly, then without its last parts, then of any other region.
    private static func nearest(_ known: [String: String], _ language: String) -> String? {
        var parts = language.split(separator: "-")
        let start = (parts.first.map(String.init) ?? "") + "-"
        while !parts.isEmpty {
            if let found = known[parts.joined(separator: "-")], !found.isEmpty { return found }
            parts.removeLast()
        }
        return known.filter { $0.key.hasPrefix(start) && !$0.value.isEmpty }.min { $0.key < $1.key }?.value
    }

    private static func normal(_ tag: Substring) -> String {
        tag.replacingOccurrences(of: "_", with: "-").lowercased()
    }
}
