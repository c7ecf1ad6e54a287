"""A network of loopback alone for this process and all it starts, as compute nodes often have."""

import ctypes
import fcntl
import socket
import struct

NEW_NETWORK = 0x40000000  # of unshare(2)
GET_FLAGS, SET_FLAGS, SET_ADDRESS, UP = 0x8913, 0x8914, 0x8916, 0x1  # of netdevice(7)
# Where 127.0.0.1 is the only address, the C library finds no address of any name, this host's too.
SECOND = "127.0.0.2"


def leave_network() -> bool:
    """Cut this process, and all it starts, off from every network; tell whether it may. Root."""
    if ctypes.CDLL(None, use_errno=True).unshare(NEW_NETWORK) != 0:
        return False
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as device:
        request = struct.pack("16sh14x", b"lo", 0)
        flags = struct.unpack("16sh14x", fcntl.ioctl(device, GET_FLAGS, request))[1]
        fcntl.ioctl(device, SET_FLAGS, struct.pack("16sh14x", b"lo", flags | UP))
        address = struct.pack("HH4s", socket.AF_INET, 0, socket.inet_aton(SECOND))
        fcntl.ioctl(device, SET_ADDRESS, struct.pack("16s16s", b"lo:1", address))
    return True


def interfaces() -> list[str]:
    """Return the names of the network interfaces that this process sees."""
    return [name for _, name in socket.if_nameindex()]
