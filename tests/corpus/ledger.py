#!/usr/bin/env python3
"""How many searches that others published parse, and compile; and what the rest lacks, most wanted first.

Usage: ledger.py FOLDER_OF_PROGRAMS [--all]

The searches are not ours and not here: they are read from the folder named by SPL_CORPUS, or from ../shared/corpus beside
the checkout, and skipped when there is none. escu.jsonl and apps.jsonl hold {"id", "search"} a line, escu-macros.jsonl
{"name", "arguments", "definition"}. What is broken as published is listed in broken.txt with the reason.
"""
import collections
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

here = Path(__file__).resolve().parent
programs = Path(sys.argv[1])
folder = Path(os.environ.get('SPL_CORPUS') or here.parents[2] / 'shared' / 'corpus')
shown = 10000 if '--all' in sys.argv else 25
passed = failed = 0

# Per cent of the searches that are not broken: below it the ledger fails. They may only go up. `compile`: with what was
# published; `planned`: lookup tables, which were not published with them, are taken for empty ones; `guessed`: macros as well.
FLOORS = {'escu': {'parse': 99.5, 'compile': 91.2, 'planned': 98.7},
          'apps': {'parse': 97.0, 'compile': 32.7, 'planned': 41.9, 'guessed': 79.9}}
MACROS = {'escu': 'escu-macros.jsonl'}


def read(name):
    with open(folder / name, encoding='utf-8') as file:
        return [json.loads(line) for line in file if line.strip()]


def fingerprint(search):
    return hashlib.sha256(search.encode()).hexdigest()[:12]


def broken():
    """fingerprint -> reason"""
    lines = [line.split(None, 1) for line in (here / 'broken.txt').read_text().splitlines() if line and line[0] != '#']
    return {words[0]: words[1] for words in lines}


def write_texts(path, texts):
    path.write_bytes(b''.join(text.encode() + b'\0' for text in texts))


def ask(program, searches, macros=None, tables=False):
    """Number of the search -> [(kind, code, message)]"""
    errors = collections.defaultdict(list)
    with tempfile.TemporaryDirectory() as room:
        words = [programs / program, Path(room) / 'queries']
        write_texts(words[1], searches)
        if macros is not None:
            words.append(Path(room) / 'macros')
            write_texts(words[2], (text for macro in macros for text in macro))
        if tables:
            words.append('tables')
        done = subprocess.run(words, capture_output=True, timeout=600, check=True)
    for line in done.stdout.decode('utf-8', 'replace').splitlines():
        number, kind, code, message = line.split('\t', 3)
        errors[int(number)].append((kind, code, message))
    return errors


def macros_of(name):
    if name not in MACROS:
        return None
    found = [('%s(%s)' % (m['name'], ','.join(m['arguments'])) if m['arguments'] else m['name'], m['definition'])
             for m in read(MACROS[name])]
    # Every detection may be tuned by a macro of its own; as published these let everything through.
    names = {m[0] for m in found}
    used = {m for row in read(name + '.jsonl') for m in re.findall(r'`(\w+_filter)`', row['search'])}
    return found + [(m, 'search *') for m in sorted(used - names)] + [
        ('drop_dm_object_name(object)', 'rename "$object$.*" as "*"')]      # of the app that defines the data models


# What a macro may be that stands behind the first text and before the second: the first that fits.
PLACES = [
    (r'\|\s*$', r'', 'search *'),
    (r'(^|\s)$', r'\(', 'sum'),
    (r'\bmstats\b[^|]*$', r'', 'index=*'),
    (r'\b(by|as|over|fields|table|and|or|not|type=\w+)\s+$', r'', 'word'),
    (r'span=\s*"?$', r'', '1h'),
    (r'(earliest|latest)\w*\s*=\s*"?$', r'', '-1d'),
    (r'(earliest|latest)\w*\s*=\s*"?-$', r'', '1'),
    (r'\buse\w+=$', r'', 't'),
    (r'\bhead\s+$', r'', '5'),
    (r'\btstats\s+([\w]+=\S+\s+)*$', r'\s*[a-z*]', 'summariesonly=f'),
    (r'\b(bin|bucket|timechart)\s+$', r'\s*\w', 'span=1h'),
    (r'\b(stats|chart|timechart)\s+$', r'\s*(,|by\b|where\b|from\b|$|\|)', 'count'),
    (r'\brex\b[^|"]*$', r'', '"(?<word>.)"'),
    (r'\|\s*(eval|where|rename|rex|lookup|append|makeresults|inputlookup|stats|rest|savedsearch)\b[^|]*[\w")\]*]\s+$',
     r'\s*(\||\]|$)', '| search *'),
]


def guess(name, searches):
    """The text of a macro by what stands around its calls; a word if that tells nothing."""
    if 'comment' in name.lower() or name == '_':
        return ' '
    for search in searches:
        for call in re.finditer(r'`\s*' + re.escape(name) + r'\s*(\([^`]*\))?\s*`', search):
            before, behind = search[max(0, call.start() - 400):call.start()], search[call.end():call.end() + 20]
            for left, right, text in PLACES:
                if re.search(left, before, re.I) and re.match(right, behind, re.I):
                    return text
    return 'word'


def guesses(searches, errors):
    """A definition for each macro that is not in the corpus."""
    users, found = collections.defaultdict(list), {}
    for number, known in errors.items():
        for name in {e[2][15:-1] for e in known if e[1] == 'unknown-macro'}:
            users[name].append(searches[number])
    for name in users:
        bare, _, count = name.rstrip(')').partition('(')
        arguments = ['a%d' % i for i in range(int(count or 0))]
        found['%s(%s)' % (bare, ','.join(arguments)) if arguments else bare] = guess(bare, users[name])
    return sorted(found.items())


def judge(title, good, of, floor):
    global passed, failed
    share = 100.0 * good / of if of else 100.0
    fine = share >= floor
    passed += fine
    failed += not fine
    print('%s%-36s %6d of %6d   %6.2f %%   (floor %.1f %%)' % ('' if fine else 'FAILED  ', title, good, of, share, floor))


def reason(error):
    """What is lacking, in a few words: the message up to its details."""
    kind, code, message = error
    if code in ('unknown-command', 'unknown-function', 'unknown-aggregate', 'unknown-macro'):
        return message
    return re.sub(r'(cannot be run|cannot use|invalid|malformed).*', r'\1', message) if kind == 'word' else \
        '%s: %s' % (code, re.sub(r"'[^']*'", "'...'", message))


def show_reasons(errors):
    """Searches that lack something, and how many of these lack nothing else."""
    lacking, alone = collections.Counter(), collections.Counter()
    for found in errors.values():
        reasons = {reason(error) for error in found}
        lacking.update(reasons)
        if len(reasons) == 1:
            alone.update(reasons)
    print('    lack   nothing else   what')
    for text, count in lacking.most_common(shown):
        print('  %6d         %6d   %s' % (count, alone[text], text[:100]))


def ledger(name, known):
    rows = read(name + '.jsonl')
    whole = [row for row in rows if fingerprint(row['search']) not in known]
    parsing = ask('parse', [row['search'] for row in whole])
    searches = [row['search'] for row in whole]
    macros = macros_of(name) or []
    compiling = ask('compile', searches, macros)
    guessed = guesses(searches, compiling)
    compiled = len(whole) - len(compiling)
    planned = len(whole) - len(ask('compile', searches, macros, tables=True))
    compiling = ask('compile', searches, macros + guessed, tables=True)
    print('%s: %d searches, %d broken as published' % (name, len(rows), len(rows) - len(whole)))
    judge('%s parse' % name, len(whole) - len(parsing), len(whole), FLOORS[name]['parse'])
    for number in list(parsing)[:shown]:
        print('  %s %s: %s' % (fingerprint(whole[number]['search']), whole[number]['id'], parsing[number][0][2]))
    judge('%s compile' % name, compiled, len(whole), FLOORS[name]['compile'])
    judge('%s plan, tables unknown' % name, planned, len(whole), FLOORS[name]['planned'])
    if guessed:
        judge('%s, %d macros guessed as well' % (name, len(guessed)), len(whole) - len(compiling), len(whole),
              FLOORS[name]['guessed'])
    show_reasons(compiling)
    print()
    return {fingerprint(row['search']) for row in rows}


def main():
    global failed
    if not (folder / 'apps.jsonl').exists():
        print('skipped: no searches in %s (SPL_CORPUS names the folder)' % folder)
        print('0 passed, 0 failed')
        return 0
    known = broken()
    there = set()
    for name in FLOORS:
        there |= ledger(name, known)
    for mark in sorted(set(known) - there):
        failed += 1
        print('FAILED  %s in broken.txt is no search of the corpus' % mark)
    print('%d passed, %d failed' % (passed, failed))
    return failed > 0


sys.exit(main())
