"""Have the fork server run a script with this process's streams; exit with its status.

Run by ``fork_python.sh`` with no site packages, so that it starts in milliseconds.
"""

import json
import os
import socket
import sys

with socket.socket(socket.AF_UNIX) as server:
    server.connect(os.environ["FORK_SOCKET"])
    job = {"arguments": sys.argv[1:], "folder": os.getcwd(), "variables": dict(os.environ)}
    message = json.dumps(job).encode() + b"\n"
    sent = socket.send_fds(server, [message], [0, 1, 2])
    server.sendall(message[sent:])
    status = server.recv(16)
sys.exit(int(status or 1))
