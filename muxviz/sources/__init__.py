"""Where events come from: the lab, strace, a library call; and what these share."""
