// The one page of the app. Elements and handlers are called as in the Xamarin app's MainPage.xaml and stand in the
// same order: Img, ElegirImage, TomarFoto, Clasificar, ResponseLabel, Accuracy.
import QtCore
import QtQuick
import QtQuick.Controls.Basic
import QtQuick.Dialogs
import QtQuick.Layouts

ApplicationWindow {
    id: mainPage

    required property var app
    readonly property var page: app.page
    readonly property var words: app.words

    title: words.title
    width: 420
    height: Math.min(840, Screen.desktopAvailableHeight * 0.92)
    minimumWidth: 320
    minimumHeight: 540
    visible: true
    color: Theme.wall

    function elegirImage() { chooser.open(); }
    function tomarFoto() { app.takePhoto(); }
    function clasificar() { page.phase === "busy" ? app.cancel() : app.classify(); }

    Connections {
        target: mainPage.app
        function onToast(said: string) { toast.show(said); }
    }

    Shortcut { sequences: [StandardKey.Open]; onActivated: mainPage.elegirImage() }
    Shortcut { sequence: "Ctrl+T"; onActivated: mainPage.tomarFoto() }
    Shortcut { sequence: "Ctrl+Return"; enabled: mainPage.page.canClassify; onActivated: mainPage.clasificar() }
    Shortcut { sequences: [StandardKey.Cancel]; onActivated: mainPage.app.cancel() }

    FileDialog {
        id: chooser
        objectName: "ImageDialog"
        title: mainPage.words.choose_image
        nameFilters: [
            mainPage.words.pictures + " (" + mainPage.app.pictureNames + ")",
            mainPage.words.all_files + " (*)"
        ]
        currentFolder: StandardPaths.writableLocation(StandardPaths.PicturesLocation)
        onAccepted: mainPage.app.chooseImage(selectedFile)
        onVisibleChanged: if (!visible) mainPage.requestActivate()
    }

    DropArea {
        id: drop
        anchors.fill: parent
        keys: ["text/uri-list"]
        onDropped: event => { if (event.hasUrls) mainPage.app.chooseImage(event.urls[0]); }
    }

    // One stack; where there is more width than height, the picture stands beside the rest of it.
    GridLayout {
        id: stackLayout
        objectName: "StackLayout"
        readonly property bool wide: mainPage.width > 1.2 * mainPage.height
        anchors { fill: parent; margins: Theme.padding; topMargin: Theme.gap }
        columns: wide ? 2 : 1
        rowSpacing: Theme.gap
        columnSpacing: Theme.padding

        RowLayout {
            Layout.columnSpan: stackLayout.columns
            Text {
                Layout.fillWidth: true
                text: mainPage.title
                textFormat: Text.PlainText
                font { pixelSize: Theme.large; weight: Font.Bold }
                color: Theme.ink
                Accessible.role: Accessible.Heading
                Accessible.name: text
            }

            AbstractButton {
                id: server
                objectName: "Server"
                Layout.maximumWidth: mainPage.width * 0.6
                implicitHeight: Theme.thumb
                focusPolicy: Qt.StrongFocus
                text: mainPage.page.server
                Accessible.name: mainPage.words.server_spoken.replace("{server}", text)
                onClicked: sheet.open()
                Keys.onReturnPressed: click()
                contentItem: Text {
                    text: server.text
                    textFormat: Text.PlainText
                    font { pixelSize: Theme.fine; underline: true }
                    color: server.visualFocus ? Theme.accent : Theme.soft
                    horizontalAlignment: Text.AlignRight
                    verticalAlignment: Text.AlignVCenter
                    elide: Text.ElideMiddle
                }
            }
        }

        PictureCanvas {
            objectName: "Img"
            Layout.fillWidth: true
            Layout.fillHeight: true
            Layout.minimumHeight: 100
            Layout.rowSpan: stackLayout.wide ? 4 : 1
            page: mainPage.page
            words: mainPage.words
            dropping: drop.containsDrag
            onActivated: mainPage.elegirImage()
            onMarked: (left, top, right, bottom) => mainPage.app.lookAt(left, top, right, bottom)
            onWholeWanted: mainPage.clasificar()
        }

        ActionButton {
            objectName: "ElegirImage"
            Layout.fillWidth: true
            Layout.maximumWidth: stackLayout.wide ? 400 : -1
            text: mainPage.words.choose_image
            enabled: mainPage.page.phase !== "busy"
            onClicked: mainPage.elegirImage()
        }

        ActionButton {
            objectName: "TomarFoto"
            Layout.fillWidth: true
            Layout.maximumWidth: stackLayout.wide ? 400 : -1
            text: mainPage.words.take_photo
            enabled: mainPage.page.phase !== "busy"
            onClicked: mainPage.tomarFoto()
        }

        ActionButton {
            objectName: "Clasificar"
            Layout.fillWidth: true
            Layout.maximumWidth: stackLayout.wide ? 400 : -1
            solid: true
            text: mainPage.page.phase === "busy" ? mainPage.words.cancel : mainPage.words.classify
            enabled: mainPage.page.canClassify || mainPage.page.phase === "busy"
            onClicked: mainPage.clasificar()
        }

        // As high as most answers from the first picture on, so that no button moves under the thumb.
        ColumnLayout {
            Layout.fillWidth: true
            Layout.fillHeight: stackLayout.wide
            Layout.maximumWidth: stackLayout.wide ? 400 : -1
            Layout.minimumHeight: mainPage.page.photo ? 160 : 0
            spacing: Theme.gap

            RowLayout {
                spacing: Theme.gap
                visible: responseLabel.text !== ""

                Text {
                    id: responseLabel
                    objectName: "ResponseLabel"
                    Layout.fillWidth: true
                    text: mainPage.page.verdict
                    textFormat: Text.PlainText
                    font { pixelSize: Theme.large; weight: Font.DemiBold }
                    color: mainPage.page.failed ? Theme.accent : Theme.ink
                    wrapMode: Text.Wrap
                    maximumLineCount: 2
                    elide: Text.ElideRight
                    Accessible.role: Accessible.StaticText
                    Accessible.name: text
                }

                AbstractButton {
                    id: why
                    objectName: "Why"
                    implicitHeight: Theme.thumb
                    focusPolicy: Qt.StrongFocus
                    visible: Boolean(mainPage.page.why.command)
                    text: mainPage.words.why
                    Accessible.name: text
                    onClicked: whySheet.open()
                    Keys.onReturnPressed: click()
                    contentItem: Text {
                        text: why.text
                        textFormat: Text.PlainText
                        font { pixelSize: Theme.fine; underline: true }
                        color: why.visualFocus ? Theme.accent : Theme.soft
                        verticalAlignment: Text.AlignVCenter
                    }
                }
            }

            AccuracyBar {
                objectName: "Accuracy"
                Layout.fillWidth: true
                visible: mainPage.page.phase === "answered"
                value: mainPage.page.probability
                spoken: mainPage.page.spokenProbability
            }

            Text {
                objectName: "Detail"
                Layout.fillWidth: true
                text: [mainPage.page.detail, mainPage.page.work].filter(Boolean).join("\n")
                textFormat: Text.PlainText
                font.pixelSize: Theme.fine
                color: Theme.soft
                wrapMode: Text.Wrap
                maximumLineCount: 4
                elide: Text.ElideRight
                visible: text !== ""
                Accessible.role: Accessible.StaticText
                Accessible.name: text
            }

            PaletteStrip {
                objectName: "Palette"
                Layout.fillWidth: true
                visible: colors.length > 0
                colors: mainPage.page.colors
                onCopied: hex => mainPage.app.copy(hex)
                Accessible.role: Accessible.List
                Accessible.name: mainPage.words.palette
            }

            Item { Layout.fillHeight: true }
        }
    }

    CameraPage {
        objectName: "CameraPage"
        anchors.fill: parent
        app: mainPage.app
    }

    Toast {
        id: toast
        objectName: "Toast"
        anchors { horizontalCenter: parent.horizontalCenter; top: parent.top; topMargin: stackLayout.y + Theme.thumb + Theme.gap }
    }

    ServerSheet {
        id: sheet
        app: mainPage.app
    }

    WhySheet {
        id: whySheet
        app: mainPage.app
    }
}
