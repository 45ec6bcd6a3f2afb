#!/usr/bin/env python3
"""The command line contract of spl-run, from outside.

Usage: terminal.py SPL_RUN SOURCE_ROOT [PART...]      parts: the functions below; all of them when none is named
"""
import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

spl_run, top = os.path.abspath(sys.argv[1]), Path(sys.argv[2]).resolve()
passed = failed = 0
EVENTS = '{"_time":1700000000,"n":1,"host":"h1","user":"root"}\n{"_time":1700003600,"n":2,"host":"h2","user":"jdoe"}\n' \
         '{"_time":1700007200,"n":3,"host":"h1"}\n'


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.out = done.stdout.decode('utf-8', 'replace')
        self.err = done.stderr.decode('utf-8', 'replace')

    def rows(self):
        return [json.loads(line) for line in self.out.splitlines()]


def run(*words, stdin=EVENTS, env=None):
    data = stdin if isinstance(stdin, bytes) else stdin.encode()
    clean = {k: v for k, v in os.environ.items() if k not in ('TZ', 'NO_COLOR')}
    clean.update(env or {})
    return Result(subprocess.run([spl_run, *map(str, words)], input=data, capture_output=True, timeout=120, env=clean))


def check(title, holds, *seen):
    global passed, failed
    if holds:
        passed += 1
        return
    failed += 1
    print('FAILED  %s' % title)
    for result in seen:
        if isinstance(result, Result):
            print('  exit %d' % result.code)
            print('  out  %s' % result.out[:600].replace('\n', '\n       '))
            print('  err  %s' % result.err[:600].replace('\n', '\n       '))
        else:
            print('  %s' % (result,))


def expect(title, result, code=0, out=None, err=None, has=None):
    good = result.code == code
    good &= out is None or result.out == out
    good &= err is None or result.err == err
    good &= has is None or has in result.err
    wish = ['wanted exit %s' % code] + ['wanted %r' % text for text in (out, err, has) if text is not None]
    check(title, good, result, *wish)


def forms(here):
    (here / 'q.spl').write_text('search n>1\n| table n\n')
    (here / 'a.ndjson').write_text(EVENTS)
    (here / 'b.ndjson').write_text('{"n":4}\n')
    expect('standard input', run('| table n'.strip('| '), '-q'), out='{"n":1}\n{"n":2}\n{"n":3}\n')
    expect('a dash is standard input', run('search n=1 | table n', '-'), out='{"n":1}\n')
    expect('files in order', run('search * | table n', here / 'b.ndjson', here / 'a.ndjson'),
           out='{"n":4}\n{"n":1}\n{"n":2}\n{"n":3}\n')
    expect('-i', run('-i', here / 'b.ndjson', 'search * | table n', stdin=''), out='{"n":4}\n')
    expect('--input=', run('--input=%s' % (here / 'b.ndjson'), 'search * | table n', stdin=''), out='{"n":4}\n')
    expect('-f', run('-f', here / 'q.spl', stdin=EVENTS), out='{"n":2}\n{"n":3}\n')
    expect('-f with files', run('-f', here / 'q.spl', here / 'a.ndjson', stdin=''), out='{"n":2}\n{"n":3}\n')
    expect('a generating query waits for nothing', run('| makeresults | eval x=1 | table x', stdin=b''), out='{"x":1}\n')
    expect('an empty input', run('stats count', stdin=''), out='{"count":0}\n')
    expect('source is the file', run('stats count BY source', here / 'b.ndjson'),
           out='{"source":"%s","count":1}\n' % (here / 'b.ndjson'))


def compressed(here):
    (here / 'z.gz').write_bytes(gzip.compress(EVENTS.encode()))
    (here / 'two.gz').write_bytes(gzip.compress(EVENTS.encode()) + gzip.compress(EVENTS.encode()))
    expect('gzip by content', run('stats sum(n) AS s', here / 'z.gz'), out='{"s":6}\n')
    expect('two gzip members', run('stats sum(n) AS s', here / 'two.gz'), out='{"s":12}\n')
    expect('gzip on standard input', run('stats sum(n) AS s', stdin=gzip.compress(EVENTS.encode())), out='{"s":6}\n')
    cut = run('stats sum(n) AS s', stdin=gzip.compress(EVENTS.encode() * 1000)[:200])
    check('a gzip file that is cut short is told', cut.code == 1 or cut.err != '', cut)
    if shutil.which('zstd'):
        (here / 'plain').write_text(EVENTS)
        subprocess.run(['zstd', '-q', '-f', here / 'plain', '-o', here / 'z.zst'], check=True)
        expect('zstd by content', run('stats sum(n) AS s', here / 'z.zst'), out='{"s":6}\n')


def outputs(here):
    expect('json: order, null left out, numbers bare, lists', run(
        '| makeresults | eval b="x\\"y", a=0.5, n=null(), c=split("p,q", ","), d="007", e=1e3 | table b a n c d e', stdin=''),
        out='{"b":"x\\"y","a":0.5,"c":["p","q"],"d":"007","e":1000}\n')
    expect('csv', run('-o', 'csv', '| makeresults | eval a="x,\\"y\\"", b=split("p,q", ","), c=null() | table a b c', stdin=''),
           out='a,b,c\n"x,""y""","p\nq",\n')
    expect('raw', run('-o', 'raw', 'search n=2'), out='{"_time":1700003600,"n":2,"host":"h2","user":"jdoe"}\n')
    table = run('-o', 'table', 'search * | table n user')
    lines = table.out.splitlines()
    check('table has a head and a row each', table.code == 0 and lines and lines[0].split() == ['n', 'user'] and
          any(line.split() == ['2', 'jdoe'] for line in lines), table)
    expect('no such output format', run('-o', 'nosuch', 'stats count'), code=2, out='')
    expect('arrow is not there', run('-o', 'arrow', 'stats count'), code=2, out='', has='not available')


def inputs(here):
    expect('-I csv', run('-I', 'csv', 'search a>1 | table b', stdin='a,b\n1,x\n2,"y z"\n'), out='{"b":"y z"}\n')
    expect('-I tsv', run('-I', 'tsv', 'search a>1 | table b', stdin='a\tb\n1\tx\n2\ty z\n'), out='{"b":"y z"}\n')
    expect('-I json, an array', run('-I', 'json', 'stats sum(a) AS s', stdin='[{"a":1},\n{"a":2}]'), out='{"s":3}\n')
    expect('-I kv', run('-I', 'kv', 'search * | table level msg', stdin='level=error msg="no such file"\n'),
           out='{"level":"error","msg":"no such file"}\n')
    expect('-I raw', run('-I', 'raw', 'search * | table _raw level', stdin='level=error\n'), out='{"_raw":"level=error"}\n')
    expect('auto knows csv', run('stats sum(a) AS s', stdin='a,b\n1,x\n2,y\n'), out='{"s":3}\n')
    expect('auto knows an array', run('stats sum(a) AS s', stdin='[{"a":1},{"a":2}]'), out='{"s":3}\n')
    expect('no such input format', run('-I', 'nosuch', 'stats count'), code=2, has='nosuch')
    expect('defaults for events that carry none', run('--sourcetype', 'st', '--source', 'so', '--host', 'ho', '--index', 'ix',
           'search * | table sourcetype source host index', stdin='{"a":1}\n{"host":"own"}\n'),
           out='{"sourcetype":"st","source":"so","host":"ho","index":"ix"}\n'
               '{"sourcetype":"st","source":"so","host":"own","index":"ix"}\n')
    expect('--time-field', run('--time-field', 'when', 'search * | table _time', stdin='{"when":1700000000,"time":5}\n'),
           out='{"_time":1700000000}\n')
    expect('--kv-mode xml', run('--kv-mode', 'xml', 'table r.a r.b{@c}', stdin='<r><a>1</a><b c="2"/></r>\n'), out='{"r.a":1,"r.b{@c}":2}\n')
    expect('--kv-mode multi', run('--kv-mode', 'multi', '-q', 'table PID CMD', stdin='PID CMD\n  1 init\n 42 sh -c x\n'),
           out='{"PID":1,"CMD":"init"}\n{"PID":42,"CMD":"sh -c x"}\n')
    expect('--kv-mode that there is not', run('--kv-mode', 'yaml', 'stats count', stdin=''), code=2,
           has='it wants auto|auto_escaped|json|xml|none|multi')
    (here / 'events.xml').write_text('<r><a>1</a></r>\n' * 3000 + '<r><a>2</a></r>\n')
    expect('--kv-mode of a file, with threads', run('--kv-mode', 'xml', '-j', '2', 'stats count sum(r.a) AS s', str(here / 'events.xml')),
           out='{"count":3001,"s":3002}\n')


def definitions(here):
    (here / 'names.txt').write_text('root\n\n  admin \n')
    expect('--list of values', run('--list', 'known=root,admin', 'where user IN ("known") | table user'),
           out='{"user":"root"}\n')
    expect('--list of a file', run('--list', 'known=%s' % (here / 'names.txt'), 'where user IN ("known") | table user'),
           out='{"user":"root"}\n')
    expect('--list of a file that is not there', run('--list', 'known=/no/such/file', 'stats count'), code=2, has='/no/such/file')
    expect('--macro with arguments', run('--macro', 'big(x)=n>$x$', 'search `big(2)` | table n'), out='{"n":3}\n')
    expect('--define', run('--define', 'eventtype:big=n>2', 'search eventtype=big | table n'), out='{"n":3}\n')
    expect('--macro without', run('--macro', 'one=n=1', 'search `one` | table n'), out='{"n":1}\n')
    expect('--now', run('--now', '1700000000', '| makeresults | eval n=now() | table n', stdin=''), out='{"n":1700000000}\n')
    expect('--now as ISO 8601', run('--now', '2023-11-14T22:13:20Z', '| makeresults | eval n=now() | table n', stdin=''),
           out='{"n":1700000000}\n')
    expect('--tz', run('--tz', 'Europe/Berlin', '| makeresults | eval n=strftime(1700000000, "%H %Z") | table n', stdin=''),
           out='{"n":"23 CET"}\n')
    expect('TZ', run('| makeresults | eval n=strftime(1700000000, "%H") | table n', stdin='', env={'TZ': 'Asia/Tokyo'}),
           out='{"n":"07"}\n')
    expect('no zone: UTC', run('| makeresults | eval n=strftime(1700000000, "%H") | table n', stdin=''), out='{"n":22}\n')
    expect('--earliest and --latest', run('--earliest', '1700000001', '--latest', '1700007200', 'search * | table n'),
           out='{"n":2}\n')
    expect('no such zone', run('--tz', 'Mars/Olympus', 'stats count'), code=2, has='Mars/Olympus')


def failures(here):
    expect('an error with its carets', run('| where cidrmach("10.0.0.0/8", src_ip)'), code=2, out='',
           err='error: unknown function \'cidrmach\'; did you mean \'cidrmatch\'?\n'
               '  | where cidrmach("10.0.0.0/8", src_ip)\n          ^^^^^^^^\n')
    both = run('eval x=uper("a") | statz')
    check('every mistake, by place', both.code == 2 and both.err.index('uper') < both.err.index('statz') and
          both.err.count('error:') == 2, both)
    expect('a file that is not there', run('stats count', '/no/such/file'), code=1, has='/no/such/file')
    expect('a directory', run('stats count', here), code=1)
    expect('a query file that is not there', run('-f', '/no/such/query'), code=2, has='/no/such/query')
    expect('an unknown option', run('--nosuch', 'stats count'), code=2, out='', has='--nosuch')
    expect('an option without its value', run('stats count', '-o'), code=2, out='')
    expect('no query', run(stdin=''), code=2, out='')
    (here / 'bad.ndjson').write_text('{"n":1}\nnot json\n{"n":2}\n{"n":\n')
    bad = run('search * | table n', here / 'bad.ndjson')
    check('bad lines are skipped, counted and told with their place', bad.code == 0 and bad.out == '{"n":1}\n{"n":2}\n' and
          '2 lines were not valid JSON; first at %s:2: ' % (here / 'bad.ndjson') in bad.err, bad)
    check('-q does not tell', run('-q', 'search * | table n', here / 'bad.ndjson').err == '')
    limited = run('--limit-rows', '2', 'search * | table n')
    check('--limit-rows', limited.code == 1 and limited.out == '{"n":1}\n{"n":2}\n' and limited.err.startswith('error:') and
          '2' in limited.err, limited)
    expect('--limit-rows that is not reached', run('--limit-rows', '3', 'search * | table n'), out='{"n":1}\n{"n":2}\n{"n":3}\n')
    slow = run('--limit-time', '0.2', '| makeresults count=100000000 | eval x=random() % 9973 | stats dc(x) AS d', stdin='')
    check('--limit-time', slow.code == 1 and slow.err.startswith('error:') and slow.out == '', slow)
    fat = run('--memory', '20M', '| makeresults count=3000000 | eval x=md5(tostring(random())) | stats values(x) AS v', stdin='')
    check('--memory', fat.code == 1 and 'memory' in fat.err and fat.out == '', fat)
    many = '| makeresults count=200000 | streamstats count AS n | eval x=md5(tostring(n)) | sort 0 x | table n x'
    whole, aside = run(many, stdin=''), run('--memory', '20M', '--tmp', here, many, stdin='')
    check('--memory and --tmp: the same rows', whole.code == aside.code == 0 and whole.out == aside.out != '', aside.err)
    lost = run('--memory', '20M', '--tmp', here / 'none', many, stdin='')
    check('--tmp: a folder that is not there', lost.code == 1 and 'there is no such folder' in lost.err, lost.err)
    gone = subprocess.run('"%s" "| makeresults count=2000000" | head -n 1' % spl_run, shell=True, capture_output=True, timeout=60)
    check('a reader that leaves ends it quietly', gone.stderr == b'' and gone.stdout.count(b'\n') == 1, gone)


def views(here):
    expect('--check of a good query', run('--check', 'search a=1 | stats count', stdin=''), out='', err='')
    expect('--check of a bad one', run('--check', 'stats cont', stdin=''), code=2, out='', has='cont')
    found = run('--check', '-o', 'json', 'eval x=uper("a") | statz', stdin='')
    trail = run('--check', '-o', 'json', '--macro', 'o(f)=where `i($f$)`>1', '--macro', 'i(g)=uper($g$)', 'search a=1 | `o(x)`').rows()
    check('--check as JSON: suggestion, place, macros', len(trail) == 1 and trail[0]['suggestion'] == 'upper' and
          trail[0]['hint'] == "did you mean 'upper'?" and (trail[0]['line'], trail[0]['column'], trail[0]['offset'],
          trail[0]['length']) == (1, 14, 13, 6) and [(m['name'], m['definition'], m['offset'], m['length'])
          for m in trail[0]['macros']] == [('i(1)', 'uper($g$)', 0, 4), ('o(1)', 'where `i($f$)`>1', 6, 8)], trail)
    doubt = run('--check', '-o', 'json', 'stats count | where cout>1', stdin='')
    check('--check as JSON: warnings', doubt.code == 0 and [(row['severity'], row['code']) for row in doubt.rows()] ==
          [('warning', 'unknown-field')], doubt)
    expect('--check -q', run('--check', '-q', 'stats count | where cout>1', stdin=''), out='', err='')
    written = here / 'two.spl'
    written.write_text('search a=1\n| statz count\n')
    placed = run('--check', '-o', 'json', '-f', written, stdin='')
    check('--check -f', placed.code == 2 and [(row['line'], row['column']) for row in placed.rows()] == [(2, 3)], placed)
    check('--check of standard input', run('--check', stdin='search a=1 | statz').code == 2)
    check('--check as JSON', found.code == 2 and [row['code'] for row in found.rows()] == ['unknown-function', 'unknown-command'] and
          found.rows()[0]['line'] == 1 and found.rows()[0]['column'] == 8 and found.rows()[0]['length'] == 4, found)
    plan = run('--explain', 'search error a=1 | stats count BY b | sort - count', stdin='')
    check('--explain', plan.code == 0 and all(word in plan.out for word in ('prefilter', 'stats', 'sort', 'b', 'split')), plan)
    figures = run('--stats', 'search n>1 | stats count')
    check('--stats', figures.code == 0 and figures.out == '{"count":2}\n' and 'events 3' in figures.err and 'rows 1' in figures.err,
          figures)
    check('--help', run('--help', stdin='').out.startswith('usage:'))
    for word in ('stats', 'cidrmatch', 'dc', 'options', 'limits', 'words', 'commands', 'functions', 'aggregates', 'errors', 'unknown-field'):
        text = run('--help', word, stdin='')
        check('--help %s' % word, text.code == 0 and len(text.out) > 40, text)
    check('--help of nothing', run('--help', 'nosuchword', stdin='').code == 2)
    check('--version', 'libspl' in run('--version', stdin='').out)
    coloured = run('--color', 'always', '| where nosuch(1)', stdin='')
    check('--color always', '\x1b[' in coloured.err, coloured)
    check('colour is for terminals', '\x1b[' not in run('| where nosuch(1)', stdin='').err)


def threads(here):
    big = here / 'big.ndjson'
    with big.open('w') as out:
        for i in range(60000):
            out.write('{"_time":%d.%03d,"n":%d,"host":"h%d","user":"u%d","x":%.3f,"msg":"event number %d of some size"}\n' % (
                1700000000 + i // 7, i % 1000, i, i % 13, i * 7919 % 501, (i * 31 % 1000) / 7, i))
    for query in ('stats count, sum(x), avg(x), dc(user), values(host), list(n), first(n), perc90(x), stdev(x) BY host',
                  'search h1 n>100 | table n x', 'sort - x, n | head 20 | table n x', 'top user', 'dedup user | table n user',
                  'eval m=n%97 | where m=5 | tail 7 | table n m', 'timechart span=10m count BY host',
                  'eventstats avg(x) AS a BY host | head 500 | table n a', 'search * | table *'):
        one = run('-j', '1', query, big, stdin='')
        for count in ('2', '5'):
            several = run('-j', count, query, big, stdin='')
            check('-j %s gives the same bytes: %s' % (count, query),
                  one.code == 0 and several.code == 0 and one.out == several.out and one.out != '', one, several)


def detection(here):
    page = top / 'examples/t1610/deploy-container.md'
    corpus = top / 'tests/detect/t1610.ndjson'
    lists = ['--list', 'known_admins=svc-deploy,root',
             '--list', 'known_images_list=registry.corp.example/web:2.4.1,registry.corp.example/api:1.9']
    wanted = {'container-start/1': [4, 9], 'application-log-content/1': [1, 2, 3, 4, 6, 7, 8], 'container-creation/1': [3, 8]}

    def alerts(*words):
        result = run(*words, '-o', 'json', '--detect', page, corpus, stdin='')
        found = {}
        for row in result.rows():
            found.setdefault(row['rule']['id'], []).append(row['row']['n'])
        return result, found

    result, found = alerts(*lists)
    check('the three analytics give the rows they should', result.code == 0 and len(found) == 3 and
          all(any(key.endswith(end) and sorted(found[key]) == rows for key in found) for end, rows in wanted.items()), result, found)
    check('alerts say which rule', all(row['rule']['attack'] == ['T1610'] and row['rule']['title'] and row['rule']['pack'] and
          row['rule']['severity'] and 'time' in row for row in result.rows()), result)
    check('the summary', '3 rules' in result.err and '11 alerts' in result.err and '11 events' in result.err, result)
    result, found = alerts()
    check('without the lists their names are plain values',
          [sorted(rows) for key, rows in found.items() if key.endswith('container-start/1')] == [[2, 4, 9]], found)
    check('--detect as a table', run(*lists, '-o', 'table', '--detect', page, corpus, stdin='').code == 0)
    expect('a pack that is not there', run('--detect', '/no/such/pack.md', corpus, stdin=''), code=1, has='/no/such/pack.md')
    good = run('--check', '--detect', page, stdin='')
    check('--check --detect', good.code == 0, good)


def odd_things(here):
    """Files and words that somebody will hand over by mistake."""
    odd = here / 'odd.md'
    odd.write_bytes(b'\xef\xbb\xbf# T1610 b\xffd "q"\n\n```spl\nsearch n>1\n```\n\n```spl\n| evil x\n```\n')
    alerts = subprocess.run([spl_run, '-o', 'json', '--detect', str(odd)], input=EVENTS.encode(), capture_output=True, timeout=60)
    rows = [json.loads(line.decode()) for line in alerts.stdout.splitlines()]
    check('alerts are valid JSON whatever a title holds', alerts.returncode == 0 and len(rows) == 2 and
          rows[0]['rule']['title'].startswith('T1610 b\ufffdd "q"'), alerts.stdout, alerts.stderr)
    found = run('-o', 'json', '--check', '--detect', odd, stdin='')
    check('--check of a pack as JSON', found.code == 2 and [row['code'] for row in found.rows()] == ['unknown-command'] and
          found.rows()[0]['rule'].startswith('T1610') and found.rows()[0]['pack'].startswith('T1610') and
          found.rows()[0]['pack_line'] == 8, found)
    check('--check of a pack counts', run('--check', '--detect', odd, stdin='').out == '2 rules: 1 ready, 1 do not compile, '
          '0 without a search\n')
    (here / 'prose.md').write_text('# Words\n\nNothing to run.\n')
    expect('a pack without a search', run('--detect', here / 'prose.md'), has='warning: there is no search in any of the packs')
    expect('a folder is no pack', run('--detect', here), code=1, has='cannot read the pack')
    expect('a folder is no query', run('-f', here), code=2, has='cannot read the query file')
    (here / 'marked.spl').write_bytes(b'\xef\xbb\xbfsearch n=2\r\n| table n\r\n')
    expect('a byte order mark before a query', run('-f', here / 'marked.spl'), out='{"n":2}\n', err='')
    (here / 'marked.txt').write_bytes(b'\xef\xbb\xbfroot\r\nops\r\n')
    expect('a byte order mark before a list', run('--list', 'a=%s' % (here / 'marked.txt'), 'where user IN ("a") | table n'),
           out='{"n":1}\n')
    expect('a list file that is not there', run('--list', 'a=nosuch.txt', 'where user IN ("a")'), code=2, has='nosuch.txt')
    for name, text, told in (('lines.csv', 'a,b\n"x\ny",1\n\n3\n', '1 line was not valid csv; first at %s:5: fewer values'),
                             ('quote.csv', 'a,b\n1,2\n1,"x\n', '1 line was not valid csv; first at %s:3: a quote is never closed'),
                             ('pretty.json', '{\n"a":1\n}\n{\n"a":\n}\n{"a":2}\n', '1 line was not valid JSON; first at %s:4: a value')):
        (here / name).write_text(text)
        expect('the line of a bad record among some of several lines: %s' % name, run('search *', here / name, stdin=''),
               has=told % (here / name))
    torn = here / 'torn.gz'
    torn.write_bytes(gzip.compress(b''.join(b'{"n":%d,"t":"%s"}\n' % (i, os.urandom(20).hex().encode()) for i in range(9000)))[:99999])
    result = run('stats count', torn, stdin='')
    check('the torn end of damaged input is no bad line', result.code == 1 and result.out == '' and
          result.err == "error: '%s' is damaged or ends too early (gzip)\n" % torn, result)
    for title, text, code in (('terms', 'search ' + ' OR '.join('a%d=b%d' % (i, i) for i in range(100000)), 0),
                              ('brackets', '| where ' + '(' * 1000000 + '1' + ')' * 1000000, 2),
                              ('NOTs', 'search ' + 'NOT ' * 300000 + 'a', 2), ('subsearches', 'search [' * 100000, 2),
                              ('wildcards', '| makeresults | eval s="%s" | search s="%s*b"' % ('a' * 30000, '*a' * 2000), 0),
                              ('commands', '|'.join(['eval x=1'] * 20000), 2)):
        (here / 'hostile.spl').write_text(text)
        result = run('-f', here / 'hostile.spl')
        check('a great many %s' % title, result.code == code and result.out == '', result)


PARTS = [forms, compressed, outputs, inputs, definitions, failures, views, threads, detection, odd_things]

with tempfile.TemporaryDirectory() as folder:
    for part in PARTS:
        if part.__name__ in sys.argv[3:] or not sys.argv[3:]:
            part(Path(folder))
print('%d passed, %d failed' % (passed, failed))
sys.exit(failed > 0)
