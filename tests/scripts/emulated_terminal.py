"""What a terminal shows: as much of one as the programs under test draw with.

A program draws only what has changed since its last picture, so a word can arrive in parts, between which the cursor
moves. What is looked for is therefore looked for in the picture, not in the bytes.
"""

import codecs
import re

SEQUENCE = re.compile(r"\x1b\[([?>=]?)([0-9;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[()][0-9A-Za-z]|\x1b[=>78cDEHM]")
# The beginning of a sequence whose rest has not come yet.
UNFINISHED = re.compile(r"\x1b(?:\[[?>=]?[0-9;:]*|\][^\x07\x1b]*\x1b?|[()]?)?$")


class Picture:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.cells = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.rest = ""
        self.decoder = codecs.getincrementaldecoder("utf-8")("replace")

    def feed(self, data):
        text = self.rest + self.decoder.decode(data)
        self.rest = ""
        place = 0
        while place < len(text):
            character = text[place]
            if character != "\x1b":
                self._write(character)
                place += 1
                continue
            found = SEQUENCE.match(text, place)
            if found is None:
                if UNFINISHED.match(text, place):
                    self.rest = text[place:]
                    return
                place += 1
                continue
            if found.group(3):
                self._control(found.group(1), found.group(2), found.group(3))
            place = found.end()

    def shows(self, text):
        """Whether a line of the picture holds this text."""
        return any(text in "".join(line) for line in self.cells)

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.cells)

    def _write(self, character):
        if character == "\r":
            self.column = 0
        elif character == "\n":
            self.row = min(self.row + 1, self.rows - 1)
        elif character == "\b":
            self.column = max(self.column - 1, 0)
        elif character >= " ":
            if self.column >= self.columns:
                self.row, self.column = min(self.row + 1, self.rows - 1), 0
            self.cells[self.row][self.column] = character
            self.column += 1

    def _control(self, private, numbers, what):
        given = [int(n) if n.isdigit() else 0 for n in numbers.split(";")]
        first = max(given[0], 1)
        if private:
            # The other screen begins empty.
            if private == "?" and what in "hl" and given[0] in (47, 1047, 1049):
                self._clear(0, self.rows * self.columns)
        elif what in "Hf":
            second = max(given[1], 1) if len(given) > 1 else 1
            self.row, self.column = min(first, self.rows) - 1, min(second, self.columns) - 1
        elif what == "A":
            self.row = max(self.row - first, 0)
        elif what == "B":
            self.row = min(self.row + first, self.rows - 1)
        elif what == "C":
            self.column = min(self.column + first, self.columns - 1)
        elif what == "D":
            self.column = max(self.column - first, 0)
        elif what == "G":
            self.column = min(first, self.columns) - 1
        elif what == "d":
            self.row = min(first, self.rows) - 1
        elif what in "JK":
            begin, end = 0, self.rows * self.columns
            if what == "K":
                begin = self.row * self.columns
                end = begin + self.columns
            here = self.row * self.columns + min(self.column, self.columns - 1)
            self._clear(here if given[0] == 0 else begin, here + 1 if given[0] == 1 else end)

    def _clear(self, begin, end):
        for place in range(begin, end):
            self.cells[place // self.columns][place % self.columns] = " "
