"""The client and the cache against the sandbox, over real HTTP."""
