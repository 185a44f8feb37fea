import java.io.File
import museum.lienzo.Gateway
import museum.lienzo.Refused

fun main(given: Array<String>) {
    val gateway = Gateway(given[0], given[1])
    val info = gateway.info()
    for (name in listOf("rocket.jpg", "wall.jpg", "text.jpg")) {
        try {
            val answer = gateway.analyze(File(given[2], name).readBytes(), info.catalogue)
            println("${answer.title} ${answer.confidence > 0.5} ${answer.palette.size > 2} ${answer.outline.size}")
        } catch (refused: Refused) {
            println(refused.reason)
        }
    }
    println(info.photoSide)
}
