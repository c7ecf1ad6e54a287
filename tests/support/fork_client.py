"""Have the fork server run a script with this process's streams; exit with its status.

A signal that would end the script is passed on. If this process is killed, the server, which sees
the connection close, kills the script.
Run by ``fork_python.sh`` with no site packages, so that it starts in milliseconds.
"""

import json
import os
import signal
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["FORK_SOCKET"])
    job = {"arguments": sys.argv[1:], "folder": os.getcwd(), "variables": dict(os.environ)}
    message = json.dumps(job).encode() + b"\n"
    sent = socket.send_fds(server, [message], [0, 1, 2])
    server.sendall(message[sent:])
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda number, _: server.sendall(bytes([number])))
    status = server.recv(16)
sys.exit(int(status or 1))
