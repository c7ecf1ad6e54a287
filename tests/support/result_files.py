"""Which files of ``results/`` tell of a run and not of its results."""

import re

# Times, logs, and where files were.
OF_THE_RUN = re.compile(
    r"(^|/)\.|^(logs|timings|checkpoints|raw)/|^report\.html$|speed_log\.jsonl$|\.meta\.json$"
)
