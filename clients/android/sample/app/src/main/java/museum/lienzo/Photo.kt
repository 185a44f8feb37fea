package museum.lienzo

import android.content.ContentResolver
import android.graphics.Bitmap
import android.graphics.ColorSpace
import android.graphics.ImageDecoder
import android.net.Uri
import java.io.ByteArrayOutputStream
import kotlin.math.max
import kotlin.math.roundToInt

/** A photo as it is shown, and the same as it is sent. */
class Photo(val bitmap: Bitmap, val jpeg: ByteArray)

/**
 * Reads a photo upright and in sRGB, of at most [side] pixels on its longer side.
 *
 * @throws Refused `NOT_A_PICTURE` where Android cannot read it.
 */
fun readPhoto(resolver: ContentResolver, photo: Uri, side: Int): Photo {
    val bitmap = try {
        ImageDecoder.decodeBitmap(ImageDecoder.createSource(resolver, photo)) { decoder, info, _ ->
            val scale = side.toDouble() / max(info.size.width, info.size.height)
            if (scale < 1) {
                val width = (info.size.width * scale).roundToInt()
                val height = (info.size.height * scale).roundToInt()
                decoder.setTargetSize(max(1, width), max(1, height))
            }
            decoder.setTargetColorSpace(ColorSpace.get(ColorSpace.Named.SRGB))
            decoder.allocator = ImageDecoder.ALLOCATOR_SOFTWARE
        }
    } catch (error: ImageDecoder.DecodeException) {
        throw Refused("NOT_A_PICTURE", error.message.orEmpty())
    }
    val jpeg = ByteArrayOutputStream()
    bitmap.compress(Bitmap.CompressFormat.JPEG, 85, jpeg)
    return Photo(bitmap, jpeg.toByteArray())
}
