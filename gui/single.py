"""One window for each user and home: a second start raises the first and ends."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

WAIT_MS = 500
RAISE = b"raise\n"


class OneWindow(QObject):
    """``raised``: somebody started the program again. ``first`` says whether this is the only one."""

    raised = Signal()

    def __init__(self, home: Path) -> None:
        super().__init__()
        self._server = QLocalServer(self)
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._called)
        self._name = name_of(home)
        self.first = not self._call() and self._listen()

    def close(self) -> None:
        self._server.close()

    def _call(self) -> bool:
        """Whether another window answered."""
        socket = QLocalSocket()
        socket.connectToServer(self._name)
        if not socket.waitForConnected(WAIT_MS):
            return False
        socket.write(RAISE)
        socket.waitForBytesWritten(WAIT_MS)
        socket.disconnectFromServer()
        return True

    def _listen(self) -> bool:
        if self._server.listen(self._name):
            return True
        QLocalServer.removeServer(self._name)  # left behind by a crash: nobody answered
        self._server.listen(self._name)
        return True

    def _called(self) -> None:
        while (socket := self._server.nextPendingConnection()) is not None:
            socket.disconnected.connect(socket.deleteLater)
            self.raised.emit()


def name_of(home: Path) -> str:
    """The same for every start with this home by this user."""
    who = f"{os.environ.get('USERNAME', os.environ.get('USER', ''))}|{home}"
    return f"lusha-enrich-{hashlib.sha256(who.encode()).hexdigest()[:16]}"
