import ImageIO
import UIKit
import UniformTypeIdentifiers

/// A photo as it is shown, and the same as it is sent.
struct Photo: @unchecked Sendable {
    let image: CGImage
    let jpeg: Data

    /// Reads JPEG, HEIC and all others that iOS knows, upright, of at most `side` pixels on the longer side.
    ///
    /// Nothing larger is ever held in memory. Throws ``Refused`` for what is not a picture.
    init(_ file: Data, side: Int) throws {
        let options: [CFString: Any] = [
            kCGImageSourceCreateThumbnailFromImageAlways: true,
            kCGImageSourceCreateThumbnailWithTransform: true,  // upright
            kCGImageSourceThumbnailMaxPixelSize: side,
        ]
        guard let source = CGImageSourceCreateWithData(file as CFData, nil),
            let image = CGImageSourceCreateThumbnailAtIndex(source, 0, options as CFDictionary)
        else { throw Refused(reason: "NOT_A_PICTURE", detail: "The file cannot be read.") }
        self.image = image
        self.jpeg = try Photo.encoded(image)
    }

    private static func encoded(_ image: CGImage) throws -> Data {
        let jpeg = NSMutableData()
        let type = UTType.jpeg.identifier as CFString
        let options: [CFString: Any] = [
            kCGImageDestinationLossyCompressionQuality: 0.85,
            kCGImageDestinationOptimizeColorForSharing: true,  // sRGB
        ]
        guard let destination = CGImageDestinationCreateWithData(jpeg as CFMutableData, type, 1, nil) else {
            throw Refused(reason: "UNUSABLE_PICTURE", detail: "The photo cannot be written.")
        }
        CGImageDestinationAddImage(destination, image, options as CFDictionary)
        guard CGImageDestinationFinalize(destination) else {
            throw Refused(reason: "UNUSABLE_PICTURE", detail: "The photo cannot be written.")
        }
        return jpeg as Data
    }
}
