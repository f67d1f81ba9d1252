"""The lab: real programs as lanes, their clients, and the steps they are given."""
