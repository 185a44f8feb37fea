import java.io.File

fun main(given: Array<String>) {
    for (name in listOf("rocket.jpg", "wall.jpg", "text.jpg")) {
        tell(PlainGateway(given[0], given[1]), File(given[2], name))
    }
    tell(PlainGateway(given[0], "another"), File(given[2], "rocket.jpg"))
}

private fun tell(gateway: PlainGateway, picture: File) {
    try {
        println(gateway.label(picture.readBytes()) ?: "-")
    } catch (refused: Refused) {
        println(refused.reason)
    }
}
