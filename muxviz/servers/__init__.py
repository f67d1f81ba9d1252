"""The specimens: plain echo servers, one for each multiplexer, that also run alone."""
