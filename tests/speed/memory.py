#!/usr/bin/env python3
"""Large states with and without a bound on memory: time and peak memory of whole processes, on one core.

Usage: memory.py [--spl-run PATH] [--rows 10000000] [--file PATH] [--bounds 0,256M,100M] [--queries NAMES] [--runs 1] [--duckdb]

Makes FILE of so many rows if it is not there: a (as many values as rows), b (a tenth), c (a thousand values), d (ten), v (a number), _time (a
hundred rows a second).
Every bound must give the same bytes as none. --duckdb: the same with the Python module's DuckDB and its memory_limit, one
thread. The temporary files go where TMPDIR says.
"""
import argparse
import hashlib
import os
import resource
import subprocess
import sys
import time

QUERIES = {
    'one group': ('stats count sum(v)', 'SELECT count(*), sum(v) FROM t'),
    '1000 groups': ('stats count avg(v) by c', 'SELECT c, count(*), avg(v) FROM t GROUP BY 1 ORDER BY 1'),
    'rows/10 groups': ('stats count max(v) by b', 'SELECT b, count(*), max(v) FROM t GROUP BY 1 ORDER BY 1'),
    'rows groups': ('stats count max(v) by a', 'SELECT a, count(*), max(v) FROM t GROUP BY 1 ORDER BY 1'),
    'dc': ('stats dc(a)', 'SELECT count(DISTINCT a) FROM t'),
    'dc by c': ('stats dc(a) by c', 'SELECT c, count(DISTINCT a) FROM t GROUP BY 1 ORDER BY 1'),
    'values': ('stats values(c) by b', 'SELECT b, list(DISTINCT c ORDER BY c) FROM t GROUP BY 1 ORDER BY 1'),
    'sort': ('sort 0 v | table a v', 'SELECT a, v FROM t ORDER BY v'),
    'dedup': ('dedup b | table a b', 'SELECT first(a), b FROM t GROUP BY b'),
    'eventstats': ('eventstats max(v) AS m by c | table a m', 'SELECT a, max(v) OVER (PARTITION BY c) FROM t'),
    'eventstats rows': ('eventstats count max(v) AS m by a | table a m count',
                        'SELECT a, max(v) OVER (PARTITION BY a), count(*) OVER (PARTITION BY a) FROM t'),
    'top': ('top 10 a', 'SELECT a, count(*) AS n FROM t GROUP BY 1 ORDER BY n DESC, a LIMIT 10'),
    'timechart': ('timechart span=1h count by d',
                  'SELECT _time - _time % 3600 AS h, d, count(*) FROM t GROUP BY 1, 2 ORDER BY 1, 2'),
    'timechart by b': ('timechart span=1h count by b',
                       'SELECT _time - _time % 3600 AS h, b, count(*) FROM t GROUP BY 1, 2 ORDER BY 1, 2'),
    'chart': ('chart avg(v) count over b by d', 'SELECT b, d, avg(v), count(*) FROM t GROUP BY 1, 2 ORDER BY 1, 2'),
    'mode': ('stats mode(b)', 'SELECT mode(b) FROM t'),
    'contingency': ('contingency b c maxrows=100', 'SELECT b, c, count(*) FROM t GROUP BY 1, 2 ORDER BY 3 DESC LIMIT 100'),
    'reverse': ('reverse | table a', 'SELECT a FROM t'),
    'streamstats': ('streamstats window=1000 global=f sum(c) AS s max(v) AS m by d | table a s m',
                    'SELECT a, sum(c) OVER w, max(v) OVER w FROM t '
                    'WINDOW w AS (PARTITION BY d ORDER BY _time, a ROWS BETWEEN 999 PRECEDING AND CURRENT ROW)'),
    'streamstats groups': ('streamstats count AS n by b | table a n',
                           'SELECT a, row_number() OVER (PARTITION BY b) FROM t'),
    'reverse numbered': ('reverse | streamstats count AS n | table a n', 'SELECT a, row_number() OVER () FROM t'),
    'addcoltotals': ('table c v | addcoltotals | table c v', 'SELECT c, v FROM t UNION ALL SELECT sum(c), sum(v) FROM t'),
    'xyseries': ('xyseries b d v | table b d0 d1 d2 d3 d4 d5 d6 d7 d8 d9', 'PIVOT (SELECT b, d, v FROM t) ON d USING last(v) GROUP BY b'),
    'xyseries rows': ('xyseries a d v | table a d0 d1 d2 d3 d4 d5 d6 d7 d8 d9', 'PIVOT (SELECT a, d, v FROM t) ON d USING last(v) GROUP BY a'),
    'untable': ('table a c v | untable a k w | table a k w', 'UNPIVOT (SELECT a, c::VARCHAR AS c, v::VARCHAR AS v FROM t) ON c, v'),
    'fillnull': ('table a b | fillnull | table a b', "SELECT coalesce(a, '0'), coalesce(b, '0') FROM t"),
    'makecontinuous': ('table c a | makecontinuous c span=7 | table c a', 'SELECT c, a FROM t ORDER BY c'),
    'concurrency': ('concurrency duration=c | table a concurrency', 'SELECT a FROM t'),
    'timewrap': ('table _time v | timewrap 1h series=short | table _time s*', 'SELECT _time, v FROM t'),
    'anomalies': ('anomalydetection method=histogram action=annotate c d | table a log_event_prob', 'SELECT a FROM t'),
    'fieldsummary': ('fieldsummary a b v', 'SUMMARIZE SELECT a, b, v FROM t'),
    'outlier': ('outlier v param=0.1 | table a v', 'SELECT a, v FROM t'),
    'anomalousvalue': ('anomalousvalue action=summary a b c v', 'SELECT a FROM t'),
    'appendpipe': ('table a | appendpipe [eval a="x".a] | table a', "SELECT a FROM t UNION ALL SELECT 'x' || a FROM t"),
    'append': ('table a | append maxout=0 [search d=d1 | table b] | table a b', "SELECT a FROM t UNION ALL SELECT b FROM t WHERE d = 'd1'"),
}


def make(path, rows):
    print('making %s ...' % path, file=sys.stderr)
    with open(path + '.part', 'w') as out:
        place, lines = 1, []
        for row in range(rows):
            place = (place * 6364136223846793005 + 1442695040888963407) % (1 << 64)
            lines.append('{"_time":%d,"a":"k%08d","b":"b%07d","c":%d,"d":"d%d","v":%d.%02d}\n'
                         % (1700000000 + row // 100, row * 7919 % rows, (place >> 20) % (rows // 10), (place >> 44) % 1000,
                            (place >> 50) % 10, (place >> 33) % 1000000, (place >> 24) % 100))
            if len(lines) == 100000:
                out.write(''.join(lines))
                lines = []
        out.write(''.join(lines))
    os.rename(path + '.part', path)


def run(command):
    """Seconds, peak MiB, digest and lines of the output."""
    start, digest, lines = time.perf_counter(), hashlib.md5(), 0
    child = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    for piece in iter(lambda: child.stdout.read(1 << 20), b''):
        digest.update(piece)
        lines += piece.count(b'\n')
    error = child.stderr.read().decode().strip()
    _, code, usage = os.wait4(child.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024, digest.hexdigest(), lines, error if code else ''


DUCKDB = '''
import duckdb, sys
path, limit, sql = sys.argv[1:]
base = duckdb.connect()
base.execute("SET threads=1")
if limit != '0':
    base.execute("SET memory_limit='%siB'" % limit)
columns = "{_time: 'BIGINT', a: 'VARCHAR', b: 'VARCHAR', c: 'INTEGER', d: 'VARCHAR', v: 'DOUBLE'}"
sql = sql.replace(' t', " read_json('%s', format='newline_delimited', columns=%s)" % (path, columns))
base.execute("COPY (%s) TO '/dev/stdout' (FORMAT csv)" % sql)
'''


def main():
    ask = argparse.ArgumentParser()
    ask.add_argument('--spl-run', default='build/bindings/terminal/spl-run')
    ask.add_argument('--rows', type=int, default=10000000)
    ask.add_argument('--file')
    ask.add_argument('--bounds', default='0,256M,100M')
    ask.add_argument('--queries', default=','.join(QUERIES))
    ask.add_argument('--runs', type=int, default=1)
    ask.add_argument('--threads', default='1')
    ask.add_argument('--duckdb', action='store_true')
    ask = ask.parse_args()
    path = ask.file or '/tmp/memory-%d.ndjson' % ask.rows
    if not os.path.exists(path):
        make(path, ask.rows)
    if ask.threads == '1':
        os.sched_setaffinity(0, {sorted(os.sched_getaffinity(0))[-1]})
    wrong = 0
    print('%-16s %8s %9s %9s %10s  %s' % ('', 'bound', 'seconds', 'peak MiB', 'rows out', 'against no bound'))
    for name in ask.queries.split(','):
        spl, sql = QUERIES[name]
        first = None
        for bound in ask.bounds.split(','):
            command = [ask.spl_run, '-j', ask.threads, '--memory', bound, '-o', 'csv', spl, path]
            took, peak, digest, lines, error = min(run(command) for _ in range(ask.runs))
            first = first or (took, digest)
            verdict = error.splitlines()[0] if error else 'same, %.2fx' % (took / first[0]) if digest == first[1] else 'DIFFERS'
            wrong += verdict == 'DIFFERS'
            print('%-16s %8s %9.2f %9.0f %10d  %s' % (name, bound, took, peak, lines - 1, verdict), flush=True)
            if ask.duckdb:
                took, peak, digest, lines, error = min(
                    run([sys.executable, '-c', DUCKDB, path, bound, sql]) for _ in range(ask.runs))
                print('%-16s %8s %9.2f %9.0f %10d  %s' % ('  duckdb', bound, took, peak, lines - 1,
                                                          error.splitlines()[-1][:90] if error else ''), flush=True)
    return wrong


sys.exit(main())
