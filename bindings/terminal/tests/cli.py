#!/usr/bin/env python3
"""Runs cli.test: command lines of spl-run with what they print. Usage: cli.py SPL_RUN CASES

A case is a block of lines, ended by an empty one:
    # what it shows
    $ arguments, as a shell would split them
    < a line of standard input
    > a line of standard output
    ! a line of standard error
    = exit status, when not 0
    @ NAME  a file that the lines behind it (| text) fill; files are made in a fresh folder
Without a `>` line standard output must be empty, and likewise for `!`. A line that ends in ... matches by its beginning."""
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

program, cases = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
passed = failed = 0


def matches(got, want):
    got = got.split('\n')
    if got and got[-1] == '':
        got.pop()
    return len(got) == len(want) and all(g == w or (w.endswith('...') and g.startswith(w[:-3])) for g, w in zip(got, want))


def run(number, block):
    global passed, failed
    parts = {'$': [], '<': [], '>': [], '!': [], '=': []}
    with tempfile.TemporaryDirectory() as folder:
        file = None
        for line in block:
            mark, text = line[0], line[2:]
            if mark == '@':
                file = Path(folder) / text
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text('')
            elif mark == '|':
                file.write_text(file.read_text() + text + '\n')
            elif mark in parts:
                parts[mark].append(text)
        done = subprocess.run([program] + shlex.split(' '.join(parts['$'])), input=''.join(l + '\n' for l in parts['<']),
                              capture_output=True, text=True, cwd=folder, timeout=60, env={'TZ': 'UTC'})
    status = int(parts['='][0]) if parts['='] else 0
    if matches(done.stdout, parts['>']) and matches(done.stderr, parts['!']) and done.returncode == status:
        passed += 1
        return
    failed += 1
    print('%s:%d: spl-run %s\n  status %d, wanted %d\n  out: %s\n  err: %s' % (
        cases, number, ' '.join(parts['$']), done.returncode, status, done.stdout, done.stderr))


block, start = [], 1
for number, line in enumerate(cases.read_text().split('\n') + [''], 1):
    if line and line[0] != '#':
        start = start if block else number
        block.append(line)
    elif not line and block:
        run(start, block)
        block = []
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
