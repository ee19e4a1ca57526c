"""Programs that a test runs in processes of their own, as hosts would write them. Each prints what it has to say as JSON."""

SHOP = """
import json, os, sys
import polars as pl
import segdsl

AS_OF = "2026-06-01T00:00:00Z"
SCHEMA = {
    "entity": {"table": "customers", "key": "id", "fields": {"id": "int", "name": "string?", "joined": "date?"}},
    "relations": {
        "order": {
            "table": "orders", "on": {"customer": "id"}, "key": "id", "time": "at",
            "fields": {"id": "int", "customer": "int", "at": "timestamp", "total": "decimal(12,2)"},
        }
    },
}
TEXT = "trait orders = count(order)\\n" + "".join(
    f'segment s{i} where orders >= {i % 4} and sum(order.total in last {i + 1} days) > {i} or name = "it\\'s {i}"\\n' for i in range(40)
)

def library():
    return segdsl.Library.from_text(TEXT, SCHEMA)

def data():
    days = pl.Series([1, 40, 90, 200], dtype=pl.Int64)
    return {
        "customers": pl.DataFrame({"id": range(50), "name": [f"it's {i}" for i in range(50)]}).with_columns(joined=pl.date(2025, 1, 1)),
        "orders": pl.DataFrame({"id": range(200), "customer": [i % 37 for i in range(200)]}).with_columns(
            at=pl.datetime(2026, 6, 1) - pl.duration(days=pl.col("id") % 97 + 1), total=pl.col("id").cast(pl.Decimal(12, 2))
        ),
    }

def answers(library, frames, name):
    segment = library[name]
    texts = [segment.sql(dialect, as_of=AS_OF).text for dialect in ("duckdb", "postgres", "sqlite")]
    return texts, segment.members(frames, as_of=AS_OF).to_series().to_list()
"""

THREADS = (
    SHOP
    + """
import threading

shared, frames = library(), data()
start, answered = threading.Barrier(300), {}

def work(number):
    start.wait()
    answered[number] = answers(shared, frames, f"s{number % 40}")

threads = [threading.Thread(target=work, args=(number,)) for number in range(300)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
alone = library()
expected = {f"s{i}": answers(alone, frames, f"s{i}") for i in range(40)}
same = sum(answered[number] == expected[f"s{number % 40}"] for number in range(300))
print(json.dumps({"answered": len(answered), "same": same, "members": sum(len(m) for _, m in expected.values())}))
"""
)
"""Three hundred threads begin at once, with a library that nobody has asked anything yet."""

CONDITIONS = (
    SHOP
    + """
import resource
from concurrent.futures import ThreadPoolExecutor

shared = library()

def work(number):
    return shared.condition(f"orders > {number % 50}").sql("duckdb", as_of=AS_OF).hash

def used():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024

with ThreadPoolExecutor(16) as pool:
    first = list(pool.map(work, range(200)))
    before = used()
    second = list(pool.map(work, range(2_000)))
print(json.dumps({"different": len(set(first + second)), "more": used() - before}))
"""
)
"""Thousands of conditions, by many threads, of one library that keeps none of them."""

SPAWN = (
    SHOP
    + """
import multiprocessing
from concurrent.futures import ProcessPoolExecutor

def begin():
    global own
    own = library(), data()

def work(name):
    return answers(*own, name)

if __name__ == "__main__":
    expected = {f"s{i}": answers(library(), data(), f"s{i}") for i in range(8)}
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn"), initializer=begin) as pool:
        found = dict(zip(expected, pool.map(work, expected)))
    print(json.dumps({"same": found == expected, "segments": len(found)}))
"""
)
"""Each worker makes its library when it begins; only names and answers go between processes."""

ASYNC = (
    SHOP
    + """
import asyncio

shared, frames = library(), data()

async def ask(name):
    return await asyncio.to_thread(answers, shared, frames, name)

async def main():
    found = await asyncio.gather(*(ask(f"s{i % 40}") for i in range(80)))
    late = [asyncio.create_task(ask(f"s{i}")) for i in range(40)]
    await asyncio.sleep(0)
    for task in late:
        task.cancel()
    cancelled = sum(isinstance(one, asyncio.CancelledError) for one in await asyncio.gather(*late, return_exceptions=True))
    again = await asyncio.wait_for(ask("s3"), 60)
    return found, cancelled, again

found, cancelled, again = asyncio.run(main())
expected = {i: answers(library(), frames, f"s{i}") for i in range(40)}
same = sum(one == expected[i % 40] for i, one in enumerate(found))
print(json.dumps({"same": same, "cancelled": cancelled, "again": again == expected[3]}))
"""
)
"""Work in threads, some of it cancelled; what was cancelled holds nobody up afterwards."""

FORK = (
    SHOP
    + """
import subprocess

ASK = [sys.executable, __file__, "evaluate"]

if len(sys.argv) > 1:
    print(json.dumps(answers(library(), data(), sys.stdin.read())[1]))
    sys.exit()

shared = library()
shared.check().raise_errors()
shared.sql("duckdb", as_of=AS_OF)
shared.sql("postgres", as_of=AS_OF)
expected = [shared[f"s{i}"].sql("postgres", as_of=AS_OF).hash for i in range(4)]

readers = []
for number in range(4):
    reader, writer = os.pipe()
    if os.fork() == 0:
        found = {"sql": shared[f"s{number}"].sql("postgres", as_of=AS_OF).hash}
        # A process of its own for Polars, whose threads a fork does not bring along.
        found["members"] = json.loads(subprocess.run(ASK, input=f"s{number}", capture_output=True, text=True, check=True).stdout)
        os.write(writer, json.dumps(found).encode())
        os._exit(0)
    os.close(writer)
    readers.append(reader)
found = [json.loads(b"".join(iter(lambda: os.read(reader, 65_536), b""))) for reader in readers]
while True:
    try:
        os.wait()
    except ChildProcessError:
        break
own = [answers(shared, data(), f"s{i}")[1] for i in range(4)]
print(json.dumps({"sql": [one["sql"] for one in found] == expected, "members": [one["members"] for one in found] == own}))
"""
)
"""Loaded and compiled before the fork, asked after it, as pre-fork servers do; what is evaluated goes to a process that began anew."""

FORK_FIRST_USE = (
    SHOP
    + """
import threading

shared = library()
shared.sql("postgres", as_of=AS_OF)

def keep_asking():
    while True:
        shared.condition("orders > 1").sql("sqlite", as_of=AS_OF)
        library().sql("sqlite", as_of=AS_OF)

for _ in range(4):
    threading.Thread(target=keep_asking, daemon=True).start()
reached = 0
for _ in range(12):
    child = os.fork()
    if child == 0:
        os._exit(0 if library()["s1"].sql("postgres", as_of=AS_OF).text and shared["s2"].sql("duckdb", as_of=AS_OF).text else 1)
    reached += os.waitpid(child, 0)[1] == 0
print(json.dumps({"reached": reached}))
sys.stdout.flush()
os._exit(0)
"""
)
"""Forked while other threads of the parent compile: no lock of segdsl stays taken in the child."""

FORK_IMPORTS = (
    SHOP
    + """
import faulthandler, random, threading, time

def keep_asking():
    while True:
        library().sql("sqlite", as_of=AS_OF)

for _ in range(2):
    threading.Thread(target=keep_asking, daemon=True).start()
random.seed(5)
reached = 0
for _ in range(20):
    time.sleep(random.random() * 0.03)
    child = os.fork()
    if child == 0:
        faulthandler.dump_traceback_later(20, exit=True)
        os._exit(0 if library()["s1"].sql("postgres", as_of=AS_OF).text else 1)
    reached += os.waitpid(child, 0)[1] == 0
print(json.dumps({"reached": reached}))
sys.stdout.flush()
os._exit(0)
"""
)
"""Forked while other threads of the parent import what they use for the first time: the child can import it, too."""

INTERRUPT = (
    SHOP
    + """
import _thread, random, threading, time

shared, frames = library(), data()
expected = {f"s{i}": answers(library(), frames, f"s{i}") for i in range(40)}
random.seed(7)
interrupted = same = 0
for number in range(15):
    fresh = library()
    timer = threading.Timer(random.random() * 0.4, _thread.interrupt_main)
    enough = time.monotonic() + 5
    try:
        timer.start()
        while time.monotonic() < enough:
            fresh.check()
            fresh.sql("duckdb", as_of=AS_OF)
            fresh.with_settings()
            fresh = library() if number % 2 else fresh
            answers(fresh, frames, f"s{number % 40}")
    except KeyboardInterrupt:
        interrupted += 1
    outcome = []
    other = threading.Thread(target=lambda: outcome.append(answers(fresh, frames, f"s{number % 40}")))
    other.start()
    other.join(60)
    same += outcome == [expected[f"s{number % 40}"]]
print(json.dumps({"interrupted": interrupted, "same": same}))
"""
)
"""Interrupted at any moment, a library answers afterwards as one that was not, another thread too. Python itself drops an
interrupt that comes within a callback of a weak reference ("Exception ignored"): that round ends by the clock."""
