"""Displays without a screen for flatpak/check: an X server, and a Wayland compositor."""

import os
import re
import subprocess
import time

import programs

# Text, icons and shades of grey; an empty window has a handful of colours.
DRAWN = 50
POLL_S = 0.2


class Display(programs.Program):
    """One that is ready, with the environment of programs that show themselves on it."""

    environment = {}

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.stop()

    def grab(self, path):
        """Takes a picture of all of it."""
        raise NotImplementedError

    def await_window(self, name):
        """Until there is a window of this name."""
        raise NotImplementedError

    def shoot(self, name, path):
        """Takes a picture of a window once something is drawn in it, which nothing outside of it
        announces; returns the number of its colours."""
        self.await_window(name)
        deadline = time.monotonic() + programs.TIMEOUT
        while True:
            self.grab(path)
            colours = int(subprocess.run(["identify", "-format", "%k", path], check=True, text=True,
                                         capture_output=True).stdout)
            if colours > DRAWN or time.monotonic() > deadline:
                return colours
            time.sleep(POLL_S)


class X11(Display):
    """Xvfb, without a window manager."""

    def __init__(self, _):
        super().__init__(["Xvfb", "-displayfd", "1", "-screen", "0", "900x700x24", "-nolisten",
                          "tcp", "-noreset"])
        number = self.await_(lambda: next(iter(self.lines["stdout"]), None), "an X server")
        self.environment = {"DISPLAY": ":" + number}

    def run(self, *command):
        return subprocess.run(command, env=dict(os.environ, **self.environment), check=True,
                              timeout=programs.TIMEOUT, capture_output=True, text=True).stdout

    def await_window(self, name):
        self.run("xdotool", "search", "--sync", "--onlyvisible", "--name",
                 f"^{re.escape(name)}$")

    def grab(self, path):
        self.run("import", "-window", "root", path)


class Wayland(Display):
    """sway, without devices."""

    def __init__(self, folder):
        os.makedirs(folder)
        config = os.path.join(folder, "config")
        with open(config, "w", encoding="utf-8") as file:
            file.write("""xwayland disable
output * resolution 900x700 background #404040 solid_color
exec echo "ready $WAYLAND_DISPLAY $SWAYSOCK"
""")
        super().__init__(["env", "--unset=DISPLAY", "--unset=WAYLAND_DISPLAY",
                          "WLR_BACKENDS=headless", "WLR_RENDERER=pixman",
                          "WLR_LIBINPUT_NO_DEVICES=1", "sway", "--config", config])
        _, display, control = self.await_line("stdout", "ready ").split()
        self.environment = {"WAYLAND_DISPLAY": display}
        self.tools = dict(os.environ, WAYLAND_DISPLAY=display, SWAYSOCK=control)
        self.windows = programs.Program(["env", f"SWAYSOCK={control}", "swaymsg", "--raw",
                                         "--monitor", "--type", "subscribe", '["window"]'])

    def __exit__(self, *_):
        self.windows.stop()
        self.stop()

    def run(self, *command):
        return subprocess.run(command, env=self.tools, check=True, timeout=programs.TIMEOUT,
                              capture_output=True, text=True).stdout

    def await_window(self, name):
        """The name is the application's ID, by which a shell finds its desktop entry."""
        if f'"app_id": "{name}"' not in self.run("swaymsg", "--raw", "--type", "get_tree"):
            self.windows.await_line("stdout", f'"app_id": "{name.lower()}"')

    def grab(self, path):
        self.run("grim", path)
