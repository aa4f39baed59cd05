//! Media endpoints over UDP.
