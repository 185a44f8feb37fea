// What the camera sees, and the button that takes it.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

Rectangle {
    id: page

    required property var app
    readonly property int frame: app.page.frame

    color: "#12100e"
    visible: app.page.phase === "aiming"
    Accessible.role: Accessible.Pane
    Accessible.name: app.words.camera

    MouseArea { anchors.fill: parent } // nothing behind it is hit

    Image {
        objectName: "Frame"
        anchors { fill: parent; bottomMargin: controls.height + 2 * Theme.padding }
        fillMode: Image.PreserveAspectFit
        cache: false
        source: page.frame ? "image://pictures/frame/" + page.frame : ""
        Accessible.ignored: true
    }

    Text {
        anchors.centerIn: parent
        visible: !page.frame
        text: page.app.page.stage
        textFormat: Text.PlainText
        font.pixelSize: Theme.body
        color: "#e9e0d3"
    }

    RowLayout {
        id: controls
        anchors { left: parent.left; right: parent.right; bottom: parent.bottom; margins: Theme.padding }
        spacing: Theme.gap

        ActionButton {
            objectName: "CloseCamera"
            Layout.fillWidth: true
            Layout.preferredWidth: 1
            text: page.app.words.cancel
            onClicked: page.app.cancel()
        }

        ActionButton {
            objectName: "Shoot"
            Layout.fillWidth: true
            Layout.preferredWidth: 2
            solid: true
            enabled: page.frame > 0
            text: page.app.words.shoot
            onClicked: page.app.shoot()
            onEnabledChanged: if (enabled) forceActiveFocus()
        }
    }
}
