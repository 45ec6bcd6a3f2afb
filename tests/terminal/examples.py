#!/usr/bin/env python3
"""Runs the example programs and looks at what they print.

Usage: examples.py DIRECTORY_OF_PROGRAMS SOURCE_ROOT
"""
import os
import subprocess
import sys
from pathlib import Path

programs, top = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
events = top / 'tests/detect/t1610.ndjson'
page = top / 'examples/t1610/deploy-container.md'
passed = failed = 0


def expect(program, words, out=None, has=(), code=0, stdin=b''):
    global passed, failed
    done = subprocess.run([str(programs / program), *map(str, words)], input=stdin, capture_output=True, timeout=60)
    text = done.stdout.decode()
    good = done.returncode == code and (out is None or text == out) and all(word in text + done.stderr.decode() for word in has)
    passed += good
    failed += not good
    if not good:
        print('FAILED  %s %s\n  exit %d\n  out  %s\n  err  %s' % (program, words, done.returncode, text, done.stderr.decode()))


expect('first', ['stats count BY action | sort action | head 2', events], has=('action=START count=1', 'action=create count=5'))
expect('first', ['| nosuch', events], code=1, has=("unknown search command 'nosuch'",))
expect('push', ['search action=start user=jdoe | table n image'], stdin=events.read_bytes(),
       out='{"n":4,"image":"docker.io/library/alpine:3.19"}\n')
expect('divided', ['stats count', events, events], out='{"count":22}\n')
expect('arrow', ['stats count BY sourcetype', events], has=('sourcetype: u', 'count: l', '3 rows'))
expect('function', ['head 1 | eval y=rot13("Hello") | table y', events], out='{"y":"Uryyb"}\n')
expect('lookup', ['lookup lengths name AS user OUTPUT length | where user="jdoe" | head 1 | table user length', events],
       out='{"user":"jdoe","length":4}\n')
audit = top / 'examples/t1610/kubernetes-audit.ndjson'
expect('command', ['geo sourceIPs{} | stats count BY geo_site geo_owner', audit],
       out='{"geo_site":"cluster","geo_owner":"platform","count":171}\n')
expect('command', ['geo host prefx=x', audit], code=1, has=("'geo' has no option 'prefx'; did you mean 'prefix'?",))
expect('rules', [page, events], has=('14 rows in all',))
for name in sorted(path.stem for path in (top / 'examples').glob('*.c')):
    if not os.access(programs / name, os.X_OK):
        failed += 1
        print('FAILED  %s is not built' % name)
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
