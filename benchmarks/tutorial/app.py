"""The tutorial's Flask application: `python -m benchmarks.tutorial.app FOLDER` trains and serves.

Prints `listening on PORT` once it answers.
"""

from __future__ import annotations

from pathlib import Path

from flask import Flask, Response, jsonify, request
from werkzeug.serving import make_server

from benchmarks.command_line import new_parser
from benchmarks.tutorial.procedure import TutorialModel, fit


def make_app(model: TutorialModel) -> Flask:
    """One path: a form with a file in, the label as a JSON string out."""
    app = Flask(__name__)

    @app.post("/predict")
    def predict() -> Response:
        return jsonify(model.predict(request.files["file"].read()))

    return app


def main() -> None:
    parser = new_parser(__doc__)
    parser.add_argument("folder", type=Path, help="of pictures, a folder of its own for each label")
    pictures = sorted(parser.parse_args().folder.glob("*/*"))
    model = fit(pictures, [path.parent.name for path in pictures], seed=0)
    server = make_server("127.0.0.1", 0, make_app(model), threaded=True)
    print(f"listening on {server.server_port}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
