//! Virtual clock, lossy link and pairs of nodes for scenario tests.
