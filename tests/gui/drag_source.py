"""Another program that offers a file to drag: python drag_source.py FILE."""

from __future__ import annotations

import sys

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel


class Source(QLabel):
    def mouseMoveEvent(self, _event: QMouseEvent) -> None:
        drag, mime = QDrag(self), QMimeData()
        mime.setUrls([QUrl.fromLocalFile(sys.argv[1])])
        drag.setMimeData(mime)
        print("drag begins", flush=True)
        print("drag result:", drag.exec(Qt.DropAction.CopyAction), flush=True)


if __name__ == "__main__":
    app = QApplication([])
    source = Source("drag me")
    source.setWindowTitle("dragsource")
    source.setGeometry(4, 780, 160, 80)
    source.show()
    app.exec()
