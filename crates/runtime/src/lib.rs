//! Configuration, telemetry, shutdown, clock, certificates.
