// The part of the picture that is looked at, and the hand that marks one: a drag, or a tap for what is around a place.
import QtQuick

MouseArea {
    id: marker

    // Left, top, right and bottom as shares of width and height, or none.
    property var part: []
    property var begun: null
    readonly property var shown: begun && containsDrag() ? between(begun, Qt.point(mouseX, mouseY)) : part

    signal marked(real left, real top, real right, real bottom)

    function share(place: point): point {
        return Qt.point(Math.min(Math.max(place.x / width, 0), 1), Math.min(Math.max(place.y / height, 0), 1));
    }

    function between(one: point, other: point): var {
        const [a, b] = [share(one), share(other)];
        return [Math.min(a.x, b.x), Math.min(a.y, b.y), Math.max(a.x, b.x), Math.max(a.y, b.y)];
    }

    function containsDrag(): bool {
        return Math.hypot(mouseX - begun.x, mouseY - begun.y) >= Application.styleHints.startDragDistance;
    }

    preventStealing: true
    onPressed: mouse => begun = Qt.point(mouse.x, mouse.y)
    onCanceled: begun = null
    onReleased: mouse => {
        const to = containsDrag() ? Qt.point(mouse.x, mouse.y) : begun;
        const [left, top, right, bottom] = between(begun, to);
        begun = null;
        marked(left, top, right, bottom);
    }

    // Light within dark, so that it shows on every picture.
    Rectangle {
        visible: marker.shown.length === 4
        x: visible ? marker.shown[0] * marker.width : 0
        y: visible ? marker.shown[1] * marker.height : 0
        width: visible ? (marker.shown[2] - marker.shown[0]) * marker.width : 0
        height: visible ? (marker.shown[3] - marker.shown[1]) * marker.height : 0
        color: "transparent"
        border { width: 4; color: "#b0000000" }

        Rectangle {
            anchors { fill: parent; margins: 1 }
            color: "transparent"
            border { width: 2; color: "#ffffff" }
        }
    }
}
