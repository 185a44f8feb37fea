// How sure the gateway is.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

RowLayout {
    id: bar

    property alias value: progress.value
    property string spoken: ""

    spacing: Theme.gap

    ProgressBar {
        id: progress
        Layout.fillWidth: true
        implicitHeight: 20
        Accessible.name: bar.spoken

        Behavior on value { NumberAnimation { duration: 150; easing.type: Easing.OutCubic } }

        background: Rectangle {
            radius: height / 2
            color: Theme.line
        }

        contentItem: Item {
            Rectangle {
                width: Math.max(parent.height, progress.visualPosition * parent.width)
                height: parent.height
                radius: height / 2
                color: Theme.accent
            }
        }
    }

    Text {
        text: bar.spoken
        textFormat: Text.PlainText
        font.pixelSize: Theme.fine
        color: Theme.soft
        Accessible.ignored: true
    }
}
