#!/usr/bin/env python3
"""Speed of spl-run against its peers: whole processes, warm cache, outputs compared, ratios printed.

Usage: bench.py [--spl-run PATH] [--file k8s.ndjson] [--queries Q1,Q3] [--runs 5] [--cores 1|2] [--peers duckdb,rg,jq] [--self]

    --file     NDJSON of the k8s shape (see README.md beside this file); 1 GB gives the figures that the project quotes
    --cores    1: every process pinned to one core and told to use one thread; 2: two of each
    --jq-file  a smaller file for jq, which is slow (ratios only compare runs over the same file)
    --self     also spl-run on two cores against one

Runs alternate A B A B; the table shows medians of whole-process wall time, the median ratio of pairs, MB/s, ns an event.
Absolute times depend on the machine; ratios are what counts.
"""
import argparse
import collections
import hashlib
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HIDDEN = ("system:serviceaccount:kube-system:deployment-controller", "system:node:node-001", "argocd", "svc-deploy", "root")
IN = ','.join('"%s"' % u for u in HIDDEN)
SQL_IN = ','.join("'%s'" % u for u in HIDDEN)

ALL = {'_time': 'DOUBLE', 'time': 'VARCHAR', 'host': 'VARCHAR', 'index': 'VARCHAR', 'sourcetype': 'VARCHAR', 'severity': 'VARCHAR',
       'action': 'VARCHAR', 'user': 'VARCHAR', 'image': 'VARCHAR', 'src_ip': 'VARCHAR', 'status': 'INTEGER', 'bytes': 'BIGINT',
       'duration_ms': 'DOUBLE', 'container': 'JSON', 'k8s': 'JSON', 'tags': 'JSON', 'message': 'VARCHAR'}

Query = collections.namedtuple('Query', 'name spl options columns sql jq rg')
QUERIES = [
    Query('Q1', 'search sourcetype IN ("docker:daemon","kubernetes:event") action=start | where NOT user IN (%s)' % IN, ['-o', 'raw'],
          list(ALL), "SELECT * FROM {t} WHERE sourcetype IN ('docker:daemon','kubernetes:event') AND action='start' "
          "AND user NOT IN (%s)" % SQL_IN,
          'select((.sourcetype=="docker:daemon" or .sourcetype=="kubernetes:event") and .action=="start" and '
          '.user!=null and ([.user]|inside([%s])|not))' % IN, None),
    Query('Q2', 'search nsenter', ['-o', 'raw'], None, None, 'select(tostring|test("\\\\bnsenter\\\\b"))', 'nsenter'),
    Query('Q3', 'stats count by sourcetype', ['-o', 'csv'], ['sourcetype'],
          'SELECT sourcetype, count(*) AS count FROM {t} GROUP BY 1 ORDER BY 1',
          'reduce inputs as $e ({}; .[$e.sourcetype]+=1) | to_entries | sort_by(.key)[] | [.key,.value] | @csv', None),
    Query('Q4', 'stats count dc(src_ip) min(_time) max(_time) avg(bytes) by user image', ['-o', 'csv'],
          ['user', 'image', 'src_ip', '_time', 'bytes'],
          'SELECT user, image, count(*) AS count, count(DISTINCT src_ip), min(_time), max(_time), avg(bytes) FROM {t} '
          'WHERE user IS NOT NULL AND image IS NOT NULL GROUP BY 1,2 ORDER BY 1,2', None, None),
    Query('Q5', 'rex field=message "(?<w>[a-z]+)-[0-9a-f]{6}" | stats count by w', ['-o', 'csv'], ['message'],
          "SELECT regexp_extract(message,'([a-z]+)-[0-9a-f]{6}',1) AS w, count(*) AS count FROM {t} "
          "WHERE regexp_extract(message,'([a-z]+)-[0-9a-f]{6}',1) <> '' GROUP BY 1 ORDER BY 1",
          'reduce (inputs|.message|strings|capture("(?<w>[a-z]+)-[0-9a-f]{6}").w) as $w ({}; .[$w]+=1) '
          '| to_entries | sort_by(.key)[] | [.key,.value] | @csv', None),
    Query('Q6', 'bin _time span=1m | stats count by _time action', ['-o', 'csv'], ['_time', 'action'],
          'SELECT CAST(floor(_time/60)*60 AS BIGINT) AS t, action, count(*) AS count FROM {t} GROUP BY 1,2 ORDER BY 1,2',
          'reduce inputs as $e ({}; .["\\($e._time/60|floor*60),\\($e.action)"]+=1) | to_entries | sort_by(.key)[] '
          '| "\\(.key),\\(.value)"', None),
    Query('Q7', 'top 10 user', ['-o', 'csv'], ['user'],
          'SELECT user, count(*) AS count FROM {t} WHERE user IS NOT NULL GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 10',
          'reduce (inputs|.user|strings) as $u ({}; .[$u]+=1) | to_entries | sort_by([-.value,.key])[:10][] '
          '| [.key,.value] | @csv', None),
    Query('Q8', 'sort 100 -duration_ms | table _time user image duration_ms', ['-o', 'csv'], ['_time', 'user', 'image', 'duration_ms'],
          'SELECT _time, user, image, duration_ms FROM {t} ORDER BY duration_ms DESC LIMIT 100',
          '[inputs|{_time,user,image,duration_ms}] | sort_by(-.duration_ms)[:100][] | [._time,.user,.image,.duration_ms] | @csv', None),
    Query('Q9', 'table _time user image action', ['-o', 'csv'], ['_time', 'user', 'image', 'action'],
          'SELECT _time, user, image, action FROM {t}', None, None),
    Query('Q10', 'lookup nets.csv net AS src_ip OUTPUT team | stats count by team', ['-o', 'csv', '--lookup-dir', '{work}'], ['src_ip'],
          "SELECT team, count(*) AS count FROM {t} JOIN read_csv('{work}/nets.csv') ON src_ip=net GROUP BY 1 ORDER BY 1", None, None),
]


def write_tables(folder):
    """What Q10 looks up: all networks that events come from, 65536 of them."""
    with open(os.path.join(folder, 'nets.csv'), 'w', encoding='ascii') as out:
        out.write('net,team,site\n')
        for n in range(65536):
            out.write('10.%d.%d.0,team%d,%d\n' % (n >> 8, n & 255, n * 7919 % 97, n % 7))


def summary(name, text):
    """What two outputs must agree on: rows and a checksum that does not depend on spelling of numbers or quoting."""
    lines = [line for line in text.decode('utf-8', 'replace').splitlines() if line.strip()]
    if name in ('Q1', 'Q2'):
        keys = []
        for line in lines:
            row = json.loads(line)
            keys.append('%s|%s|%s' % (row['_time'], row.get('user'), row['message']))
        return len(keys), hashlib.md5('\n'.join(sorted(keys)).encode()).hexdigest()
    import csv
    rows = [row for row in csv.reader(lines)]
    if rows and not any(c.replace('.', '').isdigit() for c in rows[0]):
        rows = rows[1:]
    if name == 'Q7':
        rows = [row[:2] for row in rows]
    if name == 'Q8':
        return len(rows), round(sum(float(row[3]) for row in rows), 1)

    def norm(cell):
        try:
            return '%.9g' % float(cell)
        except ValueError:
            return cell
    return len(rows), hashlib.md5('\n'.join(sorted('|'.join(map(norm, row)) for row in rows)).encode()).hexdigest()


def timed(command, output, env=None):
    with open(output, 'wb') as out:
        begin = time.perf_counter()
        code = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=env)
        took = time.perf_counter() - begin
    if code.returncode not in (0, 1) or (code.returncode and command[-1] != 'rg'):
        sys.exit('%s\nfailed: %s' % (' '.join(command), code.stderr.decode()))
    return took


def peer_command(peer, query, path, cores, scratch):
    if peer == 'duckdb' and query.sql:
        columns = '{%s}' % ', '.join("'%s': '%s'" % (c, ALL[c]) for c in query.columns)
        table = "read_json('%s', format='newline_delimited', columns=%s)" % (path, columns)
        form = 'FORMAT json' if query.name == 'Q1' else 'FORMAT csv, HEADER false'
        sql = "SET threads=%d; COPY (%s) TO '%s' (%s);" % (cores, query.sql.replace('{t}', table).replace('{work}', os.path.dirname(scratch)), scratch, form)
        return ['duckdb', '-c', sql], scratch
    if peer == 'rg' and query.rg:
        return ['rg', '-w', '--no-mmap', '-j', '1', '-i', query.rg, path], None
    if peer == 'jq' and query.jq:
        return ['jq', '-rc'] + (['-n'] if 'inputs' in query.jq else []) + [query.jq, path], None
    return None, None


def pin(cores):
    return ['taskset', '-c', '1' if cores == 1 else '0,1']


def own_command(args, query, path, cores, work):
    options = [option.replace('{work}', work) for option in query.options]
    return pin(cores) + [args.spl_run, '-q', '-j', str(cores)] + options + [query.spl, path]


def compare(args, query, peer, path, cores, work):
    ours, theirs = os.path.join(work, 'ours'), os.path.join(work, 'theirs')
    scratch = os.path.join(work, 'scratch')
    command, file = peer_command(peer, query, path, cores, scratch)
    if not command:
        return None
    own = own_command(args, query, path, cores, work)
    command = pin(cores) + command
    runs = 1 if peer == 'jq' else args.runs
    a, b = [], []
    for n in range(runs + (peer != 'jq')):
        x, y = timed(own, ours), timed(command, theirs)
        if n or peer == 'jq':                       # the first pair warms up
            a.append(x)
            b.append(y)
    with open(ours, 'rb') as f, open(file or theirs, 'rb') as g:
        left, right = summary(query.name, f.read()), summary(query.name, g.read())
    agree = left == right
    return statistics.median(a), statistics.median(b), statistics.median(q / p for p, q in zip(a, b)), agree, left, right


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--spl-run', default='build/bindings/terminal/spl-run')
    parser.add_argument('--file', default='/tmp/k8s.ndjson')
    parser.add_argument('--jq-file')
    parser.add_argument('--queries', default='')
    parser.add_argument('--peers', default='duckdb,rg,jq')
    parser.add_argument('--runs', type=int, default=5)
    parser.add_argument('--cores', type=int, default=1)
    parser.add_argument('--self', action='store_true')
    args = parser.parse_args()
    wanted = [q for q in args.queries.split(',') if q]
    peers = [p for p in args.peers.split(',') if shutil.which(p)]
    size = os.path.getsize(args.file) / 1e6
    with open(args.file, 'rb') as f:
        events = sum(chunk.count(b'\n') for chunk in iter(lambda: f.read(1 << 20), b''))
    print('%d cores, %.0f MB, %d events; peers: %s' % (args.cores, size, events, ', '.join(peers)))
    print('%-4s %-7s %9s %9s %7s %8s %9s  %s' % ('', 'peer', 'spl-run s', 'peer s', 'ratio', 'MB/s', 'ns/event', 'outputs'))
    with tempfile.TemporaryDirectory() as work:
        write_tables(work)
        for query in QUERIES:
            if wanted and query.name not in wanted:
                continue
            for peer in peers:
                path = args.jq_file or args.file if peer == 'jq' else args.file
                found = compare(args, query, peer, path, args.cores, work)
                if not found:
                    continue
                a, b, ratio, agree, left, right = found
                scale = os.path.getsize(path) / 1e6
                print('%-4s %-7s %9.3f %9.3f %6.2fx %8.0f %9.0f  %s' % (
                    query.name, peer, a, b, ratio, scale / a, a / (events * scale / size) * 1e9,
                    'agree, %d rows' % left[0] if agree else 'DIFFER %s %s' % (left, right)), flush=True)
            if args.self:
                one, two = [], []
                for n in range(args.runs + 1):
                    for cores, into in ((1, one), (2, two)):
                        command = own_command(args, query, args.file, cores, work)
                        took = timed(command, os.path.join(work, 'out%d' % cores))
                        if n:
                            into.append(took)
                same = all(open(os.path.join(work, 'out1'), 'rb').read() == open(os.path.join(work, 'out2'), 'rb').read() for _ in '1')
                print('%-4s %-7s %9.3f %9.3f %6.2fx %8.0f %9.0f  %s' % (
                    query.name, '1 core', statistics.median(two), statistics.median(one),
                    statistics.median(p / q for p, q in zip(one, two)), size / statistics.median(two),
                    statistics.median(two) / events * 1e9, 'same bytes' if same else 'DIFFER'), flush=True)


if __name__ == '__main__':
    main()
