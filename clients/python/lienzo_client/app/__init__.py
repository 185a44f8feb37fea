"""`lienzo-app`: the reference app, a window that shows what an app does with a gateway.

`view_model.py` decides and `page.py` puts it into words, both without any toolkit; `window.py` and `qml/`
show it with Qt. Needs `lienzo-client[app]`.
"""
