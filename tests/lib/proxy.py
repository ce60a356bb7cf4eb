#!/usr/bin/env python3
"""A way to a server, for tests: a relay of connections, or an HTTP proxy.

    proxy.py READY-FILE LOG-FILE HOST [TARGET-PORT]

Listens on HOST (127.0.0.1, ::1); READY-FILE gets the port. With TARGET-PORT it
relays to that port of 127.0.0.1. Without, it is a proxy that wants the user
and password of PROXY_AUTH, knows CONNECT and http:// URLs, and notes each
request line in LOG-FILE, with 407 where the password was another.

A relay takes all that a client sends at once, and passes on RELAY_RATE bytes a
second of a connection, if that is set: a slow line behind a modem. It forgets
a connection on which nothing was sent for RELAY_FORGETS seconds, without a
word to either side, as routers do, and notes that in LOG-FILE.
"""
import base64
import os
import queue
import socket
import sys
import threading
import time
import urllib.parse

READY, LOG, HOST = sys.argv[1:4]
TARGET = int(sys.argv[4]) if len(sys.argv) > 4 else None
WANTED = 'Basic ' + base64.b64encode(os.environ.get('PROXY_AUTH', '').encode()).decode()


RATE = int(os.environ.get('RELAY_RATE', 0))
FORGETS = float(os.environ.get('RELAY_FORGETS', 0))


def pass_on(pieces, sink):
    """Sends what is queued, at the rate; None ends it."""
    try:
        while data := pieces.get():
            sink.sendall(data)
            if RATE:
                time.sleep(len(data) / RATE)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def relay(client, server):
    """From the client to the server, through as much memory as it takes."""
    pieces = queue.SimpleQueue()
    threading.Thread(target=pass_on, args=(pieces, server), daemon=True).start()
    last = time.monotonic()
    try:
        while data := client.recv(1 << 14):
            if FORGETS and time.monotonic() - last > FORGETS:
                with open(LOG, 'a', encoding='utf-8') as f:
                    f.write('forgotten\n')
                while client.recv(1 << 14):
                    pass
                break
            last = time.monotonic()
            pieces.put(data)
    except OSError:
        pass
    pieces.put(None)


def pump(source, sink):
    try:
        while data := source.recv(1 << 16):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def join(one, other):
    thread = threading.Thread(target=pump, args=(other, one), daemon=True)
    thread.start()
    pump(one, other)
    thread.join()


def head_of(client):
    head = b''
    while b'\r\n\r\n' not in head:
        data = client.recv(1 << 16)
        if not data:
            return None, b''
        head += data
    head, _, rest = head.partition(b'\r\n\r\n')
    return head.decode('latin-1').split('\r\n'), rest


def proxy(client):
    """One request; then the connection belongs to it."""
    lines, rest = head_of(client)
    if not lines:
        return
    method, url, version = lines[0].split(' ')
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(':') for line in lines[1:])}
    known = headers.get('proxy-authorization') == WANTED
    with open(LOG, 'a', encoding='utf-8') as f:
        f.write(f'{method} {url} {200 if known else 407}\n')
    if not known:
        client.sendall(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n'
                       b'Content-Length: 0\r\nConnection: close\r\n\r\n')
        return
    if method == 'CONNECT':
        host, _, port = url.rpartition(':')
    else:
        parts = urllib.parse.urlsplit(url)
        host, port = parts.hostname, parts.port or 80
    server = socket.create_connection((host.strip('[]'), int(port)))
    if method == 'CONNECT':
        client.sendall(b'HTTP/1.1 200 Connection established\r\n\r\n')
    else:
        kept = [line for line in lines[1:] if not line.lower().startswith(('proxy-', 'connection:'))]
        path = url.split('//', 1)[1].partition('/')[2]
        head = '\r\n'.join([f'{method} /{path} {version}', *kept, 'Connection: close', '', ''])
        server.sendall(head.encode('latin-1') + rest)
    join(client, server)
    server.close()


def serve(client):
    with client:
        if TARGET is None:
            proxy(client)
        else:
            with socket.create_connection(('127.0.0.1', TARGET)) as server:
                back = threading.Thread(target=pump, args=(server, client), daemon=True)
                back.start()
                relay(client, server)
                back.join()


listener = socket.create_server((HOST, 0), family=socket.AF_INET6 if ':' in HOST else socket.AF_INET)
with open(READY + '.new', 'w', encoding='utf-8') as f:
    f.write(str(listener.getsockname()[1]))
os.rename(READY + '.new', READY)
while True:
    threading.Thread(target=serve, args=(listener.accept()[0],), daemon=True).start()
