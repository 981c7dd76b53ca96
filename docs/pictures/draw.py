#!/usr/bin/env python3
"""Draws the pictures of the guides: `python3 docs/pictures/draw.py target/debug/talekeeper` (tmux and chromium needed).

Pictures of a terminal are what the program wrote to one. Pictures of a channel are drawings: their scenes are below, the
words of the game master in the first are the Oracle's, asked anew each time, and every sentence of the bot's own is looked for
in `src/` first, so that none is drawn that the program does not say.
"""

import html
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent / "src"
WIDTH = 720

STYLE = """
body { margin: 0; background: #fbf8f1; color: #23201b; font: 15px/1.4 "Liberation Sans", "Noto Color Emoji", sans-serif }
pre { margin: 0; padding: 16px 18px; background: #1d1f24; color: #e6e3da;
      font: 14px/1.4 "DejaVu Sans Mono", "Noto Color Emoji", monospace; white-space: pre-wrap }
main { padding: 10px 18px 14px }
article { padding: 9px 0 9px 14px; border-left: 3px solid #d8cfbd; margin: 8px 0 }
article.gm { border-color: #6b7f5e } article.voice { border-color: #a8663f } article.alone { border: 2px dashed #8d8371 }
article.alone { padding: 9px 14px } header { font-weight: bold } header i { font-weight: normal; color: #7a7264; font-size: 13px }
p { margin: 4px 0 } small { color: #6d675c; font-size: 13px } blockquote { margin: 4px 0; padding-left: 10px; border-left: 3px solid #ccc2ae }
u { display: inline-block; text-decoration: none; border: 1px solid #8d8371; border-radius: 4px; padding: 3px 11px; margin: 6px 8px 0 0;
    background: #f1ebdd; font-size: 14px } u.red { border-color: #a33; color: #a33 } u.mark { border-radius: 12px; padding: 1px 8px }
label { display: block; margin: 8px 0 2px; font-size: 14px; font-weight: bold } em.field { display: block; border: 1px solid #b7ad99;
    background: #fff; padding: 6px 10px; font-style: normal } em.field.hint { color: #8a8376 }
"""


def markdown(text):
    """As much of a channel's markup as the scenes use."""
    lines = []
    for line in html.escape(text, quote=False).split("\n"):
        line = re.sub(r"\*\*(.+?)\*\*", r"<b>\1</b>", line)
        line = re.sub(r"`(.+?)`", r"<code>\1</code>", line)
        if line.startswith("-# "):
            line = f"<small>{line[3:]}</small>"
        elif line.startswith("&gt; "):
            line = f"<blockquote>{line[5:]}</blockquote>"
        lines.append(line)
    return "".join(f"<p>{line}</p>" for line in lines if line)


def message(kind, name, text, buttons=(), mark="", note=""):
    """One message: who, what, what stands under it."""
    note = f" <i>{note}</i>" if note else ""
    row = "".join(f'<u class="{"red" if b in ("Stop play", "Stop") else ""}">{b}</u>' for b in buttons)
    mark = f'<u class="mark">{mark}</u>' if mark else ""
    return f'<article class="{kind}"><header>{name}{note}</header>{markdown(text)}{row}{mark}</article>'


def form(title, fields):
    rows = "".join(f'<label>{label}</label><em class="field {kind}">{text}</em>' for label, text, kind in fields)
    return f'<article class="alone"><header>{title}</header>{rows}</article>'


def oracle(program, line):
    """What the Oracle tells when somebody begins with this line, without the scene's title."""
    with tempfile.TemporaryDirectory() as folder:
        play = [program, "play", "--provider", "oracle", "--as", "ana"]
        out = subprocess.run(play, cwd=folder, input=line + "\n", capture_output=True, text=True, check=True).stdout
        return re.sub(r"\A# .*\n", "", out).strip()


ALONE = "only you see this"
BOT = "Talekeeper"


def scenes(program):
    """Every picture of a channel: its name, its page, and the words in it that the program has to know."""
    first = oracle(program, "I knock twice at the green door")
    narration, name, speech, after = re.split(r"\*\*([^*]+):\*\* (.*)", first, maxsplit=1)
    row = ["Retry", "Undo", "Continue", "Safety"]
    yield "channel-reply", [
        message("", "ana", "@Talekeeper I knock twice at the green door", mark="👀"),
        message("gm", BOT, narration.strip()),
        message("voice", name, speech),
        message("gm", BOT, after.strip(), row),
        message("", "ben", "@Talekeeper I look for another way in, round the back", mark="👀"),
        message("gm", BOT, "-# Nothing has come for 20 seconds. It may still be thinking; Stop ends it.", ["Stop", "Safety"]),
        message("", "ana", f"@Talekeeper I keep {name} talking meanwhile", mark="⏳"),
    ], [*row, "Stop", "👀", "⏳", "Nothing has come for {seconds} seconds. It may still be thinking; Stop ends it."]
    yield "channel-dice", [
        message("gm", BOT, "The wall is slick.", row),
        message("gm", BOT, "🎲 **ana**, roll 1d20+3: climbing\n-# The dice are sealed with a5cbf67d862528c0.", ["Roll"]),
        message("gm", BOT, "🎲 **ana** · 1d20+3: (16) + 3 = 19\n-# roll 0.0, seal a5cbf67d862528c0"),
    ], ["Roll", "The dice are sealed with", "🎲 **{who}**, roll ", "🎲 **{}** · ", "roll {}.{}, seal {}"]
    yield "channel-letter", [
        message("gm", BOT, "✉️ The game master hands somebody a sealed letter.", ["Open"]),
        message("alone", BOT, "✉️ From **the game master**\n> Under the third step something ticks. Only you hear it.",
                note=f"if it is yours; {ALONE}"),
        message("alone", BOT, "You turn the letter over and over. The words in it are for other eyes.",
                note=f"if it is not; {ALONE}"),
    ], ["✉️ The game master hands somebody a sealed letter.", "Open", "✉️ From **{}**", "the game master",
        "You turn the letter over and over. The words in it are for other eyes."]
    card = ("⚔️ **Round 1**\n· **Old Bear** (20)\n▶ **ana** (15) · hp 10 of 10 · luck 3 of 3\n· **Wolves** (13)\n"
            "· **ben** (9) · hp 10 of 10 · luck 3 of 3\n**ana** acts now. Then **ben**.")
    held = ("-# It is the move of **ana**. What you said is kept for yours; until then you can change it or take it back.")
    yield "channel-fight", [
        message("gm", BOT, card),
        message("gm", BOT, "-# Round 1. Next: **ana**."),
        message("", "ben", "@Talekeeper I loose an arrow at the bear", mark="⏳"),
        message("gm", BOT, held, note="an answer to ben"),
    ], ["⚔️ **Round {}**", "{mark} **{}** ({}){parts}", "{} {} of {}", "** acts now.", " Then **{}**.", "Round {round}. Next: {}.",
        "It is the move of {}. What you said is kept for yours; until then you can change it or take it back."]
    panel = ("Only you see this. Stop pauses play at once and covers the last messages; nobody is told who did it. A host "
             "lets play go on afterwards.")
    paused = ("Play is paused, and the last part is covered. Nobody is told who did it, and it is written down nowhere. If "
              "you like, choose what becomes of it; you need not say why.")
    everyone = "We are pausing for a moment. Nothing is taken until play goes on."
    choices = ["Rewind", "Fade", "Skip ahead", "Just pause"]
    yield "channel-stop", [
        message("alone", BOT, panel, ["Stop play", "Go on (host)"], note=f"after Safety; {ALONE}"),
        message("alone", BOT, paused, [*choices, "I am ready to go on"], note=f"after Stop play; {ALONE}"),
        message("gm", BOT, everyone, note="what everyone sees"),
    ], [panel, paused, everyone, *choices, "Stop play", "Go on (host)", "I am ready to go on"]
    asked = ["What is the game about?", "How is it told?", "Who answers? Leave empty for the default",
             "With which model? Empty for the default"]
    written = [("A drowned city, and a party that owes its harbour master", ""), ("Slow dread, dry humour, no gore", ""),
               ("claude, oracle, …", "hint"), ("opus", "hint")]
    opened = "This channel is the table **drowned-city** now. Mention me and say what you do. /help lists the rest."
    yield "channel-open", [
        form("A new table", [(label, *text) for label, text in zip(asked, written)]),
        message("gm", BOT, opened),
    ], ["A new table", *asked, *(text for text, _ in written), "This channel is the table **{name}** now. {how} /help lists the rest.",
        "Mention me and say what you do."]


def known(words):
    """Refuses words that the program does not have."""
    text = "\n".join(path.read_text() for path in sorted(SOURCE.rglob("*.rs")))
    text = re.sub(r"\\\n\s*", "", text)
    for word in words:
        if word not in text:
            sys.exit(f"the program does not say: {word}")


def terminal(program, typed, rows=60, columns=78):
    """What stands in a terminal after these lines were typed, one after another, at the prompt of an empty table."""
    tmux = ["tmux", "-L", "talekeeper-pictures"]
    with tempfile.TemporaryDirectory() as folder:
        play = f"cd '{folder}' && '{program}' play --provider oracle"
        subprocess.run([*tmux, "new-session", "-d", "-x", str(columns), "-y", str(rows), play], check=True)
        try:
            for line in [None, *typed]:
                if line is not None:
                    subprocess.run([*tmux, "send-keys", "-l", line], check=True)
                    subprocess.run([*tmux, "send-keys", "Enter"], check=True)
                shown = at_prompt(tmux)
            subprocess.run([*tmux, "send-keys", "/quit", "Enter"], check=True)
            while subprocess.run([*tmux, "has-session"], capture_output=True).returncode == 0:
                time.sleep(0.1)
        finally:
            subprocess.run([*tmux, "kill-server"], capture_output=True)
    return shown


def at_prompt(tmux):
    """Waits for an empty prompt that stays, and gives what stands above it."""
    before = ""
    for _ in range(200):
        time.sleep(0.3)
        shown = subprocess.run([*tmux, "capture-pane", "-e", "-p"], check=True, capture_output=True, text=True).stdout.rstrip()
        if shown.endswith("\n>") and shown == before:
            return shown.removesuffix("\n>").rstrip()
        before = shown
    sys.exit(f"no prompt came:\n{before}")


def screen(text):
    """Text of a terminal as a page; of its colours only bold is kept."""
    text = html.escape(text, quote=False)
    text = re.sub(r"\x1b\[1m(.*?)\x1b\[0m", r"<b>\1</b>", text)
    text = re.sub(r"\x1b\[[0-9;]*m", "", text)
    return f"<pre>{text}</pre>"


def draw(name, body):
    """A page as a picture that is as high as the page."""
    page = f"<!doctype html><meta charset=utf-8><style>{STYLE}</style>{body}"
    page += "<script>document.title = 'height ' + document.documentElement.getBoundingClientRect().height</script>"
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "page.html").write_text(page)
        chromium = ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
                    "--hide-scrollbars", f"--user-data-dir={folder}/profile", f"--window-size={WIDTH},300"]
        url = f"file://{folder}/page.html"
        dumped = subprocess.run([*chromium, "--dump-dom", url], check=True, capture_output=True, text=True).stdout
        height = int(float(re.search(r"height ([\d.]+)", dumped)[1])) + 1
        picture = HERE / f"{name}.png"
        chromium[-1] = f"--window-size={WIDTH},{height}"
        subprocess.run([*chromium, f"--screenshot={picture}", url], check=True, capture_output=True)
        print(picture.name, height, f"{picture.stat().st_size} bytes")


def main():
    program = str(Path(sys.argv[1]).resolve())
    for name, messages, words in scenes(program):
        known(words)
        draw(name, f"<main>{''.join(messages)}</main>")
    draw("terminal-first", screen(terminal(program, ["I knock twice at the green door"])))
    with tempfile.TemporaryDirectory() as folder:
        check = subprocess.run([program, "check"], cwd=folder, capture_output=True, text=True, check=True).stdout
        draw("terminal-check", screen("$ talekeeper check\n" + check.replace(folder + "/", "").rstrip()))


if __name__ == "__main__":
    main()
