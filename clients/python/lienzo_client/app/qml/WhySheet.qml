// Why the picture was recognised or not, and the command that draws what the model sees.
pragma ComponentBehavior: Bound

import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Layouts

Dialog {
    id: sheet

    required property var app
    readonly property var why: app.page.why

    objectName: "WhySheet"
    anchors.centerIn: Overlay.overlay
    width: Math.min(Overlay.overlay ? Overlay.overlay.width - 2 * Theme.padding : 360, 420)
    padding: Theme.padding
    modal: true
    focus: true
    onAboutToShow: app.explain()

    background: Rectangle {
        radius: 16
        color: Theme.paper
        border.color: Theme.line
    }

    component Words: Text {
        Layout.fillWidth: true
        textFormat: Text.PlainText
        font.pixelSize: Theme.fine
        color: Theme.soft
        wrapMode: Text.Wrap
        Accessible.role: Accessible.StaticText
        Accessible.name: text
    }

    contentItem: ColumnLayout {
        spacing: Theme.gap

        Words {
            text: sheet.app.words.why
            font { pixelSize: Theme.large; weight: Font.DemiBold }
            color: Theme.ink
        }

        Words {
            objectName: "Reasons"
            text: sheet.why.text ?? ""
            font.pixelSize: Theme.body
            color: Theme.ink
            maximumLineCount: 8
            elide: Text.ElideRight
        }

        Repeater {
            model: sheet.why.labels ?? []

            RowLayout {
                id: row

                required property var modelData

                objectName: "ReasonLabel"
                spacing: Theme.gap
                Accessible.role: Accessible.StaticText
                Accessible.name: row.modelData.name + " " + row.modelData.percent

                Words {
                    Layout.preferredWidth: 1
                    text: row.modelData.name
                    wrapMode: Text.NoWrap
                    elide: Text.ElideRight
                    Accessible.ignored: true
                }

                Rectangle {
                    Layout.fillWidth: true
                    Layout.preferredWidth: 1
                    implicitHeight: 8
                    radius: 4
                    color: Theme.line

                    Rectangle {
                        width: Math.min(Math.max(row.modelData.share, 0), 1) * parent.width
                        height: parent.height
                        radius: 4
                        color: Theme.accent
                    }

                    Rectangle {
                        objectName: "Needed"
                        visible: sheet.why.threshold > 0
                        x: (sheet.why.threshold ?? 0) * parent.width
                        width: 2
                        height: parent.height
                        color: Theme.ink
                    }
                }

                Words {
                    Layout.fillWidth: false
                    Layout.preferredWidth: 48
                    text: row.modelData.percent
                    horizontalAlignment: Text.AlignRight
                    Accessible.ignored: true
                }
            }
        }

        Words { text: sheet.app.words.why_more }

        TextEdit {
            objectName: "Command"
            Layout.fillWidth: true
            text: sheet.why.command ?? ""
            textFormat: TextEdit.PlainText
            font { family: "monospace"; pixelSize: Theme.fine }
            color: Theme.ink
            wrapMode: TextEdit.WrapAnywhere
            readOnly: true
            selectByMouse: true
            Accessible.name: text
        }

        RowLayout {
            spacing: Theme.gap

            ActionButton {
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                text: sheet.app.words.close
                onClicked: sheet.close()
            }

            ActionButton {
                objectName: "CopyCommand"
                Layout.fillWidth: true
                Layout.preferredWidth: 1
                solid: true
                text: sheet.app.words.copy_command
                onClicked: sheet.app.copyCommand(sheet.why.command)
            }
        }
    }
}
