//! SIP OAuth mode in one binary.

fn main() {}
