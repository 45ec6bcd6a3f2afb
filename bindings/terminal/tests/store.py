#!/usr/bin/env python3
"""--allow-write: what collect and mcollect write, where, and what is refused. Usage: store.py SPL_RUN"""
import json
import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

program = str(Path(sys.argv[1]).resolve())
passed = failed = 0
EVENTS = ''.join(json.dumps({'_time': 1700000000 + i, 'host': 'h%d' % (i % 2), 'source': 's', 'n': i, 'u': u, 'v': ['p', 'q']}) + '\n'
                 for i, u in enumerate(['a', 'b "c"\\', 'a', 'é\n', 'a']))


def check(what, holds, *shown):
    global passed, failed
    passed += bool(holds)
    failed += not holds
    if not holds:
        print('FAILED  %s' % what, *shown)


def run(folder, query, *words, allow='out', stdin=EVENTS, prepare=None):
    allowed = ['--allow-write', str(folder / allow)] if allow else []
    done = subprocess.run([program, '-q', '--now', '1700003600', *allowed, *words, query], input=stdin, capture_output=True,
                          text=True, timeout=60, cwd=folder, env={'TZ': 'UTC'}, preexec_fn=prepare)
    return done.returncode, done.stdout, done.stderr


def files(folder, where='out'):
    return sorted(p.name for p in (folder / where).iterdir())


def rows(text):
    return [json.loads(line) for line in text.splitlines()]


def case(test):
    with tempfile.TemporaryDirectory() as room:
        folder = Path(room)
        (folder / 'out').mkdir()
        (folder / 'events.ndjson').write_text(EVENTS)
        test(folder)


def round_trip(folder):
    """Summaries in several goes, read again, give what the query gives over everything."""
    lines = EVENTS.splitlines(keepends=True)
    for part in lines[:2], lines[2:]:
        code, out, err = run(folder, 'sistats count sum(n) avg(n) dc(u) values(u) BY host | collect index=sum', stdin=''.join(part))
        check('summary written', code == 0 and not err, err)
    check('one file an index', files(folder) == ['sum.ndjson'])
    query = 'stats count sum(n) avg(n) dc(u) values(u) BY host'
    again = run(folder, 'search index=sum sourcetype=stash | ' + query, 'out/sum.ndjson', allow=None, stdin='')
    again = subprocess.run([program, '-q', 'search index=sum sourcetype=stash | ' + query, 'out/sum.ndjson'], cwd=folder,
                           capture_output=True, text=True)
    straight = run(folder, query, allow=None)
    check('round trip', again.returncode == 0 and again.stdout == straight[1] != '', again.stdout, straight)


def events_stay(folder):
    """Copied events keep their fields, and are found as events of that index."""
    run(folder, 'collect index=copy marker="a=1, a=2"')
    wanted = run(folder, 'table _time host source n u "v{}" _raw', allow=None)[1]
    done = subprocess.run([program, '-q', 'search index=copy a=2 | rex mode=sed "s/, a=1, a=2$//" | makemv delim="\n" "v{}"'
                           ' | table _time host source n u "v{}" _raw', 'out/copy.ndjson'], cwd=folder, capture_output=True, text=True)
    check('copy', done.stdout == wanted, done.stdout, wanted, done.stderr)


def metrics(folder):
    code, out, err = run(folder, 'mcollect index=m split=t u host source')
    check('metrics', code == 0 and len(rows((folder / 'out/m.ndjson').read_text())) == 5, err)
    done = subprocess.run([program, '-q', '| mstats avg(n) WHERE index=m BY host', 'out/m.ndjson'], cwd=folder, capture_output=True,
                          text=True)
    check('mstats', rows(done.stdout) == [{'host': 'h0', 'avg(n)': 2}, {'host': 'h1', 'avg(n)': 2}], done.stdout, done.stderr)


def names(folder):
    (folder / 'victim').write_text('mine')
    for name in '../victim', '/tmp/x', 'a/b', 'a\\\\b', '.hidden', '..', 'a..b', 'x\ty', 'n' * 201:
        for option in 'index', 'file':
            code, out, err = run(folder, 'collect %s="%s"' % (option, name))
            check('%s=%r' % (option, name), code == 1 and 'cannot be the name of a file' in err and not files(folder), code, err)
    code, out, err = run(folder, 'collect index="a b" file="späte $timestamp$.txt"')
    check('a good name', code == 0 and files(folder) == ['späte 1700003600.txt'], err)
    check('nobody else', (folder / 'victim').read_text() == 'mine' and sorted(os.listdir(folder)) == ['events.ndjson', 'out', 'victim'])


def links(folder):
    (folder / 'victim').write_text('mine')
    (folder / 'out/a.ndjson').symlink_to('../victim')
    (folder / 'out/b.ndjson').symlink_to('nowhere')
    os.mkfifo(folder / 'out/c.ndjson')
    (folder / 'out/d.ndjson').mkdir()
    for index in 'abcd':
        code, out, err = run(folder, 'collect index=%s' % index)
        check('no plain file: %s' % index, code == 1 and 'error: collect failed' in err, code, err)
    check('links', (folder / 'victim').read_text() == 'mine' and not (folder / 'out/nowhere').exists())


def failures(folder):
    """A search that fails leaves nothing, one that nobody reads any more is done."""
    check('fails', run(folder, 'collect index=a', '--limit-rows', '1')[0] == 1 and not files(folder))
    check('unreadable', run(folder, 'collect index=a', '-i', 'events.ndjson', '-i', 'nosuch')[0] == 1 and not files(folder))
    big = EVENTS * 20000
    (folder / 'big.ndjson').write_text(big)
    pipe = subprocess.Popen([program, '-q', '--allow-write', 'out', 'collect index=a', 'big.ndjson'], cwd=folder, stdout=subprocess.PIPE)
    pipe.stdout.readline()
    pipe.stdout.close()
    check('left alone', pipe.wait(60) == 0 and sum(1 for _ in open(folder / 'out/a.ndjson')) == 100000)
    code, out, err = run(folder, 'collect index=a | stats count', '-i', 'out/a.ndjson')
    check('its own input', rows(out) == [{'count': 100000}] and sum(1 for _ in open(folder / 'out/a.ndjson')) == 200000, code, err)


def full(folder):
    """As on a full disk: what was there stays as it was."""
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
    run(folder, 'collect index=a')
    before = (folder / 'out/a.ndjson').read_text()
    (folder / 'out/a.ndjson').write_text(before * 2)
    code, out, err = run(folder, 'collect index=a', prepare=limit)
    check('no room', code == 1 and "cannot write to '" in err and (folder / 'out/a.ndjson').read_text() == before * 2, code, err,
          len(before))
    code, out, err = run(folder, 'collect index=b', stdin=EVENTS * 100, prepare=limit)
    check('no room to wait', code == 1 and "cannot write to '" in err and files(folder) == ['a.ndjson'], code, err)


def rights(folder):
    def nobody():
        if os.getuid() == 0:
            os.setgid(65534)
            os.setuid(65534)
    os.chmod(folder, 0o755)
    os.chmod(folder / 'out', 0o555)
    code, out, err = run(folder, 'collect index=a', prepare=nobody)
    check('no rights', code == 1 and 'Permission denied' in err, code, err)
    os.chmod(folder / 'out', 0o755)
    code, out, err = run(folder, 'collect index=a', allow='nosuch')
    check('no folder', code == 2 and "cannot open the folder" in err, code, err)
    code, out, err = run(folder, 'collect index=a', allow='events.ndjson')
    check('a file', code == 2 and "cannot open the folder" in err, code, err)


def together(folder):
    """Several at once: whole lines of each."""
    (folder / 'big.ndjson').write_text(EVENTS * 2000)
    (folder / 'out/a.ndjson').write_text('{"half":')           # of somebody who died
    runs = [subprocess.Popen([program, '-q', '--allow-write', 'out', 'collect index=a | stats count', 'big.ndjson'], cwd=folder,
                             stdout=subprocess.DEVNULL) for _ in range(4)]
    check('together', [one.wait(60) for one in runs] == [0] * 4)
    lines = (folder / 'out/a.ndjson').read_text().splitlines()
    check('whole lines', lines[0] == '{"half":' and len(rows('\n'.join(lines[1:]))) == 40000, len(lines))


def detections(folder):
    (folder / 'page.md').write_text('# T1\n\n## Analytics\n\n### One\n\n```spl\nsearch n>2 | collect index=alerts marker="severity=high"\n```\n')
    done = subprocess.run([program, '--detect', 'page.md', '--allow-write', 'out', '-o', 'json', 'events.ndjson'], cwd=folder,
                          capture_output=True, text=True)
    check('alerts', done.returncode == 0 and len(rows(done.stdout)) == 2, done.stdout, done.stderr)
    stored = rows((folder / 'out/alerts.ndjson').read_text()) if files(folder) else []
    check('alerts stored', [(row['n'], row['severity'], row['index']) for row in stored] == [(3, 'high', 'alerts'), (4, 'high', 'alerts')], stored)


for test in (round_trip, events_stay, metrics, names, links, failures, full, rights, together, detections):
    case(test)
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
