"""Many keep-alive connections from one thread over epoll, for the loads that wrk does not make: an open loop, and a loop
that remembers every answer. The thread never sleeps: it has the load generator's core for itself."""

import select
import socket
import sys

HEAD_END = b"\r\n\r\n"


class Connection:
    """One connection with at most one question under way."""

    __slots__ = ("socket", "received", "missing", "due")

    def __init__(self, address):
        self.socket = socket.create_connection(address, timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.setblocking(False)
        self.received, self.missing, self.due = b"", 0, 0.0

    def read(self):
        """The head of an answer that is complete now, `None` while it is not. Raises `EOFError` at its end."""
        try:
            part = self.socket.recv(65536)
        except BlockingIOError:
            return None
        except ConnectionError:
            part = b""
        return self.take(part)

    def take(self, part):
        """The same for a part that was read already."""
        if not part:
            raise EOFError
        if self.missing:
            self.missing -= len(part)
        else:
            self.received += part
            end = self.received.find(HEAD_END)
            if end < 0:
                return None
            self.missing = end + 4 + content_length(self.received) - len(self.received)
        if self.missing:
            return None
        head, self.received = self.received, b""
        return head


def content_length(head):
    at = head.lower().find(b"content-length: ")
    if at < 0:
        sys.exit("an answer without content-length")
    return int(head[at + 16:head.index(b"\r\n", at)])


class Pool:
    """The connections, and which of them have something to read."""

    def __init__(self, origin, count):
        host, port = origin.removeprefix("http://").rsplit(":", 1)
        self.host = f"{host}:{port}"
        self.epoll = select.epoll()
        self.by_number = {}
        for _ in range(count):
            connection = Connection((host, int(port)))
            self.by_number[connection.socket.fileno()] = connection
            self.epoll.register(connection.socket.fileno(), select.EPOLLIN)

    def question(self, path, body, key):
        head = (f"POST {path} HTTP/1.1\r\nHost: {self.host}\r\nAuthorization: Bearer {key}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body.encode())}\r\n\r\n")
        return (head + body).encode()

    def readable(self, timeout):
        return [self.by_number[number] for number, _ in self.epoll.poll(timeout, 512)]

    def drop(self, connection):
        """Of a connection that has ended."""
        number = connection.socket.fileno()
        self.epoll.unregister(number)
        del self.by_number[number]
        connection.socket.close()

    def close(self):
        for connection in list(self.by_number.values()):
            self.drop(connection)
        self.epoll.close()
