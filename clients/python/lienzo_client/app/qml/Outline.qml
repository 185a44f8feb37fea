// The outline of a work over the picture that it was found in.
import QtQuick
import QtQuick.Shapes

Shape {
    id: outline

    // Four corners as shares of width and height, or none.
    property var corners: []

    visible: corners.length === 4

    function path() {
        const points = corners.map(([x, y]) => Qt.point(x * width, y * height));
        return points.length ? points.concat([points[0]]) : [];
    }

    // Light on dark, so that it shows on every picture.
    ShapePath {
        fillColor: "transparent"
        strokeColor: "#b0000000"
        strokeWidth: 7
        joinStyle: ShapePath.RoundJoin
        PathPolyline { path: outline.path() }
    }

    ShapePath {
        fillColor: "transparent"
        strokeColor: "#ffd54a"
        strokeWidth: 3
        joinStyle: ShapePath.RoundJoin
        PathPolyline { path: outline.path() }
    }
}
