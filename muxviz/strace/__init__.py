"""Any program, watched through strace."""
