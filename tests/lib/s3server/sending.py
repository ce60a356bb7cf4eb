"""Sending an answer, well or as a fault rule wants it."""

import itertools
import os
import select
import socket
import struct
import time

import xmltext
from answer import REASONS, http_time
from errors import ClientGone
from objects import pieces_of, read_stored

# What an answer's bytes are sent by themselves for, in small pieces.
SLOW = {"reset", "stall", "drip", "short", "long", "wrong_length",
        "flip_bit", "endless", "spaces", "garbage"}
DECLARATION = xmltext.DECLARATION.encode()
FILLER = b"<Filler>and so on</Filler>" * 40


class Reset(ClientGone):
    """The server has cut the connection, on purpose."""


def reset(connection):
    """Cuts a connection by a RST, which closing sends after this."""
    connection.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER,
                               struct.pack("ii", 1, 0))
    raise Reset


def wait(connection, seconds):
    """Does nothing for a time, or until the client has gone."""
    poller = select.poll()
    poller.register(connection.sock, select.POLLRDHUP)
    if poller.poll(min(seconds, 1e6) * 1000):
        raise ClientGone


def linger(connection, seconds=2):
    """Ends the sending side and reads on for a while: closing with unread
    bytes would cut the connection before the client has read the answer."""
    sock = connection.sock
    if not connection.tls:
        sock.shutdown(socket.SHUT_WR)
    sock.settimeout(seconds)
    limit = time.monotonic() + seconds
    while time.monotonic() < limit and sock.recv(1 << 16):
        pass


def head_of(exchange, answer):
    """The status line and header fields, as bytes."""
    action = exchange.request.action
    reason = REASONS.get(answer.status, "Unknown")
    lines = [f"HTTP/1.1 {answer.status} {reason}", "Server: s3server",
             f"Date: {http_time(exchange.now())}"]
    if not action.get("foreign"):
        lines += [f"x-amz-request-id: {exchange.id}", "x-amz-id-2: s3server"]
    lines += [f"{name}: {value}" for name, value in answer.headers]
    for number in range(action.get("big_headers", 0) // 1000):
        lines.append(f"x-filler-{number:06}: " + "x" * 983)
    if is_chunked(exchange.request):
        lines.append("Transfer-Encoding: chunked")
    elif has_length(exchange.request, answer):
        length = answer.length + action.get("wrong_length", 0)
        lines.append(f"Content-Length: {max(0, length)}")
    if exchange.close:
        lines.append("Connection: close")
    return "\r\n".join(lines + ["", ""]).encode("latin-1", "replace")


def has_length(request, answer):
    """A 204, a 304 and the answer to a failed HEAD have no length."""
    if answer.status in (204, 304):
        return False
    return request.method != "HEAD" or answer.status < 300


def is_chunked(request):
    """Whether the answer is of a length not known when it begins."""
    return "spaces" in request.action or endless_body(request)


def endless_body(request):
    """Of a listing only where that is said: else it is page after page."""
    endless = request.action.get("endless")
    return endless == "body" or bool(endless) and "List" not in request.op


def send(exchange, answer):
    """Sends an answer as its request's action wants it."""
    action = exchange.request.action
    if {"short", "wrong_length"} & action.keys() or \
            action.get("keep_alive") is False:
        exchange.close = True
    if SLOW & action.keys():
        send_slowly(exchange, answer)
    else:
        send_quickly(exchange, answer)


def has_body(exchange, answer):
    """Whether any body is to be sent."""
    return exchange.request.method != "HEAD" and answer.status not in (
        204, 304)


def send_quickly(exchange, answer):
    """Sends an answer as it is."""
    sock = exchange.connection.sock
    head = head_of(exchange, answer)
    if not has_body(exchange, answer):
        sock.sendall(head)
    elif answer.stored is None:
        sock.sendall(head + answer.body)
    else:
        sock.sendall(head)
        send_stored(exchange.connection, answer)


def send_stored(connection, answer):
    """Sends a range of an object from its files, by the kernel where the
    connection is plain."""
    if connection.tls:
        for piece in read_stored(answer.stored, answer.start, answer.length):
            connection.sock.sendall(piece)
        return
    out = connection.sock.fileno()
    for path, offset, count in pieces_of(answer.stored, answer.start,
                                         answer.length):
        with open(path, "rb") as file:
            while count > 0:
                sent = os.sendfile(out, file.fileno(), offset, count)
                offset, count = offset + sent, count - sent


def send_slowly(exchange, answer):
    """Sends an answer piece by piece, with what is to go wrong."""
    request, connection = exchange.request, exchange.connection
    action, sock = request.action, exchange.connection.sock
    if action.get("garbage") == "head":
        sock.sendall(os.urandom(500) + b"\r\n\r\n")
        exchange.close = True
        return
    if "stall" in action and action.get("at", "headers") == "headers":
        wait(connection, action["stall"])
    sock.sendall(head_of(exchange, answer))
    if not has_body(exchange, answer):
        sock.sendall(b"x" * action.get("long", 0))
        return
    if action.get("at") == "body":
        wait(connection, action["stall"])
    chunked = is_chunked(request)
    for piece in filter(None, body_pieces(exchange, answer)):
        sock.sendall(b"%x\r\n%b\r\n" % (len(piece), piece) if chunked
                     else piece)
    if chunked:
        sock.sendall(b"0\r\n\r\n")


def body_pieces(exchange, answer):
    """The body's bytes as a chain of generators, one for each fault."""
    action, connection = exchange.request.action, exchange.connection
    if answer.stored is None:
        pieces = iter([answer.body])
    else:
        pieces = read_stored(answer.stored, answer.start, answer.length)
    if "flip_bit" in action:
        pieces = flip(pieces, action["flip_bit"] % max(1, answer.length))
    if "short" in action:
        pieces = cut(pieces, answer.length - action["short"])
    if "long" in action:
        pieces = itertools.chain(pieces, [b"x" * action["long"]])
    if endless_body(exchange.request):
        pieces = endless(pieces, answer)
    if "spaces" in action and answer.stored is None:
        pieces = iter([answer.body.removeprefix(DECLARATION)])
        pieces = itertools.chain(spaces(connection, action["spaces"]), pieces)
    half = answer.length // 2
    if action.get("at") == "mid":
        pieces = at_offset(pieces, half,
                           lambda: wait(connection, action["stall"]))
    if action.get("reset") == "during":
        pieces = at_offset(pieces, half, lambda: reset_late(connection))
    if "drip" in action:
        pieces = drip(pieces, connection, action["drip"])
    return pieces


def reset_late(connection):
    """Cuts the connection once the client had time to read what was sent,
    which a RST would throw away."""
    wait(connection, 0.1)
    reset(connection)


def flip(pieces, offset):
    """Turns the lowest bit of one byte."""
    for piece in pieces:
        if 0 <= offset < len(piece):
            piece = bytearray(piece)
            piece[offset] ^= 1
        offset -= len(piece)
        yield bytes(piece)


def cut(pieces, length):
    """The first bytes only."""
    for piece in pieces:
        if length <= 0:
            return
        yield piece[:length]
        length -= len(piece)


def at_offset(pieces, offset, act):
    """Calls a function between two bytes."""
    for piece in pieces:
        if 0 <= offset < len(piece):
            if offset > 0:
                yield piece[:offset]
            act()
            piece, offset = piece[offset:], -1
        else:
            offset -= len(piece)
        yield piece


def drip(pieces, connection, rate):
    """At most so many bytes a second, in tenths of a second."""
    step = max(1, int(rate / 10))
    for piece in pieces:
        for start in range(0, len(piece), step):
            yield piece[start:start + step]
            wait(connection, step / rate)


def endless(pieces, answer):
    """The body without its end, and then more and more."""
    for piece in pieces:
        end = piece.rfind(b"</") if answer.stored is None else -1
        yield piece[:end] if end > 0 else piece
    yield from itertools.repeat(FILLER)


def spaces(connection, seconds):
    """What AWS sends while a Complete takes long: an XML declaration and
    then spaces. The document's own declaration then follows, too late to be
    one, and must have been taken off."""
    yield DECLARATION
    limit = time.monotonic() + seconds
    while time.monotonic() < limit:
        wait(connection, 0.2)
        yield b" "
