import PhotosUI
import SwiftUI

@main
struct SampleApp: App {
    var body: some Scene {
        WindowGroup { MainScreen() }
    }
}

@MainActor
final class MainModel: ObservableObject {
    @Published private(set) var photo: Photo?
    @Published private(set) var answer: Answer?
    @Published private(set) var problem: LocalizedStringResource?
    @Published private(set) var isLooking = false

    // Of your museum; a key in an app is everybody's, so let your own server hand out tokens.
    private let gateway = Gateway(address: URL(string: "https://museum.example")!, key: "")
    private var call: Task<Void, Never>?

    func classify(_ read: @escaping @Sendable () async throws -> Data?) {
        cancel()
        (photo, answer, problem, isLooking) = (nil, nil, nil, true)
        call = Task {
            do {
                let info = try await gateway.info()
                guard let file = try await read() else { throw Refused(reason: "NOT_A_PICTURE", detail: "No file.") }
                let taken = try await Task.detached { try Photo(file, side: info.photoSidePx) }.value
                try Task.checkCancellation()
                photo = taken
                let found = try await gateway.analyze(taken.jpeg, catalogue: info.catalogues.first)
                try Task.checkCancellation()
                answer = found
            } catch {
                if Task.isCancelled { return }
                problem = words(for: error)
            }
            isLooking = false
        }
    }

    func cancel() {
        call?.cancel()
        isLooking = false
    }
}

struct MainScreen: View {
    @StateObject private var model = MainModel()
    @State private var picked: PhotosPickerItem?
    @State private var takes = false

    var body: some View {
        ScrollView {
            VStack(alignment: .leading, spacing: 16) {
                if let photo = model.photo { PictureView(photo: photo, outline: model.answer?.outline ?? []) }
                choices
                if model.isLooking {
                    ProgressView("Looking …")
                    Button("Cancel", role: .cancel, action: model.cancel)
                }
                if let problem = model.problem { Text(problem).foregroundStyle(.red) }
                if let answer = model.answer { AnswerView(answer: answer) }
            }
            .padding()
        }
        .onChange(of: picked) { item in
            guard let item else { return }
            model.classify { try await item.loadTransferable(type: Data.self) }
            picked = nil
        }
        .fullScreenCover(isPresented: $takes) {
            Camera { file in
                takes = false
                if let file { model.classify { file } }
            }
            .ignoresSafeArea()
        }
    }

    private var choices: some View {
        HStack {
            PhotosPicker("Choose a picture", selection: $picked, matching: .images)
            Button("Take a photo") { takes = true }
                .disabled(!UIImagePickerController.isSourceTypeAvailable(.camera))
        }
        .buttonStyle(.borderedProminent)
    }
}

struct PictureView: View {
    let photo: Photo
    let outline: [CGPoint]

    var body: some View {
        Image(photo.image, scale: 1, label: Text("Your picture"))
            .resizable()
            .scaledToFit()
            .overlay {
                GeometryReader { space in
                    let scale = space.size.width / CGFloat(photo.image.width)
                    Path { path in
                        path.addLines(outline.map { CGPoint(x: $0.x * scale, y: $0.y * scale) })
                        if !outline.isEmpty { path.closeSubpath() }
                    }
                    .stroke(.yellow, lineWidth: 3)
                }
            }
    }
}

struct AnswerView: View {
    let answer: Answer

    var body: some View {
        Text(answer.title ?? String(localized: "Not recognised")).font(.title2)
        ProgressView(value: min(max(answer.confidence, 0), 1)) {
            Text("Confidence: \(answer.confidence, format: .percent.precision(.fractionLength(0)))")
        }
        if answer.isGroup { Text("Which of them it is, is not sure.").font(.footnote) }
        if answer.isPartial { Text("A part of the catalogue did not answer.").font(.footnote) }
        GeometryReader { space in
            HStack(spacing: 0) {
                ForEach(answer.palette, id: \.hex) { swatch in
                    Color(hex: swatch.hex).frame(width: space.size.width * swatch.share)
                }
            }
        }
        .frame(height: 48)
        .clipShape(RoundedRectangle(cornerRadius: 8))
    }
}

extension Color {
    /// `#rrggbb` in sRGB, as a palette has it.
    init(hex: String) {
        let number = Int(hex.dropFirst(), radix: 16) ?? 0
        self.init(
            .sRGB, red: Double(number >> 16 & 255) / 255, green: Double(number >> 8 & 255) / 255,
            blue: Double(number & 255) / 255)
    }
}

/// The camera of the system; it gives the photo as JPEG, or nil where the user went back.
struct Camera: UIViewControllerRepresentable {
    let done: (Data?) -> Void

    func makeUIViewController(context: Context) -> UIImagePickerController {
        let camera = UIImagePickerController()
        camera.sourceType = .camera
        camera.delegate = context.coordinator
        return camera
    }

    func updateUIViewController(_ camera: UIImagePickerController, context: Context) {}

    func makeCoordinator() -> Coordinator { Coordinator(done) }

    final class Coordinator: NSObject, UIImagePickerControllerDelegate, UINavigationControllerDelegate {
        private let done: (Data?) -> Void

        init(_ done: @escaping (Data?) -> Void) { self.done = done }

        func imagePickerController(
            _ picker: UIImagePickerController, didFinishPickingMediaWithInfo info: [UIImagePickerController.InfoKey: Any]
        ) {
            done((info[.originalImage] as? UIImage)?.jpegData(compressionQuality: 0.9))
        }

        func imagePickerControllerDidCancel(_ picker: UIImagePickerController) { done(nil) }
    }
}
