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


def tables(folder):
    """outputlookup and outputcsv: replaced at once, appended to, updated; what is read again is what was written."""
    def table(query, events, name='t.csv', code=0, **words):
        done = run(folder, query, stdin=''.join(json.dumps(event) + '\n' for event in events), **words)
        check(query, done[0] == code, done)
        path = folder / 'out' / name
        return path.read_text() if path.exists() else None
    first = [{'a': 1, 'd': 2, 'j': 'x, "y"'}, {'a': 3, 'j': ' two\nlines '}]
    want = 'a,d,j\n1,2,"x, ""y"""\n3,,"%s"\n'
    check('replace', table('table a d j | outputlookup t.csv', first) == want % ' two\nlines ')
    again = subprocess.run([program, '-q', '--lookup-dir', 'out', '| inputlookup t.csv'], cwd=folder, capture_output=True, text=True)
    check('read again', rows(again.stdout) == first, again.stdout, again.stderr)
    check('append', table('table a c j | outputlookup append=t t.csv', [{'a': 5, 'c': 6}]) == want % ' two\nlines ' + '5,,\n')
    check('update', table('table a d | outputlookup key_field=a t.csv', [{'a': 3, 'd': 'new'}, {'a': 9, 'd': 9}, {'a': 9, 'd': 8}, {'d': 0}])
          == 'a,d,j\n1,2,"x, ""y"""\n3,new,\n5,,\n9,8,\n"",0,\n')
    check('insert', table('table a d | outputlookup key_field=a allow_updates=f t.csv', [{'a': 3, 'd': 'no'}, {'a': 7}]).endswith('7,,\n'))
    check('other columns', table('table a c j | outputlookup t.csv', [{'a': 5, 'c': 6}]) == 'a,c,j\n5,6,\n')
    check('no rows: as it was', table('search x=1 | outputlookup override_if_empty=f t.csv', first) == 'a,c,j\n5,6,\n')
    check('no rows, append', table('search x=1 | outputlookup append=t t.csv', first) == 'a,c,j\n5,6,\n')
    check('no rows: empty', table('search x=1 | outputlookup create_empty=t t.csv', first) == '')
    check('no rows, nothing in it', table('search x=1 | outputlookup append=t t.csv', first) == '')
    check('append to nothing', table('table a | outputlookup append=t t.csv', first) == 'a\n1\n3\n')
    check('no rows: gone', table('search x=1 | outputlookup t.csv', first) is None)
    check('no rows, not there', table('search x=1 | outputlookup t.csv', first) is None)
    check('several values', table('stats values(a) AS a | outputlookup t', first) == 'a\n1 3\n')
    check('a definition', table('table a | outputlookup name', first, 'defined.csv') is None)
    code, out, err = run(folder, 'table a | outputlookup name', '--define', 'lookup:name=filename=defined.csv', stdin='{"a":1}\n')
    check('a definition', code == 0 and (folder / 'out/defined.csv').read_text() == 'a\n1\n', err)
    check('a file', table('table a | outputcsv report', first, 'report.csv') == 'a\n1\n3\n')
    check('another ending', table('table a | outputcsv report.txt', first, 'report.txt') == 'a\n1\n3\n')
    check('odd files', (folder / 'out/odd.csv').write_text('\ufeffa,"b""c",d\r\n"1\r\n2",x\r\n\r\n3,4,5,6\r\n') and
          table('table a | outputlookup append=t odd.csv', [{'a': 'é'}], 'odd.csv') == 'a,"b""c",d\n"1\n2",x,\n3,4,5\né,,\n')
    before = files(folder)
    check('no key', table('table a | outputlookup key_field=x t.csv', first, code=1) == 'a\n1 3\n')
    check('no key there', table('table a d | outputlookup key_field=d t.csv', first, code=1) == 'a\n1 3\n')
    for query in ('outputlookup x.csv.gz', 'outputlookup "../x.csv"', 'outputcsv "a/b"', 'outputlookup .x.csv', 'outputcsv ".."',
                  'outputlookup x output_format=splunk_mv_csv'):
        table(query, first, code=1)
    check('fails later', run(folder, 'table a | outputlookup t.csv', '--limit-rows', '1')[0] == 1)
    check('nothing new', files(folder) == before and (folder / 'out/t.csv').read_text() == 'a\n1 3\n', files(folder))
    (folder / 'victim').write_text('mine')
    (folder / 'out/link.csv').symlink_to('../victim')
    (folder / 'out/folder.csv').mkdir()
    for query in 'outputlookup link.csv', 'search n=x | outputlookup link.csv', 'outputlookup append=t link.csv', 'outputlookup folder.csv':
        table(query, first, code=1)
    check('links', (folder / 'victim').read_text() == 'mine' and (folder / 'out/link.csv').is_symlink())
    check('only with leave', run(folder, 'outputlookup t.csv', allow=None)[0] == 2)


def many_keys(folder):
    """Updates of a large table do not take for ever."""
    events = ''.join('{"k":"key%d","v":%d}\n' % (i, i) for i in range(100000))
    for go in 'outputlookup t.csv', 'eval v=v+1 | table k v | outputlookup key_field=k t.csv':
        code, out, err = run(folder, 'table k v | ' + go + ' | stats count', stdin=events)
        check(go, code == 0 and rows(out) == [{'count': 100000}], err)
    lines = (folder / 'out/t.csv').read_text().splitlines()
    check('all of them', len(lines) == 100001 and lines[1] == 'key0,1' and lines[-1] == 'key99999,100000', lines[:3])


for test in (tables, many_keys, round_trip, events_stay, metrics, names, links, failures, full, rights, together, detections):
    case(test)
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
