#!/usr/bin/env python3
"""Draws a table's rolls again from the seeds that were shown, and says which of them hold.

    python3 verify_rolls.py rolls.json

The file is what `/verify` hands out. Nothing but Python's standard library is used, and nothing of the program: the seal
is the SHA-256 of the seed; a roll's words come from HMAC-SHA-256(seed, "table|scene|branch|n|notation|nonce|i") for
i = 0, 1, 2 …, eight 32-bit words each, most significant byte first; a die takes the next word below the largest multiple
of its sides and shows word mod sides + 1. The totals are worked out here a second time from the notation.
It ends with 0 when every roll of a shown seed holds, with 1 when one does not, with 2 when the file cannot be read.
"""

import hashlib
import hmac
import json
import math
import re
import sys


class Stream:
    """The faces that follow from a seed and a message."""

    def __init__(self, seed, message):
        self.seed, self.message, self.block, self.words, self.drawn = seed, message, 0, [], []

    def face(self, sides):
        fair = 2**32 - 2**32 % sides
        while True:
            if not self.words:
                text = f"{self.message}|{self.block}".encode()
                block = hmac.new(self.seed, text, hashlib.sha256).digest()
                self.words = [int.from_bytes(block[at : at + 4], "big") for at in range(0, 32, 4)]
                self.block += 1
            word = self.words.pop(0)
            if word < fair:
                self.drawn.append([sides, word % sides + 1])
                return word % sides + 1


class Slot:
    """One die, or one value in brackets."""

    def __init__(self, value):
        self.value, self.kept, self.mark, self.exploded = value, True, 0, False


OURS = {w: (w, "=", None) for w in ("rr", "ro", "ra", "eo", "mi", "ma", "ms", "cs", "cf", "k", "p", "e")}
FOUNDRY = {
    "kh": ("k", "h", 1), "kl": ("k", "l", 1), "k": ("k", "h", 1), "dh": ("p", "h", 1), "dl": ("p", "l", 1),
    "d": ("p", "l", 1), "xo": ("eo", "=", "most"), "x": ("e", "=", "most"), "rr": ("rr", "=", 1), "r": ("ro", "=", 1),
}
MAIDEN = {
    "kl": ("k", "l", None), "k": ("k", "h", None), "d": ("p", "l", None), "ie": ("e", ">=", None),
    "ir": ("rr", "<=", None), "e": ("eo", ">=", None), "r": ("ro", "<=", None), "t": ("cs", ">=", None),
    "f": ("cf", "<=", None),
}
DIALECTS = {"avrae": {}, "foundry": FOUNDRY, "maiden": MAIDEN, "dicemaiden": MAIDEN}


def matching(slots, pick, number):
    kept = [slot for slot in slots if slot.kept]
    if pick == "h":
        return sorted(kept, key=lambda slot: -slot.value)[:number]
    if pick == "l":
        return sorted(kept, key=lambda slot: slot.value)[:number]
    tests = {
        "=": lambda v: v == number, ">": lambda v: v > number, "<": lambda v: v < number,
        ">=": lambda v: v >= number, "<=": lambda v: v <= number,
    }
    return [slot for slot in kept if tests[pick](slot.value)]


def select(slots, selectors):
    found = []
    for pick, number in selectors:
        found += [slot for slot in matching(slots, pick, number) if slot not in found]
    return found


def operate(slots, operations, throw):
    """Does the operators to dice (`throw` gives one more value) or to brackets, and gives the total."""
    for word, selectors in operations:
        chosen = select(slots, selectors)
        if word in ("k", "p"):
            for slot in [slot for slot in slots if slot.kept]:
                slot.kept = (slot in chosen) == (word == "k")
        elif word in ("cs", "cf"):
            for slot in chosen:
                slot.mark = 1 if word == "cs" else -1
        elif word in ("rr", "ro"):
            while chosen:
                for slot in [slot for slot in slots if slot in chosen]:
                    slot.value = throw()
                chosen = select(slots, selectors) if word == "rr" else []
        elif word in ("ra", "eo", "e"):
            chosen = chosen[:1] if word == "ra" else chosen
            while chosen:
                for slot in chosen:
                    slot.exploded = True
                    slots.append(Slot(throw()))
                chosen = [s for s in select(slots, selectors) if not s.exploded] if word == "e" else []
        elif word in ("mi", "ma"):
            limit = selectors[-1][1]
            for slot in [slot for slot in slots if slot.kept]:
                slot.value = max(slot.value, limit) if word == "mi" else min(slot.value, limit)
    words = [word for word, _ in operations]
    kept = [slot for slot in slots if slot.kept]
    if "cs" in words:
        value = sum(slot.mark for slot in kept)
    elif "cf" in words:
        value = sum(1 for slot in kept if slot.mark < 0)
    else:
        value = float(sum(slot.value for slot in kept))
    for word, selectors in operations:
        for pick, number in selectors if word == "ms" else []:
            value = number - value if pick in ("<", "<=", "l") else value - number
    return value


class Reader:
    """Reads a notation and throws it at once, from left to right."""

    def __init__(self, text, names, stream, advantage):
        self.text, self.names, self.stream, self.at = text, names, stream, 0
        self.words, self.advantage = OURS, advantage

    def take(self, pattern):
        found = re.compile(r"\s*(?:" + pattern + ")", re.IGNORECASE).match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def chain(self, signs, term):
        left = term()
        while found := self.take(signs):
            sign, right = found.group().strip(), term()
            left = {
                "+": lambda a, b: a + b, "-": lambda a, b: a - b, "−": lambda a, b: a - b, "*": lambda a, b: a * b,
                "×": lambda a, b: a * b, "/": lambda a, b: a / b, "÷": lambda a, b: a / b,
                "//": lambda a, b: math.floor(a / b), "%": lambda a, b: a - math.floor(a / b) * b,
                "==": lambda a, b: int(a == b), "!=": lambda a, b: int(a != b), ">": lambda a, b: int(a > b),
                "<": lambda a, b: int(a < b), ">=": lambda a, b: int(a >= b), "<=": lambda a, b: int(a <= b),
            }[sign](left, right)
        return left

    def comparison(self):
        return self.chain(r"==|!=|>=|<=|>|<", self.sum)

    def sum(self):
        return self.chain(r"[+\-−]", self.product)

    def product(self):
        return self.chain(r"\*|×|//|/|÷|%", self.signed)

    def signed(self):
        if found := self.take(r"[+\-−]"):
            value = self.signed()
            return value if found.group().strip() == "+" else -value
        value = self.term()
        while self.take(r"\[[^\]]*\]"):
            pass
        return value

    def term(self):
        if self.take(r"[({]"):
            members = []
            comma = False
            while not self.take(r"[)}]"):
                members.append(self.comparison())
                comma |= bool(self.take(","))
            operations = self.operations(1)
            if len(members) == 1 and not comma and not operations:
                return members[0]
            return operate([Slot(value) for value in members], operations, None)
        if found := self.take(r"@([\w.]+)"):
            return float(self.names.get(found.group(1), 0))
        if found := self.take(r"(\d*)\s*d\s*(%|F|\d+)"):
            return self.dice(int(found.group(1) or 1), found.group(2))
        return float(self.take(r"\d*\.\d+|\d+\.?").group())

    def dice(self, count, sides):
        face = self.stream.face
        throw = {"%": lambda: (face(10) - 1) * 10, "f": lambda: face(3) - 2}.get(sides.lower())
        most = {"%": 90, "f": 1}.get(sides.lower())
        if throw is None:
            throw, most = lambda: face(int(sides)), int(sides)
        first = []
        if self.advantage:
            count, first, self.advantage = 2, [("k", [(self.advantage, 1)])], None
        operations = first + self.operations(most)
        return operate([Slot(throw()) for _ in range(count)], operations, throw)

    def operations(self, most):
        found = []
        while operation := self.operation(most):
            word, selector = operation
            if found and found[-1][0] == word and word not in ("mi", "ma", "ms"):
                found[-1][1].append(selector)
            else:
                found.append((word, [selector]))
        return found

    def operation(self, most):
        start = self.at
        for words in (self.words, OURS):
            for word in sorted(words, key=lambda word: -len(word)):
                if not self.take(re.escape(word)):
                    continue
                meaning, pick, default = words[word]
                if selector := re.compile(r"(>=|<=|>|<|=|h|l)?(\d+)", re.IGNORECASE).match(self.text, self.at):
                    self.at = selector.end()
                    return meaning, ((selector.group(1) or pick).lower(), int(selector.group(2)))
                if default is not None and not self.text[self.at : self.at + 1].isalpha():
                    return meaning, (pick, most if default == "most" else default)
                self.at = start
                break
        return None


class Probe(Reader):
    """Only finds where the expression ends."""

    def chain(self, signs, term):
        term()
        while self.take(signs):
            term()
        return 1

    def dice(self, count, sides):
        self.operations(0)
        return 1


ADVANTAGE = r"(adv|advantage|dis|disadvantage)\b"


def totals(notation, names, stream):
    """The totals of a notation, drawn from the stream."""
    words = {}
    if found := re.match(r"\s*(\w+)\s*:", notation):
        words = DIALECTS[found.group(1).lower()]
        notation = notation[found.end() :]
    advantage = None
    if found := re.match(r"\s*" + ADVANTAGE, notation, re.IGNORECASE):
        advantage, notation = found.group(1).lower(), notation[found.end() :]
    repeat = re.match(r"\s*(\d+)\s*x", notation, re.IGNORECASE)
    body = notation[repeat.end() :] if repeat else notation
    if advantage is None:
        # Where the expression ends, `adv` may stand.
        probe = Probe(body, {}, None, None)
        probe.words = words or OURS
        probe.comparison()
        if found := re.match(r"\s+" + ADVANTAGE, body[probe.at :], re.IGNORECASE):
            advantage = found.group(1).lower()
    side = {"a": "h", "d": "l"}[advantage[0]] if advantage else None
    result = []
    for _ in range(int(repeat.group(1)) if repeat else 1):
        reader = Reader(body, names, stream, side)
        reader.words = words or OURS
        result.append(math.trunc(reader.comparison()))
    return result


def check(table, sealed, roll):
    """None when a roll holds, otherwise what does not."""
    parts = [table, sealed["scene"], roll["branch"], roll["n"], roll["notation"], roll["nonce"]]
    stream = Stream(bytes.fromhex(sealed["seed"]), "|".join(map(str, parts)))
    again = totals(roll["notation"], dict(map(tuple, roll["names"])), stream)
    if stream.drawn != roll["dice"]:
        return f"the dice are {stream.drawn}, the record says {roll['dice']}"
    if again != roll["totals"]:
        return f"the total is {again}, the record says {roll['totals']}"
    return None


def main(path):
    try:
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        assert record["format"] == 1, "this file has another format"
    except (OSError, ValueError, KeyError, TypeError, AssertionError) as failure:
        print(f"{path} cannot be read: {failure}")
        return 2
    wrong = 0
    for sealed in record["sealed"]:
        name = f"scene {sealed['scene']}, seal {sealed['seal'][:16]}"
        if not sealed["seed"]:
            print(f"{name}: the seed is not shown yet; {len(sealed['rolls'])} rolls cannot be checked")
            continue
        if hashlib.sha256(bytes.fromhex(sealed["seed"])).hexdigest() != sealed["seal"]:
            print(f"{name}: the seed is not the one that was sealed")
            wrong += 1
            continue
        for roll in sealed["rolls"]:
            if roll.get("hidden"):
                print(f"{name}: roll {roll['branch']}.{roll['n']} was not for everyone")
                continue
            fault = check(record["table"], sealed, roll)
            wrong += fault is not None
            print(f"{name}: roll {roll['branch']}.{roll['n']} {roll['notation']}: {fault or 'holds'}")
    print("Every roll holds." if not wrong else f"{wrong} do not hold.")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]) if len(sys.argv) == 2 else 2)
