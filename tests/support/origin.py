"""An origin of its own, for pages that call the gateway across origins."""

import http.server
import threading


class _EmptyPage(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:  # the name is http.server's
        page = b"<!doctype html><title>A page</title>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", str(len(page)))
        self.end_headers()
        self.wfile.write(page)

    def log_message(self, *_arguments: object) -> None:
        pass


class Origin:
    """Serves an empty page at every path of `url`."""

    def __init__(self) -> None:
        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _EmptyPage)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
