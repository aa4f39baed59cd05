//! A node of ours on a loopback address of its own.
