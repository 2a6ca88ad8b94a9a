"""Pure decisions: no I/O, no clock, no logging. Each says what to do and why."""
