"""The pages: rendered by the server, without script. Views are small and hold no rules."""
