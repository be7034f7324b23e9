"""Runs a command to its end and writes down what it and all that it started cost: wait.py usage.json command args...

Processes whose parent ends before them are adopted, so that no child's CPU is lost.
"""

import ctypes
import json
import os
import sys

PR_SET_CHILD_SUBREAPER = 36
ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

child = os.spawnvp(os.P_NOWAIT, sys.argv[2], sys.argv[2:])
cpu_s = 0.0
rss_kib = 0
code = 1
while True:
    try:
        pid, status, use = os.wait4(-1, 0)
    except ChildProcessError:
        break
    cpu_s += use.ru_utime + use.ru_stime
    rss_kib = max(rss_kib, use.ru_maxrss)
    if pid == child:
        code = os.waitstatus_to_exitcode(status)
with open(sys.argv[1], "w") as file:
    json.dump({"cpuS": cpu_s, "largestRssMb": rss_kib / 1024, "exitCode": code}, file)
