// A wall, a canvas and a wall label. Light and dark follow the system.
pragma Singleton

import QtQuick

QtObject {
    readonly property SystemPalette system: SystemPalette {}
    // A system that does not say which of the two it likes says it by its colours.
    readonly property bool dark: Application.styleHints.colorScheme === Qt.ColorScheme.Dark
        || (Application.styleHints.colorScheme !== Qt.ColorScheme.Light
            && system.window.hslLightness < system.windowText.hslLightness)

    readonly property color wall: dark ? "#171411" : "#f4f0e8"
    readonly property color paper: dark ? "#221e1a" : "#fffdf9"
    readonly property color ink: dark ? "#f3ece1" : "#211c17"
    readonly property color soft: dark ? "#b8ac9e" : "#675d52"
    readonly property color line: dark ? "#4b433a" : "#ddd5c8"
    readonly property color accent: dark ? "#ff8f6b" : "#b23a1e"
    readonly property color accentInk: dark ? "#2b0f05" : "#ffffff"

    readonly property int thumb: 48 // px; the least that a thumb hits
    readonly property int padding: 20
    readonly property int gap: 10
    readonly property int fine: 13
    readonly property int body: 15
    readonly property int large: 22
}
