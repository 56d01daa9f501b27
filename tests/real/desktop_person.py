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

    def _walk(self, node, clip=None, depth=0):
        """Every node that shows, with the part of the screen its parents leave it."""
        try:
            if depth > 60 or not node.get_state_set().contains(Atspi.StateType.SHOWING) and depth > 1:
                return
            role = node.get_role_name()
            box = self._box(node)
            if box is not None and depth > 1:
                clip = box if clip is None else _cut(clip, box)
            yield node, role, node.get_name() or "", box, clip
            if role in TABLES:
                return
            for i in range(node.get_child_count()):
                child = node.get_child_at_index(i)
                if child is not None:
                    yield from self._walk(child, clip, depth + 1)
        except GLib.Error:  # it went away meanwhile
            return

    @staticmethod
    def _box(node):
        component = node.get_component_iface()
        if component is None:
            return None
        e = component.get_extents(Atspi.CoordType.SCREEN)
        return (e.x, e.y, e.x + e.width, e.y + e.height) if e.width > 0 and e.height > 0 else None

    def find(self, name, role=None, nth=0):
        """The nth thing of that name from the top of the tree, as (box, what of it can be seen); None: there is none."""
        for _, its_role, its_name, box, clip in self._walk(self.app):
            if its_name != name or box is None or (role is not None and its_role != role):
                continue
            if nth == 0:
                return box, clip
            nth -= 1
        return None

    def names(self, role=None):
        return [name for _, its_role, name, _, _ in self._walk(self.app) if name and role in (None, its_role)]

    def says(self, words):
        return any(words in name for name in self.names())

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
        self.wait(f"“{name}” on the screen", lambda: self.find(name, role, nth))
        box = self._bring(name, role, nth)
        _xdotool("mousemove", *_middle(box), "click", "1")
        self.clicks += 1
        time.sleep(0.15)

    def _bring(self, name, role, nth):
        before = None
        for _ in range(120):
            found = self.find(name, role, nth)
            if found is None:
                time.sleep(0.1)
                continue
            box, clip = found
            x, y = _middle(box)
            if clip is not None and clip[0] <= x < clip[2] and clip[1] + 2 <= y < clip[3] - 2:
                if box == before:
                    return box
                before = box
                time.sleep(0.05)
                continue
            area = self._scrolling(name, role, nth)
            down = y >= area[3] - 2
            _xdotool("mousemove", (area[0] + area[2]) // 2, (area[1] + area[3]) // 2, "click", "5" if down else "4")
            time.sleep(0.08)
        raise Lost(f"“{name}” cannot be scrolled into view")

    def _scrolling(self, name, role, nth):
        """The box of the innermost parent that shows less than what is in it."""
        for node, its_role, its_name, box, _ in self._walk(self.app):
            if its_name != name or box is None or (role is not None and its_role != role):
                continue
            if nth > 0:
                nth -= 1
                continue
            at = node.get_parent()
            while at is not None:
                around = self._box(at)
                x, y = _middle(box)
                if around is not None and not (around[0] <= x < around[2] and around[1] <= y < around[3]):
                    return around
                at = at.get_parent()
        raise Lost(f"“{name}” lies where no scrolling leads")

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
        return "\n".join(f"{role}: {name} {box}" for _, role, name, box, _ in self._walk(self.app) if name)


def _cut(a, b):
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _middle(box):
    return (box[0] + box[2]) // 2, (box[1] + box[3]) // 2


def _xdotool(*words):
    subprocess.run(["xdotool", *map(str, words)], check=True, stdout=sys.stderr)
