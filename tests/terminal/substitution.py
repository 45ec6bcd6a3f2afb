#!/usr/bin/env python3
"""A subsearch is its text: queries of the plain-text cases, in which any piece of a command is made by a subsearch, give the
same rows as before (language 3.1).

Usage: substitution.py SPL_RUN TOP [SEED [HOW_MANY]]
"""
import random
import re
import subprocess
import sys
from pathlib import Path

program, top = sys.argv[1], Path(sys.argv[2])
choose = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 1)
wanted = int(sys.argv[4]) if len(sys.argv) > 4 else 120
# Brackets are these commands' own, or their arguments are taken as they are written.
NOT_HERE = r'\s*(append|appendpipe|appendcols|join|map|makeresults|regex|rex)\b'


def cases():
    """(query, input) of the cases that say nothing but rows."""
    for file in sorted((top / 'tests').rglob('*.test')):
        for block in re.split(r'\n\n+', file.read_text(encoding='utf-8')):
            part, parts = None, {}
            for line in block.split('\n'):
                if re.match(r'[a-z]+$', line):
                    part = parts.setdefault(line, [])
                elif part is not None and line.startswith('  '):
                    part.append(line[2:])
            query = '\n'.join(parts.get('query', []))
            if set(parts) == {'query', 'input', 'output'} and not re.search(r'[`\[]|\\n', query):
                yield query, '\n'.join(parts['input']) + '\n'


def places(text, what):
    """Where `what` holds outside quotes."""
    at = 0
    while at < len(text):
        quoted = re.compile(r'\\.|"(\\.|[^"\\])*"|\'[^\']*\'', re.S).match(text, at)
        if quoted:
            at = quoted.end()
            continue
        if what(text[at]):
            yield at
        at += 1


def changed(query):
    """The query with a piece of one of its commands made by a subsearch, or None."""
    bars = [-1] + list(places(query, lambda c: c == '|')) + [len(query)]
    stage = choose.randrange(len(bars) - 1)
    start, end = bars[stage] + 1, bars[stage + 1]
    name = re.match(r'\s*\w+\s', query[start:end])
    if not name or re.match(NOT_HERE, name.group()):
        return None
    start += name.end()
    words = query[start:end].rstrip()
    cuts = sorted({0, len(words), *places(words, str.isspace)})
    first, last = sorted(choose.sample(cuts, 2)) if len(cuts) > 1 else (0, 0)
    piece = words[first:last].strip()
    if not piece or piece.count('(') != piece.count(')'):
        return None
    text = piece.replace('\\', '\\\\').replace('"', '\\"')
    made = ' [| makeresults | eval q="%s" | return $q] ' % text
    return query[:start] + words[:first] + made + words[last:] + ' ' + query[end:]


def run(query, events):
    done = subprocess.run([program, '-o', 'json', query], input=events.encode(), capture_output=True, timeout=60)
    return done.returncode, done.stdout, done.stderr.decode('utf-8', 'replace')


def main():
    passed = failed = 0
    known = list(cases())
    while passed + failed < wanted:
        query, events = choose.choice(known)
        other = changed(query)
        if not other:
            continue
        before, after = run(query, events), run(other, events)
        good = before[:2] == after[:2]
        passed += good
        failed += not good
        if not good:
            print('FAILED  %s\n  and\n%s\n%s' % (query, other, after[2] or 'give different rows'))
    print('%d passed, %d failed' % (passed, failed))
    return failed > 0


sys.exit(main())
