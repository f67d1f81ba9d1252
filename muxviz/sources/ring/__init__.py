"""The reader of a lane's ring: muxviz's end of the memory that a lane writes its records into."""
