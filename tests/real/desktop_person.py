# SPDX-License-Identifier: GPL-3.0-or-later
"""A person at a desktop, from outside the program: looks for what is on the screen by the names a screen reader says
(AT-SPI), and moves a real pointer and presses real keys (xdotool). Nothing in the program knows of it."""
import subprocess
import sys
import time

import gi

gi.require_version("Atspi", "2.0")
from gi.repository import Atspi, GLib  # noqa: E402

# Their rows are many, and nothing a person sets lies in them.
TABLES = {"table", "tree table", "tree", "list"}


class Lost(Exception):
    """What was looked for is not on the screen within the time."""


class Person:
    def __init__(self, pid, pictures="", patience=20):
        self.pictures = pictures
        self.patience = patience
        self.clicks = 0
        self.keys = 0
        self.app = self.wait(f"the program {pid} in the accessibility tree", lambda: self._application(pid))
        self.app.set_cache_mask(Atspi.Cache.NONE)  # what is asked is what is there now

    # -- looking -------------------------------------------------------------------------------------------------------
    @staticmethod
    def _application(pid):
        desktop = Atspi.get_desktop(0)
        for i in range(desktop.get_child_count()):
            app = desktop.get_child_at_index(i)
            if app is not None and app.get_process_id() == pid:
                return app
        return None

    def _walk(self, node, depth=0):
        """Every node that shows."""
        try:
            if depth > 60 or not node.get_state_set().contains(Atspi.StateType.SHOWING) and depth > 1:
                return
            role = node.get_role_name()
            box = self._box(node)
            yield node, role, node.get_name() or "", box
            if role in TABLES:
                return
            for i in range(node.get_child_count()):
                child = node.get_child_at_index(i)
                if child is not None:
                    yield from self._walk(child, depth + 1)
        except GLib.Error:  # it went away meanwhile
            return

    @staticmethod
    def _box(node):
        component = node.get_component_iface()
        if component is None:
            return None
        e = component.get_extents(Atspi.CoordType.SCREEN)
        return (e.x, e.y, e.x + e.width, e.y + e.height) if e.width > 0 and e.height > 0 else None

    def _node(self, name, role=None, nth=0):
        for node, its_role, its_name, box in self._walk(self.app):
            if its_name != name or box is None or (role is not None and its_role != role):
                continue
            if nth == 0:
                return node
            nth -= 1
        return None

    def find(self, name, role=None, nth=0):
        """Is the nth thing of that name, from the top of the tree, on the screen?"""
        return self._node(name, role, nth) is not None

    def _place(self, node):
        """Its box, and the innermost parent's that leaves its middle out; None for that where nothing hides it."""
        box = self._box(node)
        if box is None:
            return None, None
        x, y = _middle(box)
        at = node.get_parent()
        while at is not None and at.get_role_name() not in ("application", "desktop frame"):
            around = self._box(at)
            if around is not None and not (around[0] <= x < around[2] and around[1] + 2 <= y < around[3] - 2):
                return box, around
            at = at.get_parent()
        return box, None

    def names(self, role=None):
        return [name for _, its_role, name, _ in self._walk(self.app) if name and role in (None, its_role)]

    def says(self, words):
        return any(words in name for _, _, name, _ in self._walk(self.app))

    def wait(self, what, condition, seconds=None):
        until = time.monotonic() + (seconds or self.patience)
        while True:
            found = condition()
            if found:
                return found
            if time.monotonic() > until:
                raise Lost(f"not within the time: {what}")
            time.sleep(0.1)

    # -- doing ---------------------------------------------------------------------------------------------------------
    def click(self, name, role=None, nth=0):
        """Scrolls it into view with the wheel where it must, waits until it stands still, and clicks its middle."""
        node = self.wait(f"“{name}” on the screen", lambda: self._node(name, role, nth))
        before = None
        for _ in range(150):
            try:
                box, around = self._place(node)
            except GLib.Error:  # made anew meanwhile
                box = None
            if box is None:
                time.sleep(0.1)
                node = self._node(name, role, nth) or node
            elif around is not None:
                down = _middle(box)[1] > _middle(around)[1]
                _xdotool("mousemove", *_middle(around), "click", "5" if down else "4")
                time.sleep(0.04)
            elif box != before:
                before = box
                time.sleep(0.05)
            else:
                _xdotool("mousemove", *_middle(box), "click", "1")
                self.clicks += 1
                time.sleep(0.15)
                return
        raise Lost(f"“{name}” cannot be scrolled into view")

    def type(self, name, text, role=None, nth=0):
        self.click(name, role, nth)
        self.key("ctrl+a")
        _xdotool("type", "--delay", "8", text)
        self.keys += len(text)
        time.sleep(0.1)

    def key(self, chord):
        _xdotool("key", chord)
        self.keys += 1
        time.sleep(0.1)

    def picture(self, name):
        if self.pictures:
            time.sleep(0.4)  # a tenth of a second later everything has been painted
            subprocess.run(["import", "-silent", "-window", "root", f"{self.pictures}/{name}.png"], check=True)

    def outline(self):
        """What stands on the screen, for whoever must find out why something was not found."""
        return "\n".join(f"{role}: {name} {box}" for _, role, name, box in self._walk(self.app) if name)


def _middle(box):
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


def _xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True, stdout=sys.stderr)
