"""tally.py DIR: count the test cases in DIR's *.tap files and meson test logs (*.json).

Prints each skipped and failed one with its reason, then "N passed, N failed[, N skipped]" as the
last line; exit 1 if any failed or none passed. No test gets lost: one that was planned and not
seen, a program that crashed after its last "ok", and a log without any test count as failed.
"""
import collections
import json
import pathlib
import re
import sys

LINE = re.compile(r'^(not )?ok\b\s*\d*\s*-?\s*(.*?)\s*(?:#\s*(skip|todo)\w*\s*(.*))?$', re.I)
PLAN = re.compile(r'^1\.\.(\d+)')

count = collections.Counter()


def report(kind, where, name, why=''):
    count[kind] += 1
    if kind != 'passed':
        print(f'{kind}: {where}: {name}' + (f' ({why})' if why else ''))


def read_tap(text, where):
    """Count the cases of one program; returns how many of them failed."""
    planned, seen, failed = None, 0, 0
    for line in text.splitlines():
        plan, case = PLAN.match(line), LINE.match(line)
        if plan:
            planned = int(plan[1])
        elif line.startswith('Bail out!'):
            report('failed', where, line)
            failed += 1
        elif case:
            seen += 1
            bad, name, directive, why = case.groups()
            if (directive or '').lower() == 'skip':
                report('skipped', where, name, why)
            else:
                report('failed' if bad else 'passed', where, name)
                failed += bool(bad)
    if planned is None or seen == 0:
        report('failed', where, 'no plan or no test in the output')
        return failed + 1
    for _ in range(planned - seen):
        report('failed', where, f'a planned test did not run ({seen} of {planned} seen)')
        failed += 1
    return failed


def read_meson(path):
    build = path.stem
    for line in path.read_text(encoding='utf-8', errors='replace').splitlines():
        test = json.loads(line)
        where = f"{build}/{test['name'].split(' / ')[-1]}"
        result = test['result']
        if not test.get('stdout', '').strip() and result in ('OK', 'SKIP'):
            report('passed' if result == 'OK' else 'skipped', where, 'exit code')
            continue
        failed = read_tap(test.get('stdout', ''), where)
        if not failed and result not in ('OK', 'SKIP', 'EXPECTEDFAIL'):
            code = test.get('returncode')
            report('failed', where, f'{result.lower()} after its last test, exit code {code}')


def main():
    folder = pathlib.Path(sys.argv[1])
    print('==')
    logs = sorted(folder.glob('*.json'))
    for path in logs:
        before = sum(count.values())
        read_meson(path)
        if sum(count.values()) == before:
            report('failed', path.stem, 'the log holds no test')
    for path in sorted(folder.glob('*.tap')):
        read_tap(path.read_text(), path.stem)
    skipped = f", {count['skipped']} skipped" if count['skipped'] else ''
    print(f"{count['passed']} passed, {count['failed']} failed{skipped}")
    return 1 if count['failed'] or not count['passed'] else 0


sys.exit(main())
