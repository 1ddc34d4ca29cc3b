"""The dbt docs site: one page that opens from disk."""

import http
import http.server
from contextlib import suppress
from pathlib import Path

from infra.orchestration.dbt_run import run_dbt_once
from infra.orchestration.paths import DBT_PROJECT, dbt_folder

ADDRESS = "127.0.0.1"
PORT = 8080


def generate_docs(database: Path, *, project: Path = DBT_PROJECT) -> Path:
    """Generate the docs of the project and of what is in the database.

    Returns:
        The page; it needs no other file.

    Raises:
        DbtFailed: dbt could not generate them.
    """
    run_dbt_once(["docs", "generate", "--static"], database=database, project=project)
    return dbt_folder(database) / "target" / "static_index.html"


class _PageHandler(http.server.BaseHTTPRequestHandler):
    """Serves one page under every path, so nothing else of the machine can be asked for."""

    page: bytes

    def do_GET(self) -> None:
        """Answer with the page."""
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(self.page)))
        self.end_headers()
        with suppress(ConnectionError):  # the browser has gone on to something else
            self.wfile.write(self.page)


def docs_server(page: Path, *, address: str = ADDRESS, port: int = PORT) -> http.server.HTTPServer:
    """A server of the page, to be run with `serve_forever`.

    Raises:
        OSError: The port is taken.
    """
    handler = type("PageHandler", (_PageHandler,), {"page": page.read_bytes()})
    return http.server.ThreadingHTTPServer((address, port), handler)
