// Empty: the target that compiles the standard headers once for all others needs a source.
