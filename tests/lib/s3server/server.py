"""The server: a socket on loopback, a thread for each connection."""

import os
import select
import socket
import threading
import time

from control import Log, answer_control
from errors import ClientGone, S3Error
from exchange import Exchange
from faults import Faults
from request import read_request

ACCEPT_PAUSE = 0.25


class Connection:
    """One client's connection, served until either side ends it."""

    def __init__(self, server, sock, number):
        self.server = server
        self.sock = sock
        self.number = number
        self.tls = server.tls is not None
        self.stream = None

    def run(self):
        """Serves requests one after the other."""
        try:
            self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if self.tls:
                self.sock = self.server.tls.wrap_socket(self.sock,
                                                        server_side=True)
            self.stream = self.sock.makefile("rb", buffering=1 << 16)
            while self.serve_one():
                pass
        except (ClientGone, OSError):
            pass
        finally:
            self.close()

    def serve_one(self):
        """Answers the next request; False when there will be no other."""
        try:
            request = read_request(self.stream)
        except S3Error as error:
            self.server.log.malformed(self, error)
            self.sock.sendall(
                f"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n"
                f"Content-Length: {len(error.message)}\r\n\r\n"
                f"{error.message}".encode())
            return False
        if request is None:
            return False
        if request.raw_path.startswith("/_test/"):
            return answer_control(self.server, self, request)
        return Exchange(self.server, self, request).run()

    def cut(self):
        """Ends the connection under whoever waits for it."""
        try:
            self.sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass

    def close(self):
        """Ends the connection and forgets it."""
        try:
            if self.stream is not None:
                self.stream.close()
            self.sock.close()
        except OSError:
            pass
        with self.server.lock:
            self.server.open.pop(self.number, None)


class Server:
    """What all connections share, and the loop that accepts them."""

    def __init__(self, store, credentials, options):
        self.store = store
        self.credentials = credentials
        self.domains = options.domain
        self.min_part = options.min_part
        self.max_parts = options.max_parts
        self.parent = options.parent_pid
        self.log = Log(options.log)
        self.faults = Faults()
        self.lock = threading.Lock()
        self.tls = None
        self.open = {}
        self.back = None
        self.accepted = 0
        self.listener = socket.create_server(
            ("127.0.0.1", options.port), backlog=512, reuse_port=True)

    def use_tls(self, certificate, key):
        """Speaks https from now on."""
        import ssl
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.tls.load_cert_chain(certificate, key)

    def url(self):
        """Where the server listens."""
        scheme = "https" if self.tls else "http"
        return f"{scheme}://127.0.0.1:{self.listener.getsockname()[1]}"

    def run(self):
        """Accepts connections until the parent is gone."""
        while self.parent is None or is_alive(self.parent):
            if self.back is not None:
                self.come_back()
                continue
            ready, _, _ = select.select([self.listener], [], [], ACCEPT_PAUSE)
            if ready:
                self.accept()

    def go_down(self, seconds):
        """Ends all connections and for a time refuses others. A socket that
        does not listen holds the port meanwhile."""
        with self.lock:
            if self.back is not None:
                return
            address = self.listener.getsockname()
            holder = socket.socket()
            holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            holder.bind(address)
            self.back = time.monotonic() + seconds, address, holder
            self.listener.shutdown(socket.SHUT_RDWR)
            for connection in self.open.values():
                connection.cut()

    def come_back(self):
        """Listens again, once it is time."""
        limit, address, holder = self.back
        time.sleep(0.02)
        if time.monotonic() < limit:
            return
        self.listener.close()
        self.listener = socket.create_server(address, backlog=512,
                                             reuse_port=True)
        holder.close()
        self.back = None

    def accept(self):
        """Starts a thread for the next connection."""
        try:
            sock, _ = self.listener.accept()
        except OSError:
            return
        with self.lock:
            self.accepted += 1
            number = self.accepted
            connection = Connection(self, sock, number)
            self.open[number] = connection
        threading.Thread(target=connection.run, daemon=True).start()


def is_alive(pid):
    """Whether the process exists, and is no orphan's foster parent."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
