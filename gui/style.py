"""The style sheet; ``{...}`` are colour tokens and sizes. Braces of the sheet itself are doubled."""

from __future__ import annotations

SIZES = {"s11": 11, "s12": 12, "s13": 13, "s15": 15, "s22": 22, "s24": 24, "s30": 30, "s34": 34, "s38": 38}

SHEET = """
* {{ outline: 0; }}
QWidget {{ color: {text}; font-size: {s13}; }}
QMainWindow, #page, QDialog {{ background: {bg}; }}
#sidebar {{ background: {sidebar}; border-right: 1px solid {border}; }}
#brand {{ font-size: {s15}; font-weight: 600; }}
#nav {{ text-align: left; padding: 0 12px; border: 0; border-radius: 8px; min-height: {s38}; color: {text2}; font-weight: 500; background: transparent; }}
#nav[compact="true"] {{ text-align: center; padding: 0; }}
#nav:hover {{ background: {hover}; color: {text}; }}
#nav:checked {{ background: {accent_soft}; color: {accent_text}; font-weight: 600; }}
#nav[ring="true"] {{ border: 2px solid {accent}; padding: 0 10px; }}
#nav[compact="true"][ring="true"] {{ padding: 0; }}
#foot {{ text-align: left; padding: 0 8px; border: 1px solid transparent; border-radius: 8px; min-height: {s30}; color: {text3}; font-size: {s12}; font-weight: 400; background: transparent; }}
#foot:hover {{ background: {hover}; color: {text}; }}
#foot[ring="true"] {{ border: 2px solid {accent}; padding: 0 7px; }}
#h1 {{ font-size: {s22}; font-weight: 600; }}
#h2 {{ font-size: {s15}; font-weight: 600; }}
#strong {{ font-weight: 600; }}
#sub {{ color: {text3}; }}
#soft {{ color: {text2}; }}
#small {{ color: {text3}; font-size: {s12}; }}
#figure {{ font-size: {s24}; font-weight: 600; }}
#card {{ background: {surface}; border: 1px solid {border}; border-radius: 12px; }}
#practice {{ background: {exhausted_bg}; }}
#practice QLabel {{ color: {exhausted}; font-weight: 600; }}
QPushButton {{ background: {raised}; border: 1px solid {border}; border-radius: 8px; padding: 0 14px; min-height: {s34}; max-height: {s34}; font-weight: 500; color: {text}; }}
QPushButton:hover {{ background: {hover}; border-color: {edge}; }}
QPushButton:pressed {{ background: {sunken}; }}
QPushButton:default {{ border-color: {edge}; }}
QPushButton:disabled {{ color: {text3}; background: {sunken}; border-color: {border}; }}
QPushButton[kind="primary"] {{ background: {accent}; color: {on_accent}; border: 1px solid {accent}; font-weight: 600; }}
QPushButton[kind="primary"]:hover {{ background: {accent_hover}; border-color: {accent_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {accent_press}; }}
QPushButton[kind="primary"]:disabled, QPushButton[kind="danger"]:disabled {{ background: {sunken}; color: {text3}; border-color: {border}; }}
QPushButton[kind="danger"] {{ background: {invalid_bg}; color: {invalid}; border: 1px solid {invalid_bg}; font-weight: 600; }}
QPushButton[kind="ghost"], QToolButton {{ background: transparent; border: 1px solid transparent; border-radius: 8px; padding: 0 8px; min-height: {s30}; max-height: {s30}; color: {accent_text}; }}
QPushButton[kind="ghost"]:hover, QToolButton:hover {{ background: {hover}; }}
QPushButton[ring="true"] {{ border: 2px solid {accent}; padding: 0 13px; }}
QToolButton[ring="true"], QPushButton[kind="ghost"][ring="true"] {{ border: 2px solid {accent}; padding: 0 7px; }}
QPushButton[kind="primary"][ring="true"], QPushButton[kind="danger"][ring="true"] {{ border: 2px solid {text}; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
QLineEdit, QPlainTextEdit, QComboBox, QSpinBox {{ background: {surface}; border: 1px solid {edge}; border-radius: 8px; padding: 0 10px; min-height: 32px; selection-background-color: {accent}; selection-color: {on_accent}; }}
QPlainTextEdit {{ padding: 8px; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {{ background: {sunken}; border-color: {border}; color: {text3}; }}
QLineEdit:focus, QPlainTextEdit:focus, QComboBox:focus, QSpinBox:focus {{ border: 2px solid {accent}; padding: 0 9px; }}
QPlainTextEdit:focus {{ padding: 7px; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0; }}
QLineEdit QToolButton {{ min-height: 0; max-height: 100px; padding: 0; border: 0; }}
#qt_spinbox_lineedit {{ min-height: 0; border: 0; padding: 0 0 0 8px; background: transparent; }}
QComboBox::drop-down {{ border: 0; width: 26px; }}
QComboBox::down-arrow {{ image: none; }}
QComboBox QAbstractItemView, QMenu {{ background: {raised}; border: 1px solid {border}; border-radius: 8px; padding: 6px; }}
QComboBox QAbstractItemView::item {{ height: {s30}; border-radius: 6px; padding: 0 8px; color: {text}; }}
QComboBox QAbstractItemView::item:selected, QMenu::item:selected {{ background: {selected}; color: {text}; }}
QMenu::item {{ padding: 7px 26px 7px 10px; border-radius: 6px; }}
QMenu::item:disabled {{ color: {text3}; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {border}; margin: 6px 4px; }}
#segments {{ background: {sunken}; border: 1px solid {border}; border-radius: 9px; }}
#segment {{ border: 1px solid transparent; background: transparent; min-height: 26px; max-height: 26px; padding: 0 11px; border-radius: 6px; color: {text2}; font-weight: 500; }}
#segment:hover {{ color: {text}; }}
#segment:checked {{ background: {raised}; border: 1px solid {border}; color: {text}; font-weight: 600; }}
#segment[ring="true"] {{ border: 2px solid {accent}; padding: 0 10px; }}
QTableView {{ background: {surface}; border: 0; border-radius: 12px; gridline-color: transparent; selection-background-color: {selected}; selection-color: {text}; }}
QTableView::item {{ border: 0; }}
QHeaderView {{ background: transparent; }}
QHeaderView::section {{ background: {surface}; color: {text3}; font-size: {s12}; font-weight: 600; border: 0; border-bottom: 1px solid {border}; padding: 0 12px; height: {s38}; }}
QHeaderView::section:first {{ border-top-left-radius: 12px; padding-left: 20px; }}
QHeaderView::section:last {{ border-top-right-radius: 12px; }}
QScrollBar:vertical {{ background: transparent; width: 12px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 12px; margin: 2px; }}
QScrollBar::handle {{ background: {scroll}; border-radius: 4px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {edge}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
#banner {{ border-radius: 10px; }}
#banner[tone="exhausted"] {{ background: {exhausted_bg}; }}
#banner[tone="bad"] {{ background: {bad_bg}; }}
#banner[tone="info"] {{ background: {info_bg}; }}
#toast {{ background: {text}; border-radius: 10px; }}
#toast QLabel {{ color: {bg}; font-weight: 500; }}
#toast QPushButton {{ background: transparent; color: {bg}; border: 1px solid {bg}; min-height: 26px; max-height: 26px; }}
#drop {{ background: {surface}; border: 2px dashed {edge}; border-radius: 14px; }}
#drop[over="true"] {{ background: {accent_soft}; border-color: {accent}; }}
QToolTip {{ background: {text}; color: {bg}; border: 0; padding: 5px 8px; }}
#log {{ background: {sunken}; border: 0; font-size: {s12}; color: {text2}; }}
#log:focus {{ border: 2px solid {accent}; padding: 6px; }}
"""
