"""The limits of what comes from outside: bytes, times, expansion and names, each with its reason.

Whatever a study, a file or a server says, no more than this is read, waited for or unpacked.
"""

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30

# Studies and other YAML.
YAML_BYTES = (
    16 * MB
)  # of a file; the longest of registry/ has 50 kB, a study of 1,000 models 200 kB
YAML_DEPTH = 100  # mappings and lists inside each other; a study has 7, parsers end at some 30,000
YAML_REPEATED = 100_000  # nodes that aliases (&, *) add; nested ones multiply: nine lines make 10^9
# Bytes of a name or key. A file's name may have 255, and some are of two names and an ending.
NAME_BYTES = 100

# Weights. A file's first bytes announce its header's length, which may be any number.
HEADER_BYTES = 100_000_000  # of a safetensors file; the library itself reads no longer one
