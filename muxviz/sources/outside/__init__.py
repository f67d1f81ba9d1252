"""What the kernel says of a process and its sockets to whoever asks from outside, without the process noticing."""
