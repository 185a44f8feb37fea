"""The bounded work of a process: workers, slots, streams, and the watchdog over them."""
