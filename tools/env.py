"""Make .venv from the locked requirements: with the standard library alone, on a machine that has only python3.

    python3 tools/env.py

uv does the work. It comes from PATH, else by pip, else (Debian's python3 has no pip) straight from the configured
package index as a wheel whose hash is in requirements/dev.txt. A stamp of the lock's hash makes the second run free.
"""

import hashlib
import html.parser
import os
import re
import shutil
import subprocess
import sys
import urllib.parse
import urllib.request
import zipfile
from configparser import ConfigParser, Error
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
TOOLS = ROOT / ".tools"
LOCK = ROOT / "requirements" / "dev.txt"
STAMP = VENV / ".headgate-stamp"
OLDEST = (3, 11)
PUBLIC_INDEX = "https://pypi.org/simple"


def main() -> int:
    if sys.version_info < OLDEST:
        print(f"python3 is {sys.version.split()[0]}; Headgate needs 3.11 or newer", file=sys.stderr)
        return 1
    wanted = stamp()
    if STAMP.exists() and STAMP.read_text() == wanted:
        return 0
    print("headgate: installing into .venv (once; a minute on a fresh machine)", file=sys.stderr, flush=True)
    uv = find_uv()
    run(uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(VENV))
    python = str(VENV / "bin" / "python")
    install = (uv, "pip", "install", "--quiet", "--python", python)
    run(*install, "--require-hashes", "--compile-bytecode", "-r", str(LOCK))
    run(*install, "--no-deps", "--no-build-isolation", "--editable", str(ROOT))
    STAMP.write_text(wanted)
    return 0


def stamp() -> str:
    """Changes when the lock, the package's metadata or the interpreter does."""
    digest = hashlib.sha256(LOCK.read_bytes() + (ROOT / "pyproject.toml").read_bytes())
    return f"{digest.hexdigest()} {sys.version_info.major}.{sys.version_info.minor} {ROOT}"


def run(*command: str) -> None:
    # Company networks and mirrors have certificate authorities of their own; the machine's store knows them.
    environment = {"UV_SYSTEM_CERTS": "true", **os.environ}
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        raise SystemExit(f"headgate: this failed with exit code {done.returncode}: {' '.join(command)}")


def find_uv() -> str:
    """The uv to use: on PATH, fetched before, by pip, or as a wheel from the index."""
    local = TOOLS / "bin" / "uv"
    for candidate in (shutil.which("uv"), str(local)):
        if candidate and os.access(candidate, os.X_OK):
            return candidate
    version, hashes = pinned_uv()
    TOOLS.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(TOOLS)]
    pip = subprocess.run([*command, f"uv=={version}"], check=False, capture_output=True)
    if pip.returncode or not local.exists():
        fetch_uv(version, hashes, local)
    return str(local)


def pinned_uv() -> tuple[str, set[str]]:
    """uv's version and hashes as the lock has them."""
    text = LOCK.read_text()
    block = re.search(r"^uv==(\S+)[^\n]*\n((?:\s+--hash=sha256:[0-9a-f]{64}[^\n]*\n?)+)", text, re.MULTILINE)
    if not block:
        raise SystemExit("headgate: requirements/dev.txt does not pin uv; restore it from version control")
    return block[1], set(re.findall(r"sha256:([0-9a-f]{64})", block[2]))


def fetch_uv(version: str, hashes: set[str], target: Path) -> None:
    """Download uv's wheel for this machine and take the one binary out of it."""
    index = configured_index()
    link = wheel_link(index, version)
    content = open_url(link)
    found = hashlib.sha256(content).hexdigest()
    if found not in hashes:
        raise SystemExit(
            f"headgate: {link.rsplit('/', 1)[-1]} has the hash {found}, which requirements/dev.txt does not list"
        )
    wheel = TOOLS / "uv.whl"
    wheel.write_bytes(content)
    with zipfile.ZipFile(wheel) as archive:
        binary = next(name for name in archive.namelist() if name.endswith("/scripts/uv"))
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(archive.read(binary))
    target.chmod(0o755)
    wheel.unlink()


def configured_index() -> str:
    """The simple index that pip or uv would use: environment, then configuration files, then the public one."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "PIP_INDEX_URL"):
        if os.environ.get(name):
            return os.environ[name]
    home = Path.home()
    for file in (home / ".config/pip/pip.conf", home / ".pip/pip.conf", Path("/etc/pip.conf")):
        parser = ConfigParser(interpolation=None)
        try:
            parser.read(file)
        except (Error, OSError, UnicodeDecodeError):
            continue
        if parser.has_option("global", "index-url"):
            return parser.get("global", "index-url")
    return PUBLIC_INDEX


class Links(html.parser.HTMLParser):
    """The hrefs of a simple-index page (PEP 503)."""

    def __init__(self) -> None:
        super().__init__()
        self.hrefs: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.hrefs += [value for name, value in attrs if tag == "a" and name == "href" and value]


def wheel_link(index: str, version: str) -> str:
    """The address of uv's wheel for this platform."""
    page = f"{index.rstrip('/')}/uv/"
    links = Links()
    links.feed(open_url(page).decode())
    machine = {"arm64": "aarch64", "AMD64": "x86_64"}.get(os.uname().machine, os.uname().machine)
    system = "macosx" if sys.platform == "darwin" else "manylinux"
    machine = "arm64" if (system, machine) == ("macosx", "aarch64") else machine
    for href in links.hrefs:
        name = urllib.parse.unquote(urllib.parse.urlsplit(href).path.rsplit("/", 1)[-1])
        if name.startswith(f"uv-{version}-") and system in name and name.endswith(f"{machine}.whl"):
            return urllib.parse.urljoin(page, href)
    raise SystemExit(
        f"headgate: the package index has no wheel of uv {version} for {system} {machine}; install uv, then try again"
    )


def open_url(url: str) -> bytes:
    if not url.startswith(("https://", "http://", "file://")):
        raise SystemExit(f"headgate: the package index has the address {url!r}; https is needed")
    with urllib.request.urlopen(url, timeout=60) as answer:  # noqa: S310 - checked above
        content: bytes = answer.read()
    return content


if __name__ == "__main__":
    sys.exit(main())
