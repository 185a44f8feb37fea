package museum.lienzo

import java.io.IOException
import java.net.HttpURLConnection
import java.net.URL
import java.net.URLEncoder
import java.util.Locale
import org.json.JSONArray
import org.json.JSONException
import org.json.JSONObject

/** A corner of an outline, in pixels of the photo that was sent. */
data class Corner(val x: Float, val y: Float)

/** A colour as `#rrggbb`, and how much of the photo it is, 0 to 1. */
data class Swatch(val hex: String, val share: Float)

/**
 * What a gateway says of a photo.
 *
 * @property title Null where nothing was recognised.
 * @property isGroup Whether the title is that of a group of labels, such as dog: which of them it is, is not sure.
 * @property confidence 0 to 1; of the nearest label where nothing was recognised.
 * @property outline Four corners, or none.
 * @property palette The colours, by falling share.
 * @property isPartial Whether works of a part of the catalogue could not be looked for.
 */
data class Answer(
    val title: String?,
    val isGroup: Boolean,
    val confidence: Float,
    val outline: List<Corner>,
    val palette: List<Swatch>,
    val isPartial: Boolean
)

/** What a server takes and has: the side to which a photo may be reduced, and the first of its catalogues. */
data class ServerInfo(val photoSide: Int, val catalogue: String?)

/** A gateway answered, but no. [reason] is stable and for programs, such as `NOT_A_PICTURE`. */
class Refused(val reason: String, message: String) : IOException(message)

/** Asks a gateway over plain HTTP. Every call blocks: make it in `withContext(Dispatchers.IO)`. */
class Gateway(private val address: String, private val key: String) {
    fun info(): ServerInfo {
        val answer = ask("/v1/info", null)
        return ServerInfo(answer.getInt("photoSidePx"), answer.strings("catalogues").firstOrNull())
    }

    /** Label, colours, and the works of a catalogue where there is one: the photo is sent once. */
    fun analyze(jpeg: ByteArray, catalogue: String?): Answer {
        val works = catalogue?.let { "&works=true&catalogue=" + URLEncoder.encode(it, "UTF-8") }.orEmpty()
        return answerOf(ask("/v1/analyze?colors=6$works", jpeg))
    }

    private fun ask(path: String, body: ByteArray?): JSONObject {
        val call = URL(address + path).openConnection() as HttpURLConnection
        call.connectTimeout = 5_000
        call.readTimeout = 10_000
        call.setRequestProperty("accept-language", Locale.getDefault().toLanguageTag())
        if (key.isNotEmpty()) call.setRequestProperty("authorization", "Bearer $key")
        try {
            if (body != null) {
                call.doOutput = true
                call.setRequestProperty("content-type", "application/octet-stream")
                call.outputStream.use { it.write(body) }
            }
            val fine = call.responseCode == 200
            val stream = (if (fine) call.inputStream else call.errorStream) ?: throw IOException("an empty answer")
            val answer = JSONObject(stream.reader().use { it.readText() })
            if (!fine) throw Refused(answer.getString("reason"), answer.getString("detail"))
            return answer
        } catch (error: JSONException) {
            throw IOException("something other than a gateway answers there", error)
        } finally {
            call.disconnect()
        }
    }
}

/** Takes the likeliest work, else the label, else the group of labels that is sure, from an answer of `AnalyzeImage` as JSON. */
internal fun answerOf(message: JSONObject): Answer {
    val work = message.objects("works").firstOrNull()
    val recognition = message.optJSONObject("recognition")
    val known = recognition?.optJSONObject("recognized")
    val group = recognition?.optJSONObject("group")
    val nearest = recognition?.optJSONObject("notRecognized")
    val corners = work?.objects("quad") ?: recognition?.optJSONObject("verification")?.objects("outline").orEmpty()
    return Answer(
        title = work?.let { it.optString("title").ifEmpty { it.getString("workId") } }
            ?: known?.let { nameOf(it, it.getString("label")) }
            ?: group?.let { nameOf(it, it.getString("name")) },
        isGroup = work == null && group != null,
        confidence = when {
            work != null -> work.getDouble("confidence")
            known != null -> known.getDouble("probability")
            group != null -> group.getDouble("probability")
            else -> nearest?.getDouble("score") ?: 0.0
        }.toFloat(),
        outline = corners.map { Corner(it.getDouble("xPx").toFloat(), it.getDouble("yPx").toFloat()) },
        palette = message.optJSONObject("palette")?.objects("colors").orEmpty()
            .map { Swatch(it.getString("hex"), it.getDouble("share").toFloat()) },
        isPartial = message.optBoolean("worksPartial")
    )
}

/** The name that the model has for a label or group in the caller's language, else its own. */
private fun nameOf(known: JSONObject, label: String): String {
    val name = known.optJSONObject("meaning")?.optString("name").orEmpty()
    return name.ifEmpty { label.replace('_', ' ') }
}

private fun JSONObject.objects(name: String): List<JSONObject> {
    val found = optJSONArray(name) ?: JSONArray()
    return (0 until found.length()).map(found::getJSONObject)
}

private fun JSONObject.strings(name: String): List<String> {
    val found = optJSONArray(name) ?: JSONArray()
    return (0 until found.length()).map(found::getString)
}
