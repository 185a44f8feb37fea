// Where the gateway is.
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

Dialog {
    id: sheet

    required property var app

    objectName: "ServerSheet"
    anchors.centerIn: Overlay.overlay
    width: Math.min(Overlay.overlay ? Overlay.overlay.width - 2 * Theme.padding : 360, 420)
    padding: Theme.padding
    modal: true
    focus: true
    onAboutToShow: {
        address.text = app.page.server;
        address.selectAll();
    }
    onOpened: address.forceActiveFocus()
    onAccepted: app.changeServer(address.text)

    background: Rectangle {
        radius: 16
        color: Theme.paper
        border.color: Theme.line
    }

    contentItem: ColumnLayout {
        spacing: Theme.gap

        Label {
            text: sheet.app.words.server
            font { pixelSize: Theme.large; weight: Font.DemiBold }
            color: Theme.ink
        }

        TextField {
            id: address
            objectName: "ServerAddress"
            Layout.fillWidth: true
            implicitHeight: Theme.thumb
            maximumLength: 300
            font.pixelSize: Theme.body
            color: Theme.ink
            placeholderText: sheet.app.words.server_hint
            placeholderTextColor: Theme.soft
            selectionColor: Theme.accent
            selectedTextColor: Theme.accentInk
            inputMethodHints: Qt.ImhUrlCharactersOnly | Qt.ImhNoAutoUppercase | Qt.ImhNoPredictiveText
            Accessible.name: sheet.app.words.server
            Accessible.description: sheet.app.words.server_hint
            onAccepted: sheet.accept()
            background: Rectangle {
                radius: 10
                color: Theme.wall
                border { width: address.activeFocus ? 2 : 1; color: address.activeFocus ? Theme.accent : Theme.line }
            }
        }

        RowLayout {
            spacing: Theme.gap

            ActionButton {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                text: sheet.app.words.cancel
                onClicked: sheet.reject()
            }

            ActionButton {
                objectName: "UseServer"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                solid: true
                text: sheet.app.words.use
                onClicked: sheet.accept()
            }
        }
    }
}
