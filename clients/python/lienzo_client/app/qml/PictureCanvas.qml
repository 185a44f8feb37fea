// The picture on its canvas: an invitation before there is one, what is under way and the outline over it.
import QtQuick
import QtQuick.Controls.Basic

AbstractButton {
    id: canvas

    required property var page
    required property var words
    property bool dropping: false
    readonly property bool busy: page.phase === "busy" || page.phase === "choosing"

    signal activated()
    signal marked(real left, real top, real right, real bottom)
    signal wholeWanted()

    focusPolicy: page.photo ? Qt.NoFocus : Qt.StrongFocus
    enabled: !busy
    Accessible.role: page.photo ? Accessible.Graphic : Accessible.Button
    Accessible.name: page.photo ? words.picture_of.replace("{name}", page.photoName) : words.invitation
    Accessible.description: page.photo ? words.pointing : ""
    onClicked: if (!page.photo) activated()
    Keys.onReturnPressed: click()

    background: Rectangle {
        radius: 6
        color: Theme.paper
        border.width: canvas.dropping || canvas.visualFocus ? 3 : 1
        border.color: canvas.dropping || canvas.visualFocus ? Theme.accent : Theme.line
    }

    contentItem: Item {
        clip: true // corners may lie outside the picture

        Image {
            id: photo
            objectName: "Photo"
            anchors { fill: parent; margins: 3 }
            fillMode: Image.PreserveAspectFit
            cache: false
            source: canvas.page.photo ? "image://pictures/photo/" + canvas.page.photo : ""

            Outline {
                objectName: "Outline"
                anchors.centerIn: parent
                width: photo.paintedWidth
                height: photo.paintedHeight
                corners: canvas.page.corners
            }

            PartMarker {
                objectName: "PartMarker"
                anchors.centerIn: parent
                width: photo.paintedWidth
                height: photo.paintedHeight
                enabled: canvas.page.canClassify
                part: canvas.page.part
                onMarked: (left, top, right, bottom) => canvas.marked(left, top, right, bottom)
            }
        }

        ActionButton {
            objectName: "Whole"
            anchors { right: parent.right; bottom: parent.bottom; margins: Theme.gap }
            visible: canvas.page.part.length > 0 && !canvas.busy
            text: canvas.words.whole
            onClicked: canvas.wholeWanted()
        }

        Column {
            anchors.centerIn: parent
            width: parent.width - 2 * Theme.padding
            spacing: Theme.gap
            visible: !canvas.page.photo && !canvas.busy

            component Line: Text {
                width: parent.width
                textFormat: Text.PlainText
                horizontalAlignment: Text.AlignHCenter
                wrapMode: Text.Wrap
            }

            Line {
                text: canvas.dropping ? canvas.words.drop_here : canvas.words.invitation
                font { pixelSize: Theme.large; weight: Font.DemiBold }
                color: Theme.ink
            }

            Line {
                text: canvas.words.drop
                visible: !canvas.dropping
                font.pixelSize: Theme.body
                color: Theme.soft
            }
        }

        Rectangle {
            objectName: "Stage"
            anchors { left: parent.left; right: parent.right; bottom: parent.bottom }
            height: 56
            visible: canvas.busy
            color: "#c0000000"
            Accessible.role: Accessible.StaticText
            Accessible.name: canvas.page.stage

            Row {
                anchors.centerIn: parent
                spacing: Theme.gap

                BusyIndicator {
                    objectName: "Busy"
                    width: 32
                    height: 32
                    running: canvas.busy
                    palette.dark: "#ffffff"
                    Accessible.ignored: true
                }

                Text {
                    anchors.verticalCenter: parent.verticalCenter
                    text: canvas.page.stage
                    textFormat: Text.PlainText
                    font.pixelSize: Theme.body
                    color: "#ffffff"
                }
            }
        }
    }
}
