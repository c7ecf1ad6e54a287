"""`transformers serve` with the study's models and checks before it; `serve_api` starts it.

In: JSON of `serve_api`: models in a cache of the hub's form, host, port, number type, seconds until
a model that is not asked is unloaded. Out: a server, until it is ended.

    python -m scripts.serve.api_transformers models.json
"""

import argparse
import logging
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from transformers import PreTrainedModel
from transformers.cli.serve import Serve
from transformers.cli.serving import model_manager, server, utils

from scripts.common.command import make_parser
from scripts.common.files import read_json
from scripts.common.orphans import die_with_parent
from scripts.infer.load import load_model, pick_dtype
from scripts.serve.addresses import find_password, is_loopback
from scripts.serve.api_folder import Laid
from scripts.serve.api_guard import Guard
from scripts.serve.api_requests import Model
from scripts.serve.model_state import check_state


def make_manager(models: dict[str, Model], dtype: str) -> type[model_manager.ModelManager]:
    """Return the server's manager of models, which loads them as the study does."""

    class Manager(model_manager.ModelManager):
        """Loads a model as `scripts.infer` does, in this number type."""

        def _load_model(self, model_id_and_revision: str, *_: Any, **__: Any) -> PreTrainedModel:
            laid = models[model_id_and_revision.partition("@")[0]].laid
            check_state(Path(laid.source), laid.weights)
            return load_model(Path(laid.folder), dtype)[0]

    return Manager


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("serve.api_transformers", __doc__)
    options.add_argument("facts", type=Path, help="JSON of serve_api")
    return options


def serve(path: Path) -> None:
    """Serve what a file of `serve_api` says, until this process is ended."""
    facts: dict[str, Any] = read_json(path)
    models = {one["name"]: Model(Laid(**one)) for one in facts["models"]}
    local, password = is_loopback(facts["host"]), find_password(facts["host"])
    build = server.build_server

    def guarded(*arguments: Any, **options: Any) -> Any:
        app = build(*arguments, **options)
        app.add_middleware(Guard, models=models, password=password, local=local)
        return app

    # `Serve` looks these up when it starts. The second would draw weights that are missing, and
    # compute by an attention that is not exact for the model. The third would look for the thoughts
    # and calls of some architectures by the names of tokens that are private here.
    server.build_server = guarded
    model_manager.ModelManager = make_manager(models, facts["dtype"])  # type: ignore[misc]
    utils.get_response_template = lambda *_: None
    # What is told is what is asked and what fails, not that the server starts.
    logging.getLogger("uvicorn.error").addFilter(lambda line: line.levelno >= logging.WARNING)
    logging.getLogger("uvicorn.access").addFilter(lambda line: "/health" not in line.getMessage())
    device = "cuda" if torch.cuda.is_available() else "cpu"
    Serve(
        device=device,
        dtype=str(pick_dtype(facts["dtype"], device)).removeprefix("torch."),
        model_timeout=facts["unload_after"],
        host=facts["host"],
        port=facts["port"],
        log_level="error",
    )


if __name__ == "__main__":
    die_with_parent()
    import_module("transformers").logging.set_verbosity_error()
    serve(parser().parse_args().facts)
