"""Effects, one module per system. They read and write; they do not decide."""
