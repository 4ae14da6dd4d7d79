"""A program of the laboratory that stands between namespaces and is told what to do: a command a
line on its standard input, each answered with one line.
"""

import json

import programs


class Emulator(programs.Program):
    """Started and ready."""

    def __init__(self, command):
        super().__init__(command)
        self.answered = 1
        self.await_line("stdout", "ready")

    def ask(self, command):
        """Its answer to one command."""
        wanted = self.answered
        self.send(command)
        lines = self.lines["stdout"]
        answer = self.await_(lambda: lines[wanted] if len(lines) > wanted else None, command)
        self.answered += 1
        return answer

    def tell(self, *commands):
        """They must be understood."""
        for command in commands:
            answer = self.ask(command)
            if answer != "ok":
                raise AssertionError(f"{self.command[0]}: {command}: {answer}")

    def stats(self):
        return json.loads(self.ask("stats"))
