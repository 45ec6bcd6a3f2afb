#!/usr/bin/env python3
"""Queries over events that are in memory already, against DuckDB over a table in memory: nanoseconds a row.

Usage: batches.py [--speed-batches PATH] [--file k8s.ndjson] [--runs 5] [--rounds 5]

Both read the file once, outside the clock, with the same columns declared (numbers as numbers); then each query runs
`rounds` times in one thread, results made and thrown away. Processes alternate `runs` times, pinned to one core; the table
shows medians and the median ratio of pairs. Rows out must agree.
"""
import argparse
import re
import statistics
import subprocess
import sys

COLUMNS = {'_time': 'DOUBLE', 'sourcetype': 'VARCHAR', 'action': 'VARCHAR', 'user': 'VARCHAR', 'image': 'VARCHAR',
           'src_ip': 'VARCHAR', 'bytes': 'BIGINT', 'duration_ms': 'DOUBLE'}
QUERIES = [
    ('count by 8 values', 'stats count by sourcetype', 'SELECT sourcetype, count(*) FROM t GROUP BY 1 ORDER BY 1'),
    ('Q4 without dc', 'stats count min(_time) max(_time) avg(bytes) by user image',
     'SELECT "user", image, count(*), min(_time), max(_time), avg(bytes) FROM t WHERE "user" IS NOT NULL AND image IS NOT NULL '
     'GROUP BY 1,2 ORDER BY 1,2'),
    ('Q4', 'stats count dc(src_ip) min(_time) max(_time) avg(bytes) by user image',
     'SELECT "user", image, count(*), count(DISTINCT src_ip), min(_time), max(_time), avg(bytes) FROM t '
     'WHERE "user" IS NOT NULL AND image IS NOT NULL GROUP BY 1,2 ORDER BY 1,2'),
    ('Q6', 'bin _time span=1m | stats count by _time action',
     'SELECT floor(_time/60)*60 AS t, action, count(*) FROM t WHERE action IS NOT NULL GROUP BY 1,2 ORDER BY 1,2'),
    ('full numeric sort', 'sort 0 duration_ms | table duration_ms', 'SELECT duration_ms FROM t ORDER BY duration_ms'),
    ('a million groups', 'stats count by container.id', 'SELECT id, count(*) FROM t GROUP BY 1 ORDER BY 1'),
]


def ours(args):
    fields = ','.join(COLUMNS) + ',container.id'
    out = subprocess.run(['taskset', '-c', '1', args.speed_batches, args.file, fields, str(args.rounds)] + [q[1] for q in QUERIES],
                         capture_output=True, text=True)
    if out.returncode:
        sys.exit(out.stderr[:400])
    return [(float(line.split()[0]), int(line.split()[1])) for line in out.stdout.splitlines()]


def theirs(args):
    columns = ', '.join("'%s': '%s'" % item for item in COLUMNS.items())
    script = ['SET threads=1;', "CREATE TABLE t AS SELECT * EXCLUDE container, container.id AS id FROM read_json('%s', "
              "format='newline_delimited', columns={%s, 'container': 'STRUCT(id VARCHAR)'});" % (args.file, columns)]
    script += ['SELECT count(*) FROM t;'] + ['SELECT count(*) FROM (%s);' % q[2].split(' ORDER BY')[0] for q in QUERIES]
    script += ['.mode trash', '.timer on']
    for query in QUERIES:
        script += [query[2] + ';'] * (args.rounds + 1)
    out = subprocess.run(['taskset', '-c', '1', 'duckdb', '-csv', '-noheader'], input='\n'.join(script), capture_output=True, text=True)
    if out.returncode or out.stderr:
        sys.exit(out.stderr[:400])
    counts = [int(line) for line in out.stdout.splitlines() if line.isdigit()]
    took = [float(t) for t in re.findall(r'real ([0-9.]+)', out.stdout)]
    found = []
    for i in range(len(QUERIES)):
        rounds = took[i * (args.rounds + 1) + 1:(i + 1) * (args.rounds + 1)]
        found.append((statistics.median(rounds) * 1e9 / counts[0], counts[i + 1]))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument('--speed-batches', default='build/tests/speed/speed_batches')
    parser.add_argument('--file', default='/tmp/k8s.ndjson')
    parser.add_argument('--runs', type=int, default=3)
    parser.add_argument('--rounds', type=int, default=5)
    args = parser.parse_args()
    pairs = [(ours(args), theirs(args)) for _ in range(args.runs)]
    print('%-20s %10s %10s %7s  %s' % ('', 'ns/row', 'duckdb', 'ratio', 'rows'))
    for i, query in enumerate(QUERIES):
        a, b = [p[0][i][0] for p in pairs], [p[1][i][0] for p in pairs]
        rows, others = pairs[0][0][i][1], pairs[0][1][i][1]
        print('%-20s %10.1f %10.1f %6.2fx  %s' % (query[0], statistics.median(a), statistics.median(b),
              statistics.median(y / x for x, y in zip(a, b)), rows if rows == others else 'DIFFER %d %d' % (rows, others)))


if __name__ == '__main__':
    main()
