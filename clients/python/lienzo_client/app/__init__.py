"""`lienzo-app`: the reference app, a window that shows how an app uses a gateway.

`view_model.py` holds the logic and `page.py` the texts, both independent of a GUI toolkit; `window.py` and
`qml/` display them with Qt. Needs `lienzo-client[app]`.
"""
