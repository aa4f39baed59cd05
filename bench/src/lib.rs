//! Programs that measure.
