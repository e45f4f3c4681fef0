"""Chromium and a Chinese font for the browser tests: found, or fetched from the distribution where that is
allowed."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from deploy.errors import UserError

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-cjk")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A quiet browser that speaks to nobody but the pages; give it an empty user folder of its own."""

_HOW = (
    "Install Chromium and a CJK font (Debian: apt-get install chromium fonts-noto-cjk), "
    "or set MINGDIAN_CHROMIUM."
)

Say = Callable[[str], None]


def ensure(chosen: Path | None, say: Say = print) -> Path:
    """Return a Chromium beside which a Chinese font is installed; fetch both as root on Debian.

    `chosen` is the program that the settings name. Raises `UserError` that says what to do.
    """
    found = find(chosen)
    if found is not None and has_chinese_font():
        return found
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        missing = "a Chinese font" if found else "Chromium"
        raise UserError("no_browser", f"The browser tests need {missing}. {_HOW}")
    install(say)
    found = find(chosen)
    if found is None:
        raise UserError("no_browser", f"Chromium was installed and is still not found. {_HOW}")
    return found


def find(chosen: Path | None) -> Path | None:
    """Return the program that the settings name, or the first that the PATH has."""
    if chosen is not None:
        if not os.access(chosen, os.X_OK):
            raise UserError("no_browser", f"{chosen} can't be run. Correct MINGDIAN_CHROMIUM.")
        return chosen
    paths = (shutil.which(name) for name in NAMES)
    return next((Path(path) for path in paths if path), None)


def has_chinese_font() -> bool:
    """Return whether fontconfig knows a face with the characters of the pages."""
    if shutil.which("fc-list") is None:
        return False
    listed = subprocess.run(["fc-list", ":lang=zh-cn", "family"], capture_output=True, text=True, check=False)
    return bool(listed.stdout.strip())


def install(say: Say) -> None:
    """Fetch the packages, telling each step. Raises `UserError` with the last word of what failed."""
    for words, command in (
        ("Reading the distribution's package lists", ["apt-get", "update", "-q"]),
        (
            f"Installing {' and '.join(PACKAGES)} (about 200 MB)",
            ["apt-get", "install", "-y", "-q", "--no-install-recommends", "fontconfig", *PACKAGES],
        ),
    ):
        say(f"{words} …")
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            last = (done.stderr.strip().splitlines() or ["no message"])[-1]
            raise UserError("no_browser", f"{command[0]} {command[1]} failed: {last}. {_HOW}")
