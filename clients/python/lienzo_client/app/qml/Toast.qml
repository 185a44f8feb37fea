// A line that comes, is read, and goes.
import QtQuick

Rectangle {
    id: toast

    property alias text: line.text
    readonly property int staysMs: 2500

    width: Math.min(parent.width - 2 * Theme.padding, line.implicitWidth + 40)
    height: line.implicitHeight + 24
    radius: height / 2
    color: Theme.ink
    opacity: 0
    visible: opacity > 0
    Accessible.role: Accessible.StaticText
    Accessible.name: line.text

    function show(said: string) {
        line.text = said;
        opacity = 1;
        leaving.restart();
        Accessible.announce(said, Accessible.Polite);
    }

    Behavior on opacity { NumberAnimation { duration: 150 } }

    Timer {
        id: leaving
        interval: toast.staysMs
        onTriggered: toast.opacity = 0
    }

    Text {
        id: line
        anchors.centerIn: parent
        width: Math.min(implicitWidth, toast.parent.width - 2 * Theme.padding - 40)
        textFormat: Text.PlainText
        font.pixelSize: Theme.body
        color: Theme.wall
        elide: Text.ElideRight
        Accessible.ignored: true
    }
}
