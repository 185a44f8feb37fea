// The colours of a picture by their shares; one that is clicked is copied.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

RowLayout {
    id: strip

    property var colors: []

    signal copied(string hex)

    spacing: 0

    Repeater {
        model: strip.colors

        AbstractButton {
            id: swatch

            required property var modelData

            objectName: "Swatch"
            focusPolicy: Qt.StrongFocus
            implicitHeight: Theme.thumb
            Layout.fillWidth: true
            Layout.minimumWidth: 44
            Layout.preferredWidth: 44
            Layout.horizontalStretchFactor: Math.max(1, Math.round(100 * swatch.modelData.share))
            text: swatch.modelData.hex
            Accessible.name: swatch.modelData.spoken
            onClicked: strip.copied(swatch.modelData.hex)
            Keys.onReturnPressed: click()
            Keys.onEnterPressed: click()

            ToolTip {
                id: tip
                visible: swatch.hovered
                delay: 400
                text: swatch.modelData.spoken
                contentItem: Text {
                    text: tip.text
                    textFormat: Text.PlainText // a server's names are no markup
                    font.pixelSize: Theme.fine
                    color: Theme.ink
                }
                background: Rectangle {
                    radius: 6
                    color: Theme.paper
                    border.color: Theme.line
                }
            }

            background: Rectangle {
                color: swatch.modelData.hex
                border.width: swatch.visualFocus ? 3 : 0
                border.color: swatch.modelData.textHex
            }

            contentItem: Text {
                text: swatch.text
                visible: swatch.width >= 64
                textFormat: Text.PlainText
                color: swatch.modelData.textHex
                font.pixelSize: Theme.fine
                horizontalAlignment: Text.AlignHCenter
                verticalAlignment: Text.AlignVCenter
            }
        }
    }
}
