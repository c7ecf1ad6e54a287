"""The limits of what comes from outside: bytes, times, expansion and names, each with its reason.

Whatever a study, a file, a server or a client says, no more than this is read, waited for or
unpacked. Modules take a limit as ``limits.NAME`` when they need it, so that one set of them counts.
"""

KB, MB, GB = 1 << 10, 1 << 20, 1 << 30

# Messages, of errors and logs, whatever they quote.
MESSAGE_CHARACTERS = 4000  # of one; the longest of our own are some hundred

# Studies and other YAML.
# Bytes of a file; the longest of registry/ has 50 kB, a study of 1,000 models 200 kB.
YAML_BYTES = 16 * MB
YAML_DEPTH = 100  # mappings and lists inside each other; a study has 7, parsers end at some 30,000
YAML_REPEATED = 100_000  # nodes that aliases (&, *) add; nested ones multiply: nine lines make 10^9

# Names.
NAME_BYTES = 100  # of a name or key of a study; some files are of two names and an ending
FILE_NAME_BYTES = 255  # that Linux' file systems take
ADDRESS_NAME_BYTES = 200  # of a file of an address, to whose name others are added (`.….partial`)
TARGET_CHARACTERS = 1000  # that are compared, in time of their square; the longest target has 200

# A tokenizer, or other settings that are read as one value; those of 256,000 tokens have 35 MB.
JSON_BYTES = 512 * MB
# Lists and mappings inside each other; settings have 10. Python's reader ends near 1,000, and what
# goes through a value it has just read would end there too.
JSON_DEPTH = 200

# Models. Sizes are multiplied and counted to, and a header says whatever it was made to say.
HEADER_BYTES = 100_000_000  # of a safetensors file; the library itself reads no longer one
MODEL_LAYERS = 10_000  # the deepest that were published have some 200
MODEL_SIZE = 10_000_000  # of a width, a vocabulary, a number of heads; 262,144 are in use
GGUF_ENTRIES = 1_000_000  # settings, and tensors; a model has some 50, and some 1,000
GGUF_DIMENSIONS = 8  # of a tensor; the format has 4
GGUF_DEPTH = 4  # arrays inside each other; the format's own settings have 1

# A chat template, which is a program: of its process, whose start takes a second at most.
TEMPLATE_SECONDS = 20.0
TEMPLATE_BYTES = 1 * GB

# Archives and compressed files. What comes out is counted: announced sizes are not trusted.
EXPANSION = 200  # text becomes 3 to 30 times as long, what is made to fill memories 1,000 times
EXPANDED_BYTES = 256 * MB  # that may come out, however small a file is
MEMBERS = 1_000_000  # of an archive; each takes about a kilobyte of memory

# Servers of files.
SILENCE = 30  # seconds without a byte, of one read
SPEED_WINDOW = 30  # seconds over which the speed is measured
SLOWEST = 1000  # bytes a second; less is as good as silence
BLOCKS_AHEAD = 64  # blocks of `READ_BYTES` that are read ahead of the disk, at most
READ_BYTES = 256 * KB  # that are read at once
REDIRECTS = 10  # from one address to the next; servers of files use two or three
FETCH_ATTEMPTS = 7  # in a row that bring next to nothing
FIRST_PAUSE = 1.0  # seconds before the second attempt; doubles from one to the next
DISK_RESERVE = 1 * GB  # bytes that a file of no announced length leaves free: it may have no end
PIP_SILENCE = 300  # seconds in which next to nothing comes; pip asks six times, 15 seconds each

# The Hugging Face hub, whose own client asks and reads.
HUB_SILENCE = 10  # seconds until the hub counts as not reachable
HUB_SECONDS = 120  # of a whole answer that describes a repository, and of a file's head
HUB_BYTES = (
    256 * MB
)  # of such an answer; 100,000 files are some 10 MB, and longer ones come in pages
HUB_ATTEMPTS = 4
HUB_PAUSE = 60.0  # seconds after too many requests, where the hub does not say
HUB_LONGEST_PAUSE = 600.0  # seconds that are waited where it does
LICENCE_CHARACTERS = 200  # of a licence that a card names, or of the names of several

# A judge. How long a whole reply may take is the study's `timeout`.
REPLY_BYTES = 4 * MB  # 16,000 tokens are about 64 kB
JUDGE_ATTEMPTS = 6
JUDGE_FIRST_PAUSE = 1.0  # seconds before the second attempt; doubles from one to the next
JUDGE_LONGEST_PAUSE = 60.0  # seconds; also of what a server asks for by Retry-After
JUDGE_GIVEN_UP = 8  # questions one after another without a reply: then it is not the questions

# Clients of the API and of the page, whoever can reach them.
REQUEST_BYTES = 4 * MB  # of a request to the API: a window of 128,000 tokens is about 500 kB
REQUEST_SECONDS = 60.0  # until it is there whole: each that is begun holds a connection
PAGE_CHARACTERS = 20_000  # of a question, an input or a system message; --max-characters
PAGE_TOKENS = 1024  # of an answer; --max-tokens
PAGE_BEAMS = 8  # each takes the memory of an answer
PAGE_SECONDS = 120.0  # that an answer takes, once its turn has come; --seconds
PAGE_WAITING = 16  # tabs that wait for their turn; --waiting
PAGE_SESSIONS = 100  # tabs that are remembered, with what was said in them
PAGE_CONNECTIONS = 256  # at a time; a tab has two
WRONG_PASSWORD = 0.5  # seconds that one costs, so that they cannot be tried by the million
