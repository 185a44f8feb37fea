// A button for a thumb: solid for what comes next, quiet for the others.
import QtQuick
import QtQuick.Controls.Basic

Button {
    id: button

    property bool solid: false

    implicitHeight: Theme.thumb
    font.pixelSize: Theme.body
    font.weight: Font.DemiBold
    opacity: enabled ? 1 : 0.4
    Accessible.name: text

    Keys.onReturnPressed: click()
    Keys.onEnterPressed: click()

    contentItem: Text {
        text: button.text
        textFormat: Text.PlainText
        font: button.font
        color: button.solid ? Theme.accentInk : Theme.ink
        horizontalAlignment: Text.AlignHCenter
        verticalAlignment: Text.AlignVCenter
        elide: Text.ElideRight
    }

    background: Rectangle {
        radius: height / 2
        color: button.solid ? Theme.accent : Theme.paper
        border.width: button.solid ? 0 : 1.5
        border.color: Theme.line
        opacity: button.down ? 0.8 : 1

        Rectangle {
            anchors.fill: parent
            anchors.margins: -4
            visible: button.visualFocus
            radius: height / 2
            color: "transparent"
            border.width: 3
            border.color: Theme.accent
        }
    }
}
